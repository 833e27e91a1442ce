"""Which part of a channel's history a backfill collects."""

from dataclasses import dataclass
from datetime import datetime

from ingest.collector.channel.tracked_channel import TrackedChannel
from ingest.collector.reader_pool import ReaderPool
from ingest.live_reader import RequestPriority

Stretch = tuple[int, int]
"""Ids from the first to the last, both among them."""


@dataclass(frozen=True, slots=True)
class BackfillBounds:
    """Bounds of a backfill by message id and by date; a post has to be within all of them."""

    from_id: int = 1
    """Least message id that is collected."""
    since: datetime | None = None
    """Only posts of that moment and later ones are collected; None: all."""
    until: datetime | None = None
    """Only posts from before that moment are collected; None: all."""

    async def stretch(self, channel: TrackedChannel, readers: ReaderPool, up_to: int) -> Stretch:
        """The ids up to ``up_to`` that are within; the last is below the first when there are none.

        Telegram is asked where dates are given; raises as readers do.
        """
        first, last = self.from_id, up_to
        if self.since is not None:
            first = max(first, await readers.before(channel, self.since, RequestPriority.BACKFILL) + 1)
        if self.until is not None:
            last = min(last, await readers.before(channel, self.until, RequestPriority.BACKFILL))
        return first, last


EVERYTHING = BackfillBounds()

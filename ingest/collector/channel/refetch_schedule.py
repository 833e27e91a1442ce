"""When a post is read again."""

import math
from collections.abc import Callable, Sequence

from ingest.ledger.ledger import AT_ONCE, Ledger
from ingest.ledger.records import PublishedMessage, Refetch

_HOUR_S = 3600.0


class RefetchSchedule:
    """Ages at which posts are read again, rounded up to a common beat: one request can then ask for many."""

    def __init__(self, ages_h: Sequence[float], wall: Callable[[], float]) -> None:
        self._ages_s = sorted(age * _HOUR_S for age in ages_h)
        self._beat_s = self._ages_s[0] / 4 if self._ages_s else _HOUR_S
        self._wall = wall
        self.longest_s = (self._ages_s[-1] if self._ages_s else 0.0) + self._beat_s
        """No time that is planned lies further ahead; a post that is older is not read again."""

    def after(self, row: PublishedMessage) -> tuple[int, float] | None:
        """The next time for the post of a row, as its id and seconds since 1970; None when there is none any more."""
        now = self._wall()
        for age_s in self._ages_s:
            if (due := row.posted_at + age_s) > now:
                return row.anchor, math.ceil(due / self._beat_s) * self._beat_s
        return None


class RefetchOrders:
    """Orders from outside of the schedule: a message is fetched again as soon as there is a turn for it."""

    def __init__(self, ledger: Ledger, on_written: Callable[[], None], schedule: Callable[[int], None]) -> None:
        """``on_written``: the ledger has to be committed. ``schedule``: the channel of this id has work now."""
        self._ledger, self._on_written, self._schedule = ledger, on_written, schedule

    def order(self, channel_id: int, message_id: int, *, is_deletion: bool = False) -> Refetch:
        """Have a message fetched again soon; the order is durable with the next commit."""
        try:
            refetch = self._ledger.order_refetch(channel_id, message_id, AT_ONCE, is_deletion=is_deletion)
        finally:
            self._on_written()  # also when it fails: who hands an update on survives it, and the commit must not
        self._schedule(channel_id)
        return refetch

"""What goes through the outbox: something to publish, and what the ledger records once it is acknowledged."""

from dataclasses import dataclass
from datetime import datetime

from ingest.collector.channel.digest import digest
from ingest.ledger.records import Absent, Row, Settlement
from ingest.live_reader import Absence
from schemas import Channel, CounterUpdate, Lane, RawPost, Source, post_key


@dataclass(slots=True)
class Parcel:
    """A post, counts, or neither: then the settlement only waits for its turn."""

    settlement: Settlement
    post: RawPost | None = None
    counters: CounterUpdate | None = None
    pushed_at: float | None = None
    """Time of the loop when the source pushed the post; None when it was asked for."""

    def refuse(self) -> None:
        """It is too large to be published. A first version leaves its ids without a post; of a later one the row is
        kept, so that it is not tried again.
        """
        settled, post = self.settlement, self.post
        self.post = self.counters = None
        if post is not None and (settled.frontier is not None or settled.backfilled is not None):
            ids = [row.id for row in settled.rows] or [post.message_id]  # an old post has no rows
            settled.absent += tuple(Absent(message_id, message_id, Absence.REFUSED) for message_id in ids)
            settled.rows, settled.recheck = (), None


def on_lane(post: RawPost, lane: Lane) -> RawPost:
    """The post as it travels on a lane."""
    return post if post.lane is lane else post.model_copy(update={"lane": lane})


def row_of(post: RawPost, seen_at: float, *, anchor: int | None = None, is_known: bool = True) -> Row:
    """The row of a message. ``seen_at``, by the clock of orders, is the post's date when none is known; with
    ``is_known`` False its content is yet to be published.
    """
    return Row(
        post.message_id,
        post.message_id if anchor is None else anchor,
        post.album_id,
        digest(post) if is_known else None,
        seen_at if post.posted_at is None else post.posted_at.timestamp(),
        None if post.edited_at is None else post.edited_at.timestamp(),
        seen_at=seen_at,
    )


def tombstone(channel_id: int, message_id: int, lane: Lane, now: datetime) -> RawPost:
    """Reports the deletion of a post. It names its channel by id alone: nothing of the post is repeated."""
    return RawPost(
        channel=Channel(id=channel_id),
        message_id=message_id,
        collected_at=now,
        is_deleted=True,
        source=Source(kind="collector"),
        lane=lane,
    )


def counter_update(post: RawPost, anchor: int) -> CounterUpdate | None:
    """Fresh counts of a post; None when the message tells none."""
    counters = post.counters
    if counters is None or (counters.views, counters.forwards, counters.replies, counters.reactions) == (None,) * 4:
        return None
    return CounterUpdate(key=post_key(post.channel.id, anchor), counters=counters)

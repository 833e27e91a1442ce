"""What goes through the outbox: something to publish, and what the ledger records once it is acknowledged."""

from dataclasses import dataclass

from ingest.ledger.records import Settlement
from ingest.live_reader import Absence, Absent
from schemas import CounterUpdate, Lane, RawPost


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

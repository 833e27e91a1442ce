"""What goes through the publish queue: something to publish, and what the ledger records once it is acknowledged."""

from dataclasses import dataclass

from ingest.ledger.records import LedgerUpdate
from ingest.live_reader import AbsenceReason, AbsentRange
from schemas import ChannelState, CounterUpdate, RawPost


@dataclass(frozen=True, slots=True)
class ChannelStateUpdate:
    """How a channel is; None: it is watched no more."""

    state: ChannelState | None


@dataclass(slots=True)
class PendingPublish:
    """A post, counts, the state of a channel, or nothing: then the ledger update only waits for its turn."""

    ledger_update: LedgerUpdate
    post: RawPost | None = None
    counters: CounterUpdate | None = None
    state: ChannelStateUpdate | None = None
    """The state of a channel. The ledger update beside it is empty: a channel that was never read has no place in the
    ledger.
    """
    pushed_at: float | None = None
    """Time of the loop when the source pushed the post; None when it was requested."""
    is_noted_first: bool = False
    """Whether the ledger has a note that something is sent, which has to be committed before it is: what a kill leaves
    there would else stay unnoticed.
    """

    def refuse(self) -> None:
        """Publish nothing: the post is too large. A first version leaves its ids without a post; of a later one the row
        is kept, so that it is not tried again.
        """
        ledger_update, post = self.ledger_update, self.post
        self.post = self.counters = None
        if post is not None and (ledger_update.frontier is not None or ledger_update.backfilled is not None):
            ids = [row.id for row in ledger_update.rows] or [post.message_id]  # an old post has no rows
            ledger_update.absent += tuple(
                AbsentRange(message_id, message_id, AbsenceReason.REFUSED) for message_id in ids
            )
            ledger_update.rows, ledger_update.next_refetch = (), None

"""Reported edits and deletions."""

from enum import StrEnum

from ingest.collector.channel.collector_deps import CollectorDeps
from ingest.collector.channel.comparison import differs, row_of
from ingest.collector.channel.derived_records import counter_update, tombstone
from ingest.collector.channel.tracked_channel import TrackedChannel
from ingest.collector.pending_publish import PendingPublish
from ingest.collector.recovery.gaps import GapRecovery
from ingest.collector.recovery.refetch import RefetchRunner
from ingest.ledger.records import LedgerUpdate, PublishedMessage
from schemas import Lane, RawPost


class UpdateOutcome(StrEnum):
    """What became of a reported update: a bounded set, fit for a metric's label."""

    TAKEN = "taken"
    """Published as the update had it."""
    DUPLICATE = "duplicate"
    DEFERRED = "deferred"
    """The channel is read first, up to there."""
    DROPPED = "dropped"
    """The queue is full; the channel is read again later."""
    REFETCH = "revisit"
    """The message of the update is read again."""
    IGNORED = "ignored"
    """Not watched, or older than what is collected."""


class EditHandler:
    """Publishes what an update reports beyond doubt; has the message fetched again where there is one."""

    def __init__(self, deps: CollectorDeps, gaps: GapRecovery, refetches: RefetchRunner) -> None:
        self._deps, self._gaps, self._refetches = deps, gaps, refetches

    def edited(self, channel: TrackedChannel, post: RawPost) -> UpdateOutcome:
        """Publish an edit that an update reports if it is newer than what was published, or have the message read
        again.
        """
        message_id = post.message_id
        if channel.progress is None:
            return UpdateOutcome.IGNORED
        if message_id > channel.seen:
            channel.touch(message_id)
            channel.target = max(channel.target, message_id)
            self._gaps.open_gap(channel)
            return UpdateOutcome.DEFERRED
        row = channel.messages.row(message_id)
        if row is None:
            channel.touch(message_id)
            if not channel.is_covered(message_id):
                return UpdateOutcome.IGNORED
            self._deps.refetch_orders.order(channel.id, message_id)
            return UpdateOutcome.REFETCH
        if not differs(row, post, self._deps.order.now_s()):
            self._refresh_counts(channel, post, row)
            return UpdateOutcome.DUPLICATE
        return self._revise(channel, post, row)

    def deleted(self, channel: TrackedChannel, message_id: int) -> UpdateOutcome:
        """Have a message read again that an update reports as deleted, or note it where it was not read yet."""
        channel.touch(message_id)
        if channel.progress is None:
            return UpdateOutcome.IGNORED
        if message_id > channel.seen:
            channel.delete_ahead(message_id)
            return UpdateOutcome.DEFERRED
        row = channel.messages.row(message_id)
        if row is None and not self._may_be_published(channel, message_id):
            return UpdateOutcome.IGNORED
        if row is not None and row.is_deleted:
            return UpdateOutcome.DUPLICATE
        refetch = self._deps.refetch_orders.order(channel.id, message_id, is_deletion=True)
        if row is None or row.album is not None or not self._deps.publish_queue.has_room:
            channel.reported.add(message_id)
            return UpdateOutcome.REFETCH
        gone = channel.messages.as_swept(row)._replace(is_deleted=True)
        ledger_update = LedgerUpdate(channel.id, rows=(gone,), done=(refetch,))
        post = tombstone(channel.id, message_id, Lane.LIVE, self._deps.now(), gone.last_seen_at)
        self._refetches.enqueue(channel, PendingPublish(ledger_update, post))
        return UpdateOutcome.TAKEN

    def _may_be_published(self, channel: TrackedChannel, message_id: int) -> bool:
        return channel.is_covered(message_id) and self._deps.ledger.absence(channel.id, message_id) is None

    def _revise(self, channel: TrackedChannel, post: RawPost, row: PublishedMessage) -> UpdateOutcome:
        channel.touch(post.message_id)
        refetch = self._deps.refetch_orders.order(channel.id, post.message_id)
        is_plain = row.album is None and post.album_id is None and not row.is_deleted
        if not is_plain or not _is_newer(post, row) or not self._deps.publish_queue.has_room:
            channel.reported.add(post.message_id)
            return UpdateOutcome.REFETCH
        new = row_of(post, self._deps.order.now_s())
        next_refetch = self._deps.refetch_schedule.after(new)
        ledger_update = LedgerUpdate(channel.id, rows=(new,), done=(refetch,), next_refetch=next_refetch)
        self._refetches.enqueue(channel, PendingPublish(ledger_update, post))
        return UpdateOutcome.TAKEN

    def _refresh_counts(self, channel: TrackedChannel, post: RawPost, row: PublishedMessage) -> None:
        """Counts may get lost: they are read again by age. They never take the last room of posts."""
        publish_queue = self._deps.publish_queue
        if row.anchor == post.message_id and publish_queue.depth < publish_queue.max_depth // 2:
            update = counter_update(post, row.anchor)
            if update is not None:
                publish_queue.put(PendingPublish(LedgerUpdate(channel.id), counters=update))


def _is_newer(post: RawPost, row: PublishedMessage) -> bool:
    """Whether it is certain that an edit follows what was published; updates of two accounts can overtake each other.

    What was published without an edit date may be an edit that Telegram hides: then the date counts only if it is
    later than the moment at which that was seen.
    """
    known = row.seen_at if row.edited_at is None else row.edited_at
    return post.edited_at is not None and known is not None and post.edited_at.timestamp() > known

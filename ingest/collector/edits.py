"""Hints of edits and deletions."""

from enum import StrEnum

from ingest.collector.channel.content import counter_update, differs, row_of, tombstone
from ingest.collector.channel.context import Context
from ingest.collector.channel.tracked_channel import Channel
from ingest.collector.pending_publish import Parcel
from ingest.collector.recovery.gaps import Recovery
from ingest.collector.recovery.refetch import Revisits
from ingest.ledger.records import Row, Settlement
from schemas import Lane, RawPost


class Outcome(StrEnum):
    """What became of a hint: a bounded set, fit for a metric's label."""

    TAKEN = "taken"
    """Published as it came."""
    DUPLICATE = "duplicate"
    DEFERRED = "deferred"
    """The channel is read first, up to there."""
    DROPPED = "dropped"
    """The queue is full; the channel is read again later."""
    REVISIT = "revisit"
    """The message is read again."""
    IGNORED = "ignored"
    """Not watched, or older than what is collected."""


class Changes:
    """Publishes what a hint shows beyond doubt; has the message read again where there is one."""

    def __init__(self, context: Context, recovery: Recovery, revisits: Revisits) -> None:
        self._context, self._recovery, self._revisits = context, recovery, revisits

    def edited(self, channel: Channel, post: RawPost) -> Outcome:
        """A message may have changed."""
        message_id = post.message_id
        if channel.progress is None:
            return Outcome.IGNORED
        if message_id > channel.seen:
            channel.touch(message_id)
            channel.target = max(channel.target, message_id)
            self._recovery.open_gap(channel)
            return Outcome.DEFERRED
        row = channel.row(message_id)
        if row is None:
            channel.touch(message_id)
            if not channel.is_covered(message_id):
                return Outcome.IGNORED
            self._context.order_revisit(channel, message_id)
            return Outcome.REVISIT
        if not differs(row, post, self._context.order.now_s()):
            self._refresh_counts(channel, post, row)
            return Outcome.DUPLICATE
        return self._revise(channel, post, row)

    def deleted(self, channel: Channel, message_id: int) -> Outcome:
        """A message was deleted."""
        channel.touch(message_id)
        if channel.progress is None:
            return Outcome.IGNORED
        if message_id > channel.seen:
            channel.delete_ahead(message_id)
            return Outcome.DEFERRED
        row = channel.row(message_id)
        if row is None and not self._may_be_published(channel, message_id):
            return Outcome.IGNORED
        if row is not None and row.is_deleted:
            return Outcome.DUPLICATE
        revisit = self._context.order_revisit(channel, message_id, is_deletion=True)
        if row is None or row.album is not None or not self._context.outbox.has_room:
            return Outcome.REVISIT
        settlement = Settlement(channel.id, rows=(row._replace(is_deleted=True),), done=(revisit,))
        post = tombstone(channel.id, message_id, Lane.LIVE, self._context.now())
        self._revisits.hand_on(channel, Parcel(settlement, post))
        return Outcome.TAKEN

    def _may_be_published(self, channel: Channel, message_id: int) -> bool:
        return channel.is_covered(message_id) and self._context.ledger.absence(channel.id, message_id) is None

    def _revise(self, channel: Channel, post: RawPost, row: Row) -> Outcome:
        channel.touch(post.message_id)
        revisit = self._context.order_revisit(channel, post.message_id)
        is_plain = row.album is None and post.album_id is None and not row.is_deleted
        if not is_plain or not _is_newer(post, row) or not self._context.outbox.has_room:
            return Outcome.REVISIT
        new = row_of(post, self._context.order.now_s())
        recheck = self._context.rechecks.after(new)
        settlement = Settlement(channel.id, rows=(new,), done=(revisit,), recheck=recheck)
        self._revisits.hand_on(channel, Parcel(settlement, post))
        return Outcome.TAKEN

    def _refresh_counts(self, channel: Channel, post: RawPost, row: Row) -> None:
        """Counts may get lost: they are read again by age. They never take the last room of posts."""
        outbox = self._context.outbox
        if row.anchor == post.message_id and outbox.depth < outbox.max_depth // 2:
            update = counter_update(post, row.anchor)
            if update is not None:
                outbox.put(Parcel(Settlement(channel.id), counters=update))


def _is_newer(post: RawPost, row: Row) -> bool:
    """Whether it is certain that an edit follows what was published; hints of two accounts can overtake each other.

    What was published without an edit date may be an edit that Telegram hides: then the date counts only if it is
    later than the moment at which that was seen.
    """
    known = row.seen_at if row.edited_at is None else row.edited_at
    return post.edited_at is not None and known is not None and post.edited_at.timestamp() > known

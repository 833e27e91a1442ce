"""What follows once the ledger has recorded an acknowledgement."""

from dataclasses import replace

from ingest.collector.channel.context import Context
from ingest.collector.channel.tracked_channel import TrackedChannel
from ingest.collector.pending_publish import PendingPublish
from ingest.ledger.records import LedgerUpdate
from ingest.live_reader import AbsenceReason


class Settling:
    """Brings what is kept in memory of channels up to the ledger."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def settled(self, items: list[PendingPublish]) -> None:
        """These are recorded, in this order."""
        now = self._context.wall()
        for item in items:
            channel = self._context.channels.get(item.ledger_update.channel_id)
            if channel is None:
                continue
            self._settle(channel, item.ledger_update, now)
            post = item.post
            if post is not None and post.posted_at is not None:
                newest = channel.last_post_at
                channel.last_post_at = post.posted_at if newest is None else max(newest, post.posted_at)
                self._context.metrics.last_post_of(channel.watched.tier, post.posted_at.timestamp())

    def _settle(self, channel: TrackedChannel, ledger_update: LedgerUpdate, now: float) -> None:
        for row in ledger_update.rows:
            if channel.unrecorded.get(row.id) is row:
                del channel.unrecorded[row.id]
        for refetch in ledger_update.done:
            if channel.refetches_sent.get(refetch.id) == refetch.stamp:
                del channel.refetches_sent[refetch.id]
        for absent in ledger_update.absent:
            if absent.reason is AbsenceReason.REFUSED:
                channel.unrecorded.pop(absent.first, None)
                self._context.metrics.absent_ids.labels(absent.reason.value).inc()
        progress = channel.progress
        if progress is not None and (ledger_update.frontier is not None or ledger_update.backfilled is not None):
            channel.progress = replace(
                progress,
                frontier=max(progress.frontier, ledger_update.frontier or 0),
                backfilled=max(progress.backfilled, ledger_update.backfilled or 0),
            )
        if ledger_update.next_refetch is not None:
            due = ledger_update.next_refetch[1]
            self._context.schedulers.refetches.at(channel.id, self._context.loop.time() + max(0.0, due - now))

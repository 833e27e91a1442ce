"""Finds what no update reported: compares a channel's newest page with the ledger."""

from ingest.collector.channel.channel_messages import SweptPage
from ingest.collector.channel.collector_deps import CollectorDeps
from ingest.collector.channel.comparison import differs, is_unchanged
from ingest.collector.channel.intake import ChannelIntake
from ingest.collector.channel.tracked_channel import TrackedChannel
from ingest.collector.pending_publish import PendingPublish
from ingest.collector.recovery.gaps import GapRecovery
from ingest.errors import ChannelUnavailableError, ReaderBusyError
from ingest.ledger.records import ChannelProgress, LedgerUpdate
from ingest.live_reader import AbsenceReason, AbsentMessage, Page, RequestPriority
from schemas import Lane


class ChannelSweeps:
    """Sweeps of what no update shows, and the start of a channel."""

    def __init__(self, deps: CollectorDeps, gaps: GapRecovery) -> None:
        self._deps, self._gaps = deps, gaps

    async def sweep(self, channel_id: int) -> float:
        """Compare the newest page with what is known; returns when to do so again."""
        channel, deps = self._deps.channels[channel_id], self._deps
        with channel.being_read():
            seen, asked_at = channel.seen, deps.now().timestamp()
            try:
                page = await deps.readers.newest(channel, RequestPriority.SWEEP)
            except ReaderBusyError as error:
                return deps.loop.time() + error.wait_s
            except ChannelUnavailableError as error:
                return channel.unavailable(error, deps.loop.time())
            deps.metrics.sweeps.inc()
            if channel.progress is None:
                await self._start(channel, page)
            channel.set_state("live")
            channel.doubt_until = min(channel.doubt_until, max(page.last, channel.target))
            self._compare(channel, page, seen, asked_at)
            self._catch_up(channel, page)
            channel.note_page(page, seen)
        return deps.loop.time() + channel.interval_s

    async def _start(self, channel: TrackedChannel, page: Page) -> None:
        """The first sight: what is posted from now on is live, and so is what was pushed before this answer.

        It is durable before anything is published: else a kill would leave the next start to begin at a later post.
        """
        started_at = page.last if channel.first_pushed is None else min(page.last, channel.first_pushed - 1)
        self._deps.ledger.start(channel.id, started_at)
        await self._deps.publish_queue.commit()
        channel.progress = ChannelProgress(started_at, started_at, 0)
        channel.seen = started_at
        channel.live = ChannelIntake(self._deps, channel, Lane.LIVE, started_at)
        if channel.watched.backfill:
            self._deps.schedulers.backfills.at(channel.id, self._deps.loop.time())

    def _catch_up(self, channel: TrackedChannel, page: Page) -> None:
        """Take what the page has in addition, or read what lies before it first."""
        channel.target = max(channel.target, page.last)
        if channel.target <= channel.seen:
            self._gaps.closed(channel)  # one that was opened by a push of what this page began with
            return
        publish_queue = self._deps.publish_queue
        if _is_unbroken(page, channel) and publish_queue.depth + len(page.entries) <= publish_queue.max_depth:
            channel.has_gap = True
            self._gaps.take(channel, page)
        if channel.target > channel.seen:
            self._gaps.open_gap(channel)
        else:
            self._gaps.closed(channel)

    def _compare(self, channel: TrackedChannel, page: Page, seen: int, asked_at: float) -> None:
        """Have read again what differs from what was published; above the page's end all that was ``seen`` before it
        was requested, since the newest message can be the one that is deleted.
        """
        entries = {entry.message_id: entry for entry in page.entries}
        changed = set()
        for message_id, row in channel.messages.rows(page.first, max(seen, min(page.last, channel.seen))).items():
            if is_unchanged(row, entry := entries.get(message_id)):
                continue
            if not row.is_deleted:
                changed.add(message_id)
            if differs(row, entry, self._deps.order.now_s()):
                self._deps.refetch_orders.order(channel.id, message_id)
        self._note_seen(channel, SweptPage(asked_at, page.first, page.last, changed))
        for message_id, entry in entries.items():
            if (
                message_id > channel.last_absent
                or isinstance(entry, AbsentMessage)
                or not channel.is_covered(message_id)
            ):
                continue
            if self._deps.ledger.absence(channel.id, message_id) is AbsenceReason.NOT_RETURNED:
                self._deps.refetch_orders.order(channel.id, message_id)

    def _note_seen(self, channel: TrackedChannel, page: SweptPage) -> None:
        """Record when messages were last seen that are not on the page any more, or not as they were."""
        rows = channel.messages.swept(page)
        if rows and self._deps.publish_queue.has_room:
            for row in rows:
                channel.messages.unrecorded[row.id] = row
            self._deps.publish_queue.put(PendingPublish(LedgerUpdate(channel.id, rows=rows)))


def _is_unbroken(page: Page, channel: TrackedChannel) -> bool:
    """Whether a page has every id above ``seen`` that is not known as deleted. One that it leaves out is requested:
    history confirms what it does not have, the newest page does not.
    """
    above = {one for entry in page.entries if (one := entry.message_id) > channel.seen}
    above |= {one for one in channel.deleted_ahead if channel.seen < one <= page.last}
    return len(above) == page.last - channel.seen

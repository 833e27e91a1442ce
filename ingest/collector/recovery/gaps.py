"""Reads the messages between the last published post and a reported one."""

from collections.abc import Callable, Iterator

from ingest.collector.channel.collector_deps import CollectorDeps
from ingest.collector.channel.derived_records import tombstone
from ingest.collector.channel.intake import ChannelIntake
from ingest.collector.channel.tracked_channel import Intake, TrackedChannel
from ingest.collector.pending_publish import PendingPublish
from ingest.errors import ChannelUnavailableError, ReaderBusyError
from ingest.ledger.records import ChannelProgress, LedgerUpdate
from ingest.live_reader import (
    MAX_PAGE,
    AbsenceReason,
    AbsentRange,
    Page,
    RequestPriority,
)
from schemas import Lane

_NO_PROGRESS_S = 5.0
"""Until a source that does not show what was pushed is asked again: its servers are not all equally far."""


class GapRecovery:
    """Opens and closes the gaps of channels; goes on where the process before ended."""

    def __init__(self, deps: CollectorDeps) -> None:
        self._deps = deps
        self.on_deleted: Callable[[TrackedChannel, int], object] = lambda _channel, _message_id: None
        """Is given posts that were read although their deletion had been reported: that answer came late."""

    def open_gap(self, channel: TrackedChannel) -> None:
        """Posts up to ``channel.target`` are missing: from now on they come by asking, in order."""
        channel.has_gap = True
        self._deps.schedulers.gaps.at(channel.id, self._deps.loop.time())

    async def close_gap(self, channel_id: int) -> float | None:
        """Read page by page up to the target; returns when to go on, or None."""
        channel, deps = self._deps.channels[channel_id], self._deps
        if channel.live is None:
            return None  # a sweep starts it, and knows of the gap
        while channel.target > channel.seen:
            await deps.publish_queue.wait_for_room(MAX_PAGE)
            with channel.being_read():
                try:
                    page = await deps.readers.history(channel, channel.seen, channel.target, RequestPriority.GAP)
                except ReaderBusyError as error:
                    return deps.loop.time() + error.wait_s
                except ChannelUnavailableError as error:
                    return channel.unavailable(error, deps.loop.time())
                await deps.publish_queue.wait_for_room(len(page.entries))
                channel.set_state("live")
                if page.last <= channel.seen < channel.target:
                    return deps.loop.time() + _NO_PROGRESS_S
                self.take(channel, page)
        self.closed(channel)
        return None

    def resume(self, channel: TrackedChannel, progress: ChannelProgress) -> None:
        """Take over from the ledger how far the process before collected a channel, and its open gap."""
        ledger = self._deps.ledger
        channel.progress = progress
        channel.seen, channel.backfilled = progress.frontier, progress.backfilled
        channel.last_absent = ledger.last_absent(channel.id)
        lost = ledger.lost_progress(channel.id)
        published = 0 if lost is None else lost.frontier
        channel.skipped = ledger.skipped(channel.id)
        if not ledger.was_clean:
            channel.doubt_until = max(progress.frontier, published) + self._deps.publish_queue.max_depth
        if published > channel.seen:  # also when its newest posts are gone, and no page shows that they were there
            channel.target, channel.has_gap = published, True
        channel.live = ChannelIntake(self._deps, channel, Lane.LIVE, channel.seen)

    def closed(self, channel: TrackedChannel) -> None:
        """Everything up to the target is taken."""
        if channel.has_gap:
            self._deps.metrics.gaps.inc()
            self._deps.schedulers.refetches.at(channel.id, self._deps.loop.time())  # those above what was seen
        channel.has_gap = False

    def take(self, channel: TrackedChannel, page: Page) -> None:
        """Everything of a page that is above ``seen``."""
        assert channel.live is not None
        posts = 0
        deleted = []
        for piece in page.entries_after(channel.seen):
            if isinstance(piece, AbsentRange):
                self._explain(channel, channel.live, piece)
            else:
                channel.live.take(piece)
                posts += 1
                if piece.message_id in channel.deleted_ahead:
                    deleted.append(piece.message_id)
                elif piece.message_id in channel.touched:
                    self._deps.refetch_orders.order(channel.id, piece.message_id)
        self._deps.metrics.gap_posts.inc(posts)
        channel.deleted_ahead = {message_id for message_id in channel.deleted_ahead if message_id > channel.seen}
        for message_id in deleted:
            self.on_deleted(channel, message_id)

    def _explain(self, channel: TrackedChannel, intake: Intake, absent: AbsentRange) -> None:
        if absent.reason is not AbsenceReason.NOT_RETURNED:
            intake.take_absent(absent)
            return
        for message_id in range(absent.first, min(absent.last, channel.doubt_until) + 1):
            post = tombstone(channel.id, message_id, Lane.LIVE, self._deps.now())
            self._deps.publish_queue.put(PendingPublish(LedgerUpdate(channel.id), post))
        for piece in _by_reason(absent, channel.deleted_ahead):
            intake.take_absent(piece)
            if piece.reason is AbsenceReason.NOT_RETURNED:
                channel.last_absent = piece.last
        pushed = {message_id for message_id in channel.touched if absent.first <= message_id <= absent.last}
        if absent.first <= channel.target <= absent.last:
            pushed.add(channel.target)
        for message_id in pushed - channel.deleted_ahead:
            self._deps.refetch_orders.order(channel.id, message_id)


def _by_reason(absent: AbsentRange, deleted: set[int]) -> Iterator[AbsentRange]:
    """Cut a stretch at the ids whose deletion was reported."""
    first = absent.first
    for message_id in sorted(message_id for message_id in deleted if absent.first <= message_id <= absent.last):
        if first < message_id:
            yield AbsentRange(first, message_id - 1, absent.reason)
        yield AbsentRange(message_id, message_id, AbsenceReason.DELETED)
        first = message_id + 1
    if first <= absent.last:
        yield AbsentRange(first, absent.last, absent.reason)

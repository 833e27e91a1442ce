"""Collects what was posted before a channel was watched, from its first post on."""

from ingest.collector.channel.collector_deps import CollectorDeps
from ingest.collector.channel.derived_records import tombstone
from ingest.collector.channel.intake import ChannelIntake
from ingest.collector.channel.tracked_channel import Intake, TrackedChannel
from ingest.collector.pending_publish import PendingPublish
from ingest.collector.recovery.backfill_bounds import BackfillBounds, Stretch
from ingest.errors import ChannelUnavailableError, ReaderBusyError
from ingest.ledger.records import LedgerUpdate
from ingest.live_reader import MAX_PAGE, AbsenceReason, AbsentRange, Page, RequestPriority
from schemas import Lane

_MAX_UNDER_WAY = 2 * MAX_PAGE
"""More than so many items in the publish queue, and a backfill waits: live posts go first."""
_NO_PROGRESS_S = 60.0


class BackfillRunner:
    """Reads the history of channels: one intake for each channel, with a cursor of its own in the ledger."""

    def __init__(self, deps: CollectorDeps, bounds: BackfillBounds) -> None:
        self._deps, self._bounds = deps, bounds
        self._stretches: dict[int, Stretch] = {}
        self._doubtful: dict[int, int] = {}
        """Posts that a process which was killed may have published beyond the cursor."""

    @property
    def is_in_doubt(self) -> bool:
        """Whether posts that a process which was killed may have published were not looked for yet."""
        return any(self._doubtful.values())

    def forget(self, channel: TrackedChannel) -> None:
        """Stop the backfill of a channel that is not watched any more."""
        if channel.backfill is not None:
            channel.backfill.abandon()
        channel.backfill = channel.filling = None
        self._stretches.pop(channel.id, None)
        self._doubtful.pop(channel.id, None)

    def resume(self, channel: TrackedChannel) -> None:
        """Go on behind the cursor and within what was skipped before, if there is something to collect."""
        progress = channel.progress
        if not channel.watched.backfill or progress is None:
            return
        if progress.backfilled < progress.started_at or channel.skipped:
            if not self._deps.ledger.was_clean:
                lost = self._deps.ledger.lost_progress(channel.id)
                ahead = 0 if lost is None else max(0, lost.backfilled - progress.backfilled)
                self._doubtful[channel.id] = ahead + _MAX_UNDER_WAY + MAX_PAGE
            self._deps.schedulers.backfills.at(channel.id, self._deps.loop.time())

    async def run(self, channel_id: int) -> float | None:
        """Read page by page up to where live collection began; returns when to go on, or None at the end."""
        channel, deps = self._deps.channels[channel_id], self._deps
        assert channel.progress is not None
        started_at = channel.progress.started_at
        try:
            first, last = await self._stretch(channel, started_at)
        except ReaderBusyError as error:
            return deps.loop.time() + error.wait_s
        except ChannelUnavailableError as error:
            return channel.unavailable(error, deps.loop.time())
        for low, high in list(channel.skipped):
            channel.filling = ChannelIntake(deps, channel, Lane.BACKFILL, max(low, first) - 1, fills=True)
            wait_until = await self._read(channel, channel.filling, min(high, last))
            channel.filling = None
            if wait_until is not None:
                return wait_until
        intake = channel.backfill
        if intake is None:
            intake = channel.backfill = ChannelIntake(deps, channel, Lane.BACKFILL, channel.backfilled)
        _skip(intake, min(first - 1, started_at))
        if (wait_until := await self._read(channel, intake, min(last, started_at))) is not None:
            return wait_until
        _skip(intake, started_at)
        channel.backfill = None
        self._stretches.pop(channel_id, None)
        self._doubtful.pop(channel_id, None)
        return None

    async def _stretch(self, channel: TrackedChannel, started_at: int) -> Stretch:
        """The ids within the bounds, looked up once."""
        stretch = self._stretches.get(channel.id)
        if stretch is None:
            stretch = await self._bounds.stretch(channel, self._deps.readers, started_at)
            self._stretches[channel.id] = stretch
        return stretch

    async def _read(self, channel: TrackedChannel, intake: Intake, up_to: int) -> float | None:
        """Take all posts up to an id; returns when to go on if that cannot be done now."""
        deps = self._deps
        while intake.last < up_to:
            await deps.publish_queue.wait_for_room(MAX_PAGE, _MAX_UNDER_WAY)
            with channel.being_read():
                try:
                    page = await deps.readers.history(channel, intake.last, up_to, RequestPriority.BACKFILL)
                except ReaderBusyError as error:
                    return deps.loop.time() + error.wait_s
                except ChannelUnavailableError as error:
                    return channel.unavailable(error, deps.loop.time())
                await deps.publish_queue.wait_for_room(len(page.entries), _MAX_UNDER_WAY + MAX_PAGE)
                if page.last <= intake.last:
                    return deps.loop.time() + _NO_PROGRESS_S
                self._take(channel, intake, page)
        intake.close()
        return None

    def _take(self, channel: TrackedChannel, intake: Intake, page: Page) -> None:
        for piece in page.entries_after(intake.last):
            if isinstance(piece, AbsentRange):
                self._publish_tombstones(channel, piece)
                intake.take_absent(piece)
                continue
            intake.take(piece)
            self._doubtful[channel.id] = max(0, self._doubtful.get(channel.id, 0) - 1)
            if piece.message_id in channel.touched:
                self._deps.refetch_orders.order(channel.id, piece.message_id)

    def _publish_tombstones(self, channel: TrackedChannel, absent: AbsentRange) -> None:
        """What was published and not recorded, and is deleted since, gets its tombstone."""
        doubtful = self._doubtful.get(channel.id)
        if absent.reason is not AbsenceReason.NOT_RETURNED or not doubtful:
            return
        for message_id in range(absent.first, min(absent.last, absent.first + doubtful) + 1):
            post = tombstone(channel.id, message_id, Lane.BACKFILL, self._deps.now())
            self._deps.publish_queue.put(PendingPublish(LedgerUpdate(channel.id), post))


def _skip(intake: Intake, up_to: int) -> None:
    """Leave out what is next up to an id, and have it recorded: a later backfill without bounds collects it."""
    if intake.last < up_to:
        intake.take_absent(AbsentRange(intake.last + 1, up_to, AbsenceReason.SKIPPED))

"""Collects what was posted before a channel was watched, from its first post on."""

from ingest.collector.channel.content import tombstone
from ingest.collector.channel.context import Context
from ingest.collector.channel.intake import Strand
from ingest.collector.channel.tracked_channel import Channel
from ingest.collector.pending_publish import Parcel
from ingest.collector.recovery.backfill_bounds import BackfillBounds, Stretch
from ingest.errors import ChannelUnavailableError, ReaderBusyError
from ingest.ledger.records import Settlement
from ingest.live_reader import MAX_PAGE, Absence, Absent, Page, Urgency, walk
from schemas import Lane

_MAX_UNDER_WAY = 2 * MAX_PAGE
"""More than so many parcels in the outbox, and a backfill waits: live posts go first."""
_NO_PROGRESS_S = 60.0


class Backfills:
    """One strand for each channel, with a cursor of its own in the ledger."""

    def __init__(self, context: Context, bounds: BackfillBounds) -> None:
        self._context, self._bounds = context, bounds
        self._stretches: dict[int, Stretch] = {}
        self._strands: dict[int, Strand] = {}
        self._doubtful: dict[int, int] = {}
        """Posts that a process which was killed may have published beyond the cursor."""

    @property
    def is_in_doubt(self) -> bool:
        """Whether posts that a process which was killed may have published were not looked for yet."""
        return any(self._doubtful.values())

    def forget(self, channel_id: int) -> None:
        """The channel is not watched any more."""
        self._strands.pop(channel_id, None)
        self._stretches.pop(channel_id, None)
        self._doubtful.pop(channel_id, None)

    def resume(self, channel: Channel) -> None:
        """Go on behind the cursor and within what was skipped before, if there is something to collect."""
        progress = channel.progress
        if not channel.watched.backfill or progress is None:
            return
        if progress.backfilled < progress.started_at or channel.skipped:
            if not self._context.ledger.was_clean:
                lost = self._context.ledger.lost_progress(channel.id)
                ahead = 0 if lost is None else max(0, lost.backfilled - progress.backfilled)
                self._doubtful[channel.id] = ahead + _MAX_UNDER_WAY + MAX_PAGE
            self._context.agendas.backfills.at(channel.id, self._context.loop.time())

    async def run(self, channel_id: int) -> float | None:
        """Read page by page up to where live collection began; returns when to go on, or None at the end."""
        channel, context = self._context.channels[channel_id], self._context
        assert channel.progress is not None
        started_at = channel.progress.started_at
        try:
            first, last = await self._stretch(channel, started_at)
        except ReaderBusyError as error:
            return context.loop.time() + error.wait_s
        except ChannelUnavailableError as error:
            return context.unavailable(channel, error)
        for low, high in list(channel.skipped):
            filling = Strand(context, channel, Lane.BACKFILL, max(low, first) - 1, fills=True)
            if (wait_until := await self._read(channel, filling, min(high, last))) is not None:
                return wait_until
        strand = self._strands.get(channel_id)
        if strand is None:
            strand = self._strands[channel_id] = Strand(context, channel, Lane.BACKFILL, channel.backfilled)
        _skip(strand, min(first - 1, started_at))
        if (wait_until := await self._read(channel, strand, min(last, started_at))) is not None:
            return wait_until
        _skip(strand, started_at)
        del self._strands[channel_id]
        self._stretches.pop(channel_id, None)
        self._doubtful.pop(channel_id, None)
        return None

    async def _stretch(self, channel: Channel, started_at: int) -> Stretch:
        """The ids within the bounds, looked up once."""
        stretch = self._stretches.get(channel.id)
        if stretch is None:
            stretch = await self._bounds.stretch(channel, self._context.readers, started_at)
            self._stretches[channel.id] = stretch
        return stretch

    async def _read(self, channel: Channel, strand: Strand, up_to: int) -> float | None:
        """Take all posts up to an id; returns when to go on if that cannot be done now."""
        context = self._context
        while strand.last < up_to:
            await context.outbox.room(MAX_PAGE, _MAX_UNDER_WAY)
            with channel.being_read():
                try:
                    page = await context.readers.history(channel, strand.last, up_to, Urgency.BACKFILL)
                except ReaderBusyError as error:
                    return context.loop.time() + error.wait_s
                except ChannelUnavailableError as error:
                    return context.unavailable(channel, error)
                await context.outbox.room(len(page.entries), _MAX_UNDER_WAY + MAX_PAGE)
                if page.last <= strand.last:
                    return context.loop.time() + _NO_PROGRESS_S
                self._take(channel, strand, page)
        strand.close()
        return None

    def _take(self, channel: Channel, strand: Strand, page: Page) -> None:
        for piece in walk(page, strand.last):
            if isinstance(piece, Absent):
                self._bury(channel, piece)
                strand.take_absent(piece)
                continue
            strand.take(piece)
            self._doubtful[channel.id] = max(0, self._doubtful.get(channel.id, 0) - 1)
            if piece.message_id in channel.touched:
                self._context.order_revisit(channel, piece.message_id)

    def _bury(self, channel: Channel, absent: Absent) -> None:
        """What was published and not recorded, and is deleted since, gets its tombstone."""
        doubtful = self._doubtful.get(channel.id)
        if absent.why is not Absence.NOT_RETURNED or not doubtful:
            return
        for message_id in range(absent.first, min(absent.last, absent.first + doubtful) + 1):
            post = tombstone(channel.id, message_id, Lane.BACKFILL, self._context.now())
            self._context.outbox.put(Parcel(Settlement(channel.id), post))


def _skip(strand: Strand, up_to: int) -> None:
    """Leave out what is next up to an id, and have it recorded: a later backfill without bounds collects it."""
    if strand.last < up_to:
        strand.take_absent(Absent(strand.last + 1, up_to, Absence.SKIPPED))

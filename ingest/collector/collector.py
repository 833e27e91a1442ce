"""The collector: takes hints, asks for what they lack, and publishes every post of the channels watched."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from ingest.collector.channel.context import Context
from ingest.collector.channel.refetch_schedule import Rechecks
from ingest.collector.channel.settling import Settling
from ingest.collector.channel.tracked_channel import Channel, WatchedChannel
from ingest.collector.edits import Changes, Outcome
from ingest.collector.metrics import CollectMetrics
from ingest.collector.publish_queue import Outbox, Standstill
from ingest.collector.publisher_thread import Sender
from ingest.collector.reader_pool import Readers
from ingest.collector.recovery.backfill import Backfills
from ingest.collector.recovery.backfill_bounds import EVERYTHING, BackfillBounds
from ingest.collector.recovery.gaps import Recovery
from ingest.collector.recovery.refetch import Revisits
from ingest.collector.scheduler import Agenda, Agendas
from ingest.collector.status import Status, channel_status
from ingest.collector.wall_clock import HeldClock
from ingest.ledger.ledger import Ledger
from ingest.ledger.order_clock import OrderClock
from ingest.live_reader import Absence, Absent, Entry, Gone, Reader, entry_id
from ingest.publish.base import Publisher
from runtime.settings.channel_list import TIERS
from runtime.settings.collect import CollectSettings
from schemas import RawPost

_DRAIN_S = 30.0
"""At a stop the publisher has so long; what is not acknowledged by then is read again at the next start."""
_UPKEEP_S = 3600.0
_MAX_GAPS, _MAX_SWEEPS, _MAX_REVISITS = 64, 8, 4
"""Requests at once, of all readers: gaps come first, and pacing is the readers' matter."""

_log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Collector:
    """Watches channels, and loses no post of them. To be made and used on the event loop.

    It is the ``Hints`` that readers report to. A hint is published when it is the next id of its channel; in every
    other case, and whenever a hint is missing, the channel is read. What is acknowledged goes into the ledger, from
    which the next start goes on.
    """

    def __init__(
        self,
        settings: CollectSettings,
        ledger: Ledger,
        make_publisher: Callable[[], Publisher],
        metrics: CollectMetrics,
        readers: Sequence[Reader],
        *,
        backfill: bool = False,
        bounds: BackfillBounds = EVERYTHING,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """``backfill``: of all channels, also of those that do not ask for it; ``bounds`` limit every backfill.

        ``make_publisher`` is called on a thread, again after each failure.
        """
        self._loop = asyncio.get_running_loop()
        self._backfill = backfill
        self._executor = ThreadPoolExecutor(2, "collect")  # one publishes, one writes the ledger
        self._channels: dict[int, Channel] = {}
        wall = HeldClock(lambda: now().timestamp(), self._loop.time)
        order = OrderClock(wall, ledger.order.start_us)
        outbox = Outbox(Sender(make_publisher), ledger, order, metrics, self._executor, settings.max_queue)
        rechecks = Rechecks(settings.recheck_h, wall)
        self._context = Context(
            settings=settings,
            loop=self._loop,
            now=now,
            wall=wall,
            order=order,
            ledger=ledger,
            outbox=outbox,
            readers=Readers(readers, order.see),
            metrics=metrics,
            rechecks=rechecks,
            channels=self._channels,
        )
        self._recovery = Recovery(self._context)
        self._revisits = Revisits(self._context)
        self._backfills = Backfills(self._context, bounds)
        self._changes = Changes(self._context, self._recovery, self._revisits)
        # At each scrape: a gauge that is moved up and down would be wrong after the first path that forgets it.
        metrics.gaps_open.set_function(lambda: self.gaps[0])
        metrics.held_posts.set_function(lambda: self.gaps[1])
        outbox.on_settled = Settling(self._context).settled
        self._context.agendas = Agendas(
            gaps=Agenda(self._recovery.close_gap, _MAX_GAPS),
            sweeps=Agenda(self._recovery.sweep, _MAX_SWEEPS),
            revisits=Agenda(self._revisits.run, _MAX_REVISITS),
            backfills=Agenda(self._backfills.run, max(1, len(readers))),
        )
        self._stopping = asyncio.Event()
        self._posted = {outcome: metrics.hints.labels("posted", outcome.value) for outcome in Outcome}

    def watch(self, watched: WatchedChannel) -> None:
        """Collect a channel, from where it was left or else from its newest post on; or change how it is watched."""
        known = self._channels.get(watched.id)
        watched = replace(watched, backfill=watched.backfill or self._backfill)
        if known is not None:
            known.watched = watched
            self._backfills.resume(known)
            self._sweep_soon(known)
            return
        channel = self._channels[watched.id] = Channel(watched, self._context.ledger)
        self._context.metrics.channels.labels(channel.state).inc()
        progress = self._context.ledger.progress(watched.id)
        if progress is not None:
            self._recovery.resume(channel, progress)
            self._backfills.resume(channel)
            self._context.agendas.revisits.at(watched.id, self._loop.time())
        self._sweep_soon(channel)

    def unwatch(self, channel_id: int) -> None:
        """Collect a channel no more. What the ledger knows of it stays."""
        channel = self._channels.pop(channel_id, None)
        if channel is None:
            return
        agendas = self._context.agendas
        for agenda in (agendas.gaps, agendas.sweeps, agendas.revisits, agendas.backfills):
            agenda.forget(channel_id)
        self._backfills.forget(channel_id)
        self._context.metrics.channels.labels(channel.state).dec()
        if channel.live is not None:
            channel.live.abandon()

    def rename(self, channel_id: int, username: str | None, title: str | None) -> None:
        """A channel goes by another name."""
        channel = self._channels.get(channel_id)
        if channel is not None:
            channel.watched = replace(channel.watched, username=username, title=title)

    def add_reader(self, reader: Reader) -> None:
        """Use a reader from now on; also one that was dropped and can be used again."""
        self._context.readers.add(reader)
        self.missed(reader.name, None)

    def posted(self, channel_id: int, entry: Entry) -> None:
        """See ``Hints``."""
        self._posted[self._take(channel_id, entry)].inc()

    def _take(self, channel_id: int, entry: Entry) -> Outcome:
        channel = self._channels.get(channel_id)
        if channel is None or self._stopping.is_set():
            return Outcome.IGNORED
        if isinstance(entry, RawPost):
            self._context.order.see(entry)
        message_id = entry_id(entry)
        live = channel.live
        if live is None:
            first = channel.first_hint
            channel.first_hint = message_id if first is None else min(first, message_id)
            channel.target = max(channel.target, message_id)
            channel.has_gap = True
            return Outcome.DEFERRED
        if message_id <= channel.seen:
            return self._repeat(channel, message_id)
        has_room = self._context.outbox.has_room
        if message_id == channel.seen + 1 and has_room and not channel.has_gap:
            if isinstance(entry, Gone):
                live.take_absent(Absent(message_id, message_id, entry.why))
            else:
                live.take(entry, self._loop.time())
            return Outcome.TAKEN
        channel.target = max(channel.target, message_id)
        self._recovery.open_gap(channel)
        return Outcome.DEFERRED if has_room else Outcome.DROPPED

    def _repeat(self, channel: Channel, message_id: int) -> Outcome:
        """An id that is known; one that a source did not have before is read after all."""
        is_news = message_id <= channel.last_absent and channel.is_covered(message_id)
        if not is_news or channel.row(message_id) is not None:
            return Outcome.DUPLICATE
        if self._context.ledger.absence(channel.id, message_id) not in (None, Absence.NOT_RETURNED):
            return Outcome.DUPLICATE
        self._context.order_revisit(channel, message_id)
        return Outcome.REVISIT

    def edited(self, channel_id: int, post: RawPost) -> None:
        """See ``Hints``."""
        self._context.order.see(post)
        channel = self._watched(channel_id)
        outcome = Outcome.IGNORED if channel is None else self._changes.edited(channel, post)
        self._context.metrics.hints.labels("edited", outcome.value).inc()

    def deleted(self, channel_id: int, ids: Sequence[int]) -> None:
        """See ``Hints``."""
        channel = self._watched(channel_id)
        for message_id in ids:
            outcome = Outcome.IGNORED if channel is None else self._changes.deleted(channel, message_id)
            self._context.metrics.hints.labels("deleted", outcome.value).inc()

    def missed(self, reader: str, channel_id: int | None) -> None:
        """See ``Hints``."""
        self._context.readers.came_back(reader)
        source = self._context.readers.named(reader)
        channels = self._channels.values() if channel_id is None else filter(None, [self._channels.get(channel_id)])
        for channel in channels:
            if source is not None and source.reads(channel.id):
                self._sweep_soon(channel)
                if channel.has_gap:
                    self._recovery.open_gap(channel)
        self._context.metrics.hints.labels("missed", Outcome.TAKEN.value).inc()

    @property
    def standstill(self) -> Standstill | None:
        """Whether nothing can be published at present, and why; safe to ask on any thread."""
        return self._context.outbox.standstill

    @property
    def readers_away(self) -> tuple[str, ...]:
        """Why no reader answers, one reason for each; empty while any does. Safe to ask on any thread."""
        return self._context.readers.all_away()

    @property
    def gaps(self) -> tuple[int, int]:
        """Channels with a gap, and the posts that wait because of it; safe to ask on any thread."""
        held = [channel.held for channel in tuple(self._channels.values()) if channel.has_gap]
        return len(held), sum(held)

    def status(self) -> Status:
        """A snapshot of the collector's state."""
        context, standstill = self._context, self.standstill
        gaps_open, held = self.gaps
        return Status(
            channels=tuple(channel_status(channel) for channel in self._channels.values()),
            readers=context.readers.states(),
            queue_depth=context.outbox.depth,
            published=context.outbox.published,
            gaps_open=gaps_open,
            revisits_due=context.ledger.count_due(context.wall()),
            failure=None if standstill is None else standstill.reason,
            failing_s=None if standstill is None else standstill.since_s,
            held=held,
            notice=context.ledger.notice,
        )

    def stop(self) -> None:
        """End ``run``, soon; safe in a signal handler of the loop, and more than once."""
        self._stopping.set()

    async def run(self) -> None:
        """Collect until ``stop``; then publish and record what was taken.

        Raises StateError and DestinationChangedError; after either, the next start goes on from the ledger.
        """
        agendas, outbox = self._context.agendas, self._context.outbox
        if self._context.ledger.notice is not None:
            _log.warning("%s", self._context.ledger.notice)
        self._context.ledger.mark_clean(is_clean=False)
        await outbox.commit()
        pipeline = [self._loop.create_task(work) for work in (outbox.publish(), outbox.record())]
        jobs = [agendas.gaps, agendas.sweeps, agendas.revisits, agendas.backfills]
        workers = [self._loop.create_task(work) for work in (*(agenda.run() for agenda in jobs), self._keep_up())]
        stopping = self._loop.create_task(self._stopping.wait())
        try:
            done, _ = await asyncio.wait([*pipeline, *workers, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stopping.set()
            await _end([*workers, stopping])
            failures = await self._shut_down(pipeline)
        for task in done:
            task.result()
        for failure in failures:
            raise failure

    async def _shut_down(self, pipeline: Sequence[asyncio.Task[None]]) -> list[BaseException]:
        for channel in self._channels.values():
            if channel.live is not None:
                channel.live.close()
        outbox = self._context.outbox
        outbox.close(_DRAIN_S)
        results = await asyncio.gather(*pipeline, return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        try:
            if not failures:
                is_clean = await outbox.drain()
                self._context.ledger.mark_clean(is_clean=is_clean and not self._is_in_doubt())
                await outbox.commit()
        finally:
            await outbox.disconnect()
            self._executor.shutdown()
        return failures

    def _is_in_doubt(self) -> bool:
        """Whether a process that was killed may have published what nobody has looked for yet."""
        unread = any(channel.doubt_until > channel.seen for channel in self._channels.values())
        return unread or self._backfills.is_in_doubt

    async def _keep_up(self) -> None:
        """Forget what is older than is kept, and count what waits."""
        context = self._context
        while True:
            keep_s = context.settings.keep_days * 86_400.0
            await self._loop.run_in_executor(self._executor, context.ledger.prune, context.wall(), keep_s)
            context.outbox.written()
            await asyncio.sleep(_UPKEEP_S)

    def _watched(self, channel_id: int) -> Channel | None:
        return None if self._stopping.is_set() else self._channels.get(channel_id)

    def _sweep_soon(self, channel: Channel) -> None:
        rank = TIERS.index(channel.watched.tier)
        self._context.agendas.sweeps.at(channel.id, self._loop.time(), rank)


async def _end(tasks: Sequence[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

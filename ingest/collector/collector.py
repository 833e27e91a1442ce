"""The collector: takes updates, asks for what they do not report, and publishes every post of the channels watched."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from ingest.collector.channel.channel_messages import ChannelMessages
from ingest.collector.channel.collector_deps import CollectorDeps
from ingest.collector.channel.refetch_schedule import RefetchOrders, RefetchSchedule
from ingest.collector.channel.tracked_channel import TrackedChannel, WatchedChannel
from ingest.collector.channel_states import ChannelStates
from ingest.collector.edits_and_deletions import EditHandler, UpdateOutcome
from ingest.collector.metrics import CollectMetrics
from ingest.collector.pending_publish import PendingPublish
from ingest.collector.publish_queue import PublishQueue, PublishStall
from ingest.collector.reader_pool import ReaderPool
from ingest.collector.recovery.backfill import BackfillRunner
from ingest.collector.recovery.backfill_bounds import EVERYTHING, BackfillBounds
from ingest.collector.recovery.gaps import GapRecovery
from ingest.collector.recovery.refetch import RefetchRunner
from ingest.collector.recovery.sweeps import ChannelSweeps
from ingest.collector.retrying_publisher import RetryingPublisher
from ingest.collector.scheduler import ChannelScheduler, Job, Schedulers
from ingest.collector.status import Status, channel_status
from ingest.ledger.ledger import Ledger
from ingest.ledger.order_clock import OrderClock
from ingest.ledger.records import LedgerUpdate
from ingest.live_reader import AbsenceReason, AbsentMessage, AbsentRange, LiveReader, PostOrAbsence
from ingest.publish.base import Publisher
from runtime.held_clock import HeldClock
from runtime.settings.channel_list import TIERS
from runtime.settings.collect import CollectSettings
from schemas import RawPost

_DRAIN_S = 30.0
"""At a stop the publisher has so long; what is not acknowledged by then is read again at the next start."""
_UPKEEP_S = 3600.0
_CLOCK_AHEAD_S = 600.0
"""Orders so far ahead of the clock show that it was ahead: more than what is reserved at a time."""
_MAX_GAPS, _MAX_SWEEPS, _MAX_REFETCHES = 64, 8, 4
"""Requests at once, of all readers: gaps come first, and pacing is the readers' matter."""

_log = structlog.stdlib.get_logger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Collector:
    """Watches channels, and loses no post of them. To be made and used on the event loop.

    It is the ``UpdateListener`` that readers report to. A pushed post is published when it has the next
    id of its channel; in every other case, and whenever an update is missing, the channel is read. What is
    acknowledged goes into the ledger, from which the next start goes on.
    """

    def __init__(
        self,
        settings: CollectSettings,
        ledger: Ledger,
        make_publisher: Callable[[], Publisher],
        metrics: CollectMetrics,
        readers: Sequence[LiveReader],
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
        self._channels: dict[int, TrackedChannel] = {}
        self._unwatched: dict[int, TrackedChannel] = {}
        """What is in flight of these is recorded still; watched again, they go on behind it."""
        wall = HeldClock(lambda: now().timestamp(), self._loop.time)
        order = OrderClock(wall, ledger.order.start_us)
        publish_queue = PublishQueue(
            RetryingPublisher(make_publisher), ledger, order, metrics, self._executor, settings.max_queue
        )
        refetch_schedule = RefetchSchedule(settings.recheck_h, wall)
        self._deps = CollectorDeps(
            settings=settings,
            loop=self._loop,
            now=now,
            wall=wall,
            order=order,
            ledger=ledger,
            publish_queue=publish_queue,
            readers=ReaderPool(readers, order.observe),
            metrics=metrics,
            refetch_schedule=refetch_schedule,
            refetch_orders=RefetchOrders(ledger, publish_queue.written, self._refetch_soon),
            channels=self._channels,
        )
        self._gaps = GapRecovery(self._deps)
        self._refetches = RefetchRunner(self._deps)
        self._backfills = BackfillRunner(self._deps, bounds)
        self._changes = EditHandler(self._deps, self._gaps, self._refetches)
        self._gaps.on_deleted = self._changes.deleted
        self._states = ChannelStates(self._deps)
        # At each scrape: a gauge that is moved up and down would be wrong after the first path that forgets it.
        metrics.gaps_open.set_function(lambda: self.gaps[0])
        metrics.held_posts.set_function(lambda: self.gaps[1])
        publish_queue.on_recorded = self._recorded
        self._deps.schedulers = Schedulers(
            gaps=ChannelScheduler(self._reporting(self._gaps.close_gap), _MAX_GAPS),
            sweeps=ChannelScheduler(self._reporting(ChannelSweeps(self._deps, self._gaps).sweep), _MAX_SWEEPS),
            refetches=ChannelScheduler(self._reporting(self._refetches.run), _MAX_REFETCHES),
            backfills=ChannelScheduler(self._reporting(self._backfills.run), max(1, len(readers))),
            states=ChannelScheduler(self._states.publish, 1),
        )
        self._stopping = asyncio.Event()
        self._posted = {outcome: metrics.hints.labels("posted", outcome.value) for outcome in UpdateOutcome}

    def watch(self, watched: WatchedChannel) -> None:
        """Collect a channel, from where it was left or else from its newest post on; or change how it is watched."""
        known = self._channels.get(watched.id)
        watched = replace(watched, backfill=watched.backfill or self._backfill)
        if known is not None:
            known.watched = watched
            self._backfills.resume(known)
            self._sweep_soon(known)
            self._states.changed(watched.id)
            return
        returning = self._unwatched.pop(watched.id, None)
        channel = self._channels[watched.id] = self._tracked(watched) if returning is None else returning
        channel.watched = watched
        self._deps.metrics.channels.labels(channel.state).inc()
        if channel.has_gap:
            self._gaps.open_gap(channel)
        if channel.progress is not None:
            self._backfills.resume(channel)
            self._deps.schedulers.refetches.at(watched.id, self._loop.time())
        self._sweep_soon(channel)
        self._states.changed(watched.id)

    def _tracked(self, watched: WatchedChannel) -> TrackedChannel:
        """What the ledger knows of a channel."""
        deps = self._deps
        channel = TrackedChannel(watched, ChannelMessages(deps.ledger, watched.id), deps.settings, deps.metrics)
        progress = deps.ledger.progress(watched.id)
        if progress is not None:
            self._gaps.resume(channel, progress)
        return channel

    def watches_all(self) -> None:
        """All channels that are to be watched are: what earlier processes have watched is watched no more."""
        self._states.withdraw_others()

    def unwatch(self, channel_id: int) -> None:
        """Collect a channel no more. What the ledger knows of it stays, and what is in flight is recorded."""
        channel = self._channels.pop(channel_id, None)
        if channel is None:
            return
        for scheduler in self._deps.schedulers.all():
            scheduler.forget(channel_id)
        self._backfills.forget(channel)
        self._states.withdraw(channel_id)
        self._deps.metrics.channels.labels(channel.state).dec()
        if channel.live is not None:
            channel.live.abandon()
            channel.state, channel.reason = "starting", None
            self._unwatched[channel_id] = channel

    def rename(self, channel_id: int, username: str | None, title: str | None) -> None:
        """Note the new username and title of a watched channel."""
        channel = self._channels.get(channel_id)
        if channel is not None:
            channel.watched = replace(channel.watched, username=username, title=title)
            self._states.changed(channel_id)

    def add_reader(self, reader: LiveReader) -> None:
        """Use a reader from now on; also one that was dropped and can be used again."""
        self._deps.readers.add(reader)
        self._deps.schedulers.backfills.limit = max(1, len(self._deps.readers.states()))
        self.missed(reader.name, None)

    def posted(self, channel_id: int, entry: PostOrAbsence) -> None:
        """See ``UpdateListener``."""
        outcome = self._take(channel_id, entry)
        self._posted[outcome].inc()
        if outcome in (UpdateOutcome.DEFERRED, UpdateOutcome.DROPPED):
            self._states.changed(channel_id)

    def _take(self, channel_id: int, entry: PostOrAbsence) -> UpdateOutcome:
        channel = self._channels.get(channel_id)
        if channel is None or self._stopping.is_set():
            return UpdateOutcome.IGNORED
        if isinstance(entry, RawPost):
            self._deps.order.observe(entry)
        message_id = entry.message_id
        live = channel.live
        if live is None:
            first = channel.first_pushed
            channel.first_pushed = message_id if first is None else min(first, message_id)
            channel.target = max(channel.target, message_id)
            channel.has_gap = True
            return UpdateOutcome.DEFERRED
        if message_id <= channel.seen:
            return self._repeat(channel, message_id)
        has_room = self._deps.publish_queue.has_room
        if message_id == channel.seen + 1 and has_room and not channel.has_gap:
            if isinstance(entry, AbsentMessage):
                live.take_absent(AbsentRange(message_id, message_id, entry.reason))
            else:
                live.take(entry, self._loop.time())
            return UpdateOutcome.TAKEN
        channel.target = max(channel.target, message_id)
        self._gaps.open_gap(channel)
        return UpdateOutcome.DEFERRED if has_room else UpdateOutcome.DROPPED

    def _repeat(self, channel: TrackedChannel, message_id: int) -> UpdateOutcome:
        """An id that is known; one that a source did not have before is read after all."""
        is_news = message_id <= channel.last_absent and channel.is_covered(message_id)
        if not is_news or channel.messages.row(message_id) is not None:
            return UpdateOutcome.DUPLICATE
        if self._deps.ledger.absence(channel.id, message_id) not in (None, AbsenceReason.NOT_RETURNED):
            return UpdateOutcome.DUPLICATE
        self._deps.refetch_orders.order(channel.id, message_id)
        return UpdateOutcome.REFETCH

    def edited(self, channel_id: int, post: RawPost) -> None:
        """See ``UpdateListener``."""
        self._deps.order.observe(post)
        channel = self._watched(channel_id)
        outcome = UpdateOutcome.IGNORED if channel is None else self._changes.edited(channel, post)
        self._deps.metrics.count_update("edited", outcome.value)

    def deleted(self, channel_id: int, ids: Sequence[int]) -> None:
        """See ``UpdateListener``."""
        channel = self._watched(channel_id)
        for message_id in ids:
            outcome = UpdateOutcome.IGNORED if channel is None else self._changes.deleted(channel, message_id)
            self._deps.metrics.count_update("deleted", outcome.value)

    def missed(self, reader: str, channel_id: int | None) -> None:
        """See ``UpdateListener``."""
        self._deps.readers.came_back(reader)
        source = self._deps.readers.named(reader)
        channels = self._channels.values() if channel_id is None else filter(None, [self._channels.get(channel_id)])
        for channel in channels:
            if source is not None and source.reads(channel.id):
                self._sweep_soon(channel)
                if channel.has_gap:
                    self._gaps.open_gap(channel)
        self._deps.metrics.count_update("missed", UpdateOutcome.TAKEN.value)

    def _recorded(self, items: Sequence[PendingPublish]) -> None:
        """The ledger has recorded these, in this order."""
        now = self._deps.wall()
        for item in items:
            update, post = item.ledger_update, item.post
            channel = self._channels.get(update.channel_id)
            if channel is None:
                if update.channel_id in self._unwatched:
                    self._unwatched[update.channel_id].apply(update)
                continue
            channel.apply(update)
            refused = sum(absent.reason is AbsenceReason.REFUSED for absent in update.absent)
            if refused:
                self._deps.metrics.absent_ids.labels(AbsenceReason.REFUSED.value).inc(refused)
            if update.next_refetch is not None:
                wait_s = max(0.0, update.next_refetch[1] - now)
                self._deps.schedulers.refetches.at(channel.id, self._loop.time() + wait_s)
            if post is not None and post.posted_at is not None:
                self._deps.metrics.last_post_of(channel.watched.tier, post.posted_at.timestamp())
        self._states.recorded(items)
        for channel_id in {item.ledger_update.channel_id for item in items if item.state is None}:
            self._states.changed(channel_id)

    @property
    def stall(self) -> PublishStall | None:
        """Whether nothing can be published at present, and why; safe to ask on any thread."""
        return self._deps.publish_queue.stall

    @property
    def readers_away(self) -> tuple[str, ...]:
        """Why no reader answers, one reason for each; empty while any does. Safe to ask on any thread."""
        return self._deps.readers.all_away()

    @property
    def gaps(self) -> tuple[int, int]:
        """Channels with a gap, and the posts that wait because of it; safe to ask on any thread."""
        held = [channel.held for channel in tuple(self._channels.values()) if channel.has_gap]
        return len(held), sum(held)

    def status(self) -> Status:
        """A snapshot of the collector's state."""
        deps, stall = self._deps, self.stall
        gaps_open, held = self.gaps
        return Status(
            channels=tuple(channel_status(channel) for channel in self._channels.values()),
            readers=deps.readers.states(),
            queue_depth=deps.publish_queue.depth,
            published=deps.publish_queue.published,
            gaps_open=gaps_open,
            revisits_due=deps.ledger.count_due(deps.wall(), self._channels),
            failure=None if stall is None else stall.reason,
            failing_s=None if stall is None else stall.since_s,
            held=held,
            notice=deps.ledger.notice,
        )

    def stop(self) -> None:
        """End ``run``, soon; safe in a signal handler of the loop, and more than once."""
        self._stopping.set()

    async def run(self) -> None:
        """Collect until ``stop``; then publish and record what was taken.

        Raises StateError and DestinationChangedError; after either, the next start goes on from the ledger.
        """
        schedulers, publish_queue = self._deps.schedulers, self._deps.publish_queue
        if self._deps.ledger.notice is not None:
            _log.warning("the ledger differs from what was published", notice=self._deps.ledger.notice)
        self._deps.ledger.mark_clean(is_clean=False)
        await publish_queue.commit()
        pipeline = [self._loop.create_task(work) for work in (publish_queue.publish(), publish_queue.record())]
        jobs = (*(scheduler.run() for scheduler in schedulers.all()), self._keep_up())
        workers = [self._loop.create_task(work) for work in jobs]
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
        publish_queue = self._deps.publish_queue
        publish_queue.close(_DRAIN_S)
        results = await asyncio.gather(*pipeline, return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        try:
            if not failures:
                self._states.flush()
                is_clean = await publish_queue.drain()
                self._deps.ledger.mark_clean(is_clean=is_clean and not self._is_in_doubt())
                await publish_queue.commit()
        finally:
            await publish_queue.disconnect()
            self._executor.shutdown()
        return failures

    def _is_in_doubt(self) -> bool:
        """Whether a process that was killed may have published what nobody has looked for yet."""
        unread = any(channel.doubt_until > channel.seen for channel in self._channels.values())
        return unread or self._backfills.is_in_doubt

    async def _keep_up(self) -> None:
        """Forget what is older than is kept, and count what waits."""
        deps = self._deps
        while True:
            keep_s = deps.settings.keep_days * 86_400.0
            await self._loop.run_in_executor(self._executor, deps.ledger.prune, deps.wall(), keep_s)
            if deps.order.now_s() > deps.wall() + _CLOCK_AHEAD_S:
                await self._plan_again()
            deps.publish_queue.written()
            await asyncio.sleep(_UPKEEP_S)

    async def _plan_again(self) -> None:
        """By a clock that was ahead, posts were too old to be read again, or their time is far away."""
        deps = self._deps
        longest_s = deps.refetch_schedule.longest_s
        for channel_id in tuple(self._channels):
            now = deps.wall()
            await self._loop.run_in_executor(self._executor, deps.ledger.bring_forward, channel_id, now + longest_s)
            rows = await self._loop.run_in_executor(self._executor, deps.ledger.unplanned, channel_id, now - longest_s)
            plans = [LedgerUpdate(channel_id, next_refetch=deps.refetch_schedule.after(row)) for row in rows]
            await self._loop.run_in_executor(self._executor, deps.ledger.apply, plans)
            self._refetch_soon(channel_id)

    def _reporting(self, job: Job) -> Job:
        """The job, after which the state of its channel may have changed."""

        async def run(channel_id: int) -> float | None:
            try:
                return await job(channel_id)
            finally:
                self._states.changed(channel_id)

        return run

    def _watched(self, channel_id: int) -> TrackedChannel | None:
        return None if self._stopping.is_set() else self._channels.get(channel_id)

    def _refetch_soon(self, channel_id: int) -> None:
        self._deps.schedulers.refetches.at(channel_id, self._loop.time())

    def _sweep_soon(self, channel: TrackedChannel) -> None:
        rank = TIERS.index(channel.watched.tier)
        self._deps.schedulers.sweeps.at(channel.id, self._loop.time(), rank)


async def _end(tasks: Sequence[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

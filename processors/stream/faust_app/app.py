"""The Faust app: agents over the stages, and the stage runner attached to Faust's signals and timers."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

import faust
from faust.app.base import BootStrategy

from processors.core.pipeline import Analyzer
from processors.errors import LeaseLostError, PipelineBugError, WorkerExit
from processors.stream.delivery.batch_producer import OutputBatches
from processors.stream.delivery.producer import new_producer
from processors.stream.delivery.session_lease import SessionLease, ask_before_sending
from processors.stream.faust_app.consumer import POLL_RECORDS, LaneTransport, buffered, fetch_priority
from processors.stream.faust_app.group import FaustGroup
from processors.stream.faust_app.options import faust_options
from processors.stream.faust_app.shutdown import Shutdown, answers
from processors.stream.kafka_message import KafkaMessage
from processors.stream.monitoring.health import WorkerHealth, WorkerPhase
from processors.stream.monitoring.metrics import WorkerMetrics
from processors.stream.monitoring.post_budget import WAIT_FACTOR, PostBudget
from processors.stream.monitoring.progress_checks import ProgressChecks
from processors.stream.monitoring.stall_watchdogs import LoopWatchdog, StallWatch
from processors.stream.offsets.lag import LagMonitor
from processors.stream.offsets.partition_reader import PartitionReader
from processors.stream.offsets.topic_ids import TopicIdCache, topic_ids
from processors.stream.stages.analyze_and_dedup import AnalyzeStage, DedupStage, Stage
from processors.stream.stages.backfill_gate import BackfillGate
from processors.stream.stages.batching import agent_of
from processors.stream.stages.deferred_partitions import DeferredPartitions
from processors.stream.stages.ordering import StateOrdering
from processors.stream.stages.stage_runner import Hooks, StageRunner
from processors.stream.state.changelog_table import TopicIds
from processors.stream.state.dedup_state import DedupState, SharedSnapshots
from processors.stream.state.post_states import StateTables
from processors.stream.state.snapshot_store import open_store
from runtime.kafka.aiokafka_options import CLIENT_ID
from runtime.kafka.cluster_topics import ClusterTopics
from runtime.kafka.types import TopicPartition
from runtime.settings.tree import Settings
from schemas import Lane
from schemas.topics import FINGERPRINTS, NORMALIZED, RAW_BACKFILL, RAW_LIVE, STATES, Topic

NEVER_S = 1e6
"""The group does not judge a worker by the time between two polls: the loop's watchdog does."""
IDLE_TIMEOUT_S = 10.0
"""Longest wait for batches at work when partitions are taken away or the worker stops."""
ASK_TIMEOUT_S = 5.0
"""Longest wait, in seconds, for one answer of the group's consumer."""
METADATA_MAX_AGE_MS = 15_000
"""How soon the group shares out a topic that was deleted and recreated; aiokafka's own 5 minutes leave it unread."""
WATCH_S = 5.0
SILENCE_S = 35.0
"""The watchdog's timer runs every 5 s, and what it asks for takes up to the request timeout, 30 s by default."""
END_S = 60.0
"""Longest end of a worker, over ten times that of one whose broker is away; then it leaves as it is."""
BUFFERED_BATCHES = 4
"""Batches that may wait in a stream's buffer."""


class _Boot(BootStrategy):
    enable_kafka_producer = False  # the stage runner has its own, whose deliveries it can check


class WorkerApp(faust.App):
    """Faust's app, with the outbox's producer among what it starts and stops."""

    logger = logging.getLogger("faust.tgwire.app")
    BootStrategy = _Boot
    buffer_limit: int
    fetch_priority: Any
    shutdown: Shutdown
    start_producer: Callable[[], Awaitable[None]]
    stop_producer: Callable[[], Awaitable[None]]

    async def on_start(self) -> None:
        """Start what the agents need before they run."""
        await super().on_start()
        await self.start_producer()

    async def on_stop(self) -> None:
        """Stop the producer last: the batches at work need it."""
        await super().on_stop()
        await self.stop_producer()


@dataclass(frozen=True, slots=True)
class WorkerDeps:
    """Dependencies of a worker that its process makes."""

    analyzer: Analyzer
    metrics: WorkerMetrics
    health: WorkerHealth
    fail: Callable[[WorkerExit], NoReturn]
    budget: PostBudget
    on_ready: Callable[[], None] | None = None
    """Called once, when the first partitions are assigned."""


class StreamWorker:
    """One worker: both stages over the partitions that the group gives it."""

    def __init__(self, settings: Settings, topics: ClusterTopics, deps: WorkerDeps) -> None:
        self._settings = settings
        self._topics = topics
        self._deps = deps
        self._producer: Any = None
        self._is_announced = False
        worker, metrics = settings.worker, deps.metrics
        self.app = _new_app(settings, topics.name(RAW_BACKFILL))
        reader = PartitionReader(settings.kafka)
        self._group = FaustGroup(self.app, reader, ASK_TIMEOUT_S)
        self._lease = SessionLease(worker.session_timeout_s)
        self._outputs = OutputBatches(worker.stall_timeout_s, partial(self._group.may_send, self._lease))
        self._watchdog = LoopWatchdog(max(SILENCE_S, 2 * WAIT_FACTOR * worker.post_budget_s), deps.fail)
        fingerprints, states = topics.name(FINGERPRINTS), topics.name(STATES)
        named = [topics.name(NORMALIZED), states, fingerprints]
        self._ids = TopicIdCache(lambda: topic_ids(settings.kafka, named), self._group.generation)
        self._state = DedupState(
            lambda partition, start: reader.read_from(fingerprints, partition, start),
            settings.worker.data_dir / "dedup",
            settings.dedup,
            fingerprints,
            deps.budget,
            topic_id=self._fingerprints_id,
            shared=None
            if worker.snapshots is None
            else SharedSnapshots(open_store(worker.snapshots), worker.snapshot_interval_s),
        )
        tables = StateTables(
            settings.worker.data_dir / "states",
            lambda number, start: reader.read_from(states, number, start),
            keep_days=worker.keep_days,
            max_unreadable=settings.dedup.max_unreadable,
        )
        self._ordering = StateOrdering(
            tables,
            topics,
            self._group.generation,
            self._topic_ids,
            forgotten_after_days=settings.dedup.kept_days,
        )
        stalls = StallWatch(worker.stall_timeout_s)
        hooks = Hooks(self._resume, self._lose, deps.fail, self._watchdog.beat)
        self._runner = StageRunner(self._group, topics, self._outputs.new, metrics, stalls, hooks, deps.budget)
        self._lag_monitor = LagMonitor(
            self._group, self._runner.commits, self._runner.written, worker.commit_interval_s
        )
        self._progress_checks = ProgressChecks(
            self._group,
            self._runner.committer,
            stalls,
            self._lag_monitor,
            topics,
            metrics,
            deps.health,
            self._is_paused_on_purpose,
        )
        self._gate = BackfillGate(
            self._live_waiting, self._dedup_backlog, worker.batch_size, lambda: self._runner.live_first.is_idle
        )
        metrics.watch_state(self._state, lambda: tables.unreadable)
        metrics.watch_buffers(lambda: float(buffered(self.app)))
        self._add_agents()
        self._add_timers()
        self._connect_signals()

    def _add_agents(self) -> None:
        live, backfill = (
            AnalyzeStage(self._deps.analyzer, lane, self._topics, self._ordering) for lane in (Lane.LIVE, Lane.BACKFILL)
        )
        dedup = DedupStage(self._state, flat=self._topics.has_flat)
        live_deferred, backfill_deferred = (
            self._deferring(stage, self._ordering.is_ready) for stage in (live, backfill)
        )
        dedup_deferred = self._deferring(dedup, self._state.is_ready)
        self._deferred = live_deferred, backfill_deferred, dedup_deferred

        async def take_backfill(messages: Sequence[KafkaMessage]) -> None:
            done = 0
            while done < len(messages):
                portion = await self._gate.wait()
                await backfill_deferred.take(messages[done : done + portion])
                done += portion

        async def take_fingerprints(messages: Sequence[KafkaMessage]) -> None:
            await dedup_deferred.take(messages)
            # All that the other indexes hold is delivered now, and nothing else changes them.
            await self._state.save_due(dedup_deferred.partitions)

        self._add_agent("analyze-live", RAW_LIVE, live_deferred.take)
        self._add_agent("analyze-backfill", RAW_BACKFILL, take_backfill)
        self._add_agent("dedup", FINGERPRINTS, take_fingerprints)

    def _deferring(self, stage: Stage[Any], is_ready: Callable[[int], bool]) -> DeferredPartitions:
        limit = BUFFERED_BATCHES * self._settings.worker.batch_size
        return DeferredPartitions(partial(self._runner.run, stage), is_ready, limit)

    def _add_agent(self, name: str, topic: Topic, take: Callable[[Sequence[KafkaMessage]], Awaitable[None]]) -> None:
        size, wait_s = self._settings.worker.batch_size, self._settings.worker.batch_wait_s

        source = self.app.topic(
            self._topics.name(topic),
            key_type=bytes,
            key_serializer="raw",
            value_type=bytes,
            value_serializer="raw",
            acks=False,  # our own maintenance timer commits, not Faust
        )
        self.app.agent(source, name=name)(agent_of(size, wait_s, take, self._deps.fail))

    def _add_timers(self) -> None:
        async def commit() -> None:
            await self._runner.committer.commit()

        async def watch() -> None:
            self._watchdog.beat()
            try:
                await self._progress_checks.watch()
            except WorkerExit as error:
                self._deps.fail(error)
            self._watchdog.beat()

        self.app.timer(self._settings.worker.commit_interval_s)(commit)
        self.app.timer(WATCH_S)(watch)

    def _connect_signals(self) -> None:
        app: Any = self.app

        async def revoked(_app: object, _tps: object, **_: object) -> None:
            self._deps.health.phase = WorkerPhase.REBALANCING
            await self._runner.revoked(IDLE_TIMEOUT_S)
            await self._runner.committer.commit()
            self._runner.commits.clear()
            self._lag_monitor.clear()

        async def assigned(_app: object, tps: set[TopicPartition], **_: object) -> None:
            self._group.renew_with_heartbeats(self._lease)
            self._group.watch_leaders()
            self._runner.assigned(tps)
            self._ordering.retain(self._assigned_numbers(tps))
            self._deps.health.phase = WorkerPhase.RUNNING
            if not self._is_announced and self._deps.on_ready is not None:
                self._deps.on_ready()
            self._is_announced = True

        async def before_shutdown(_app: object, **_: object) -> None:
            self._deps.health.phase = WorkerPhase.STOPPING
            self._watchdog.expect_end(END_S)
            self._gate.close()
            await self.app.shutdown.finish(self._last_work(), lambda: answers(self._producer.client))
            for deferred in self._deferred:
                await deferred.stop()

        app.on_partitions_revoked.connect(revoked, weak=False)
        app.on_partitions_assigned.connect(assigned, weak=False)
        app.on_before_shutdown.connect(before_shutdown, weak=False)
        app.start_producer, app.stop_producer = self._start_producer, self._stop_producer

    async def _start_producer(self) -> None:
        app: Any = self.app
        app.sensors._sensors.clear()  # noqa: SLF001 - Faust's monitor costs several callbacks for each post
        self._producer = self._outputs.producer = new_producer(self._settings.kafka)
        ask_before_sending(self._producer.client, partial(self._lease.require, self._lose_lease))
        await self.app.shutdown.start(self._producer.start())
        self._deps.health.phase = WorkerPhase.WAITING

    def _lose_lease(self) -> NoReturn:
        self._deps.fail(LeaseLostError())

    async def _stop_producer(self) -> None:
        if self._producer is not None:
            await self.app.shutdown.stop("producer", self._producer.stop())

    async def _last_work(self) -> None:
        await self._runner.close(IDLE_TIMEOUT_S)
        await self._runner.committer.commit()

    def _assigned_numbers(self, assigned: set[TopicPartition]) -> set[int]:
        """Numbers of the raw partitions that this worker has. Each must have both lanes: its table is one worker's."""
        live, backfill = (
            {number for topic, number in assigned if topic == self._topics.name(lane)}
            for lane in (RAW_LIVE, RAW_BACKFILL)
        )
        if live and backfill and live != backfill:
            self._deps.fail(PipelineBugError("the group gave the lanes of one number to different workers"))
        return live | backfill

    async def _topic_ids(self) -> TopicIds:
        ids = await self._ids.get()
        return TopicIds(ids[self._topics.name(NORMALIZED)], ids[self._topics.name(STATES)])

    async def _fingerprints_id(self) -> str:
        return (await self._ids.get())[self._topics.name(FINGERPRINTS)]

    async def _resume(self, tp: TopicPartition) -> None:
        if tp[0] == self._topics.name(FINGERPRINTS):
            await self._state.load(tp[1], await self._group.committed(tp) or 0)
            self._deps.metrics.rebuild_s.set(self._state.last_rebuild_s)

    def _lose(self, tp: TopicPartition) -> None:
        if tp[0] == self._topics.name(FINGERPRINTS):
            self._state.drop(tp[1])

    def _is_paused_on_purpose(self, tp: TopicPartition) -> bool:
        topic, _ = tp
        if topic == self._topics.name(RAW_BACKFILL) and self._gate.is_holding:
            return True
        if topic == self._topics.name(FINGERPRINTS) and self._state.loading:
            return True  # the batch that waits for one index may hold posts of other partitions
        if topic in {self._topics.name(RAW_LIVE), self._topics.name(RAW_BACKFILL)} and self._ordering.loading:
            return True
        return bool(self.app.rebalancing)

    async def _live_waiting(self) -> int:
        live = self._topics.name(RAW_LIVE)
        return await self._lag_monitor.backlog(tp for tp in self._group.assignment() if tp[0] == live)

    async def _dedup_backlog(self) -> int:
        """Records that wait for one worker, on average."""
        name, count = self._topics.name(FINGERPRINTS), self._topics.partitions(FINGERPRINTS)
        own = sum(topic == name for topic, _ in self._group.assignment())
        waiting = await self._lag_monitor.backlog((name, partition) for partition in range(count))
        return waiting * max(1, own) // count


def _new_app(settings: Settings, backfill: str) -> WorkerApp:
    worker = settings.worker
    buffer_limit = BUFFERED_BATCHES * worker.batch_size
    app = WorkerApp(
        worker.group,
        **faust_options(settings.kafka),
        broker_client_id=CLIENT_ID,
        broker_session_timeout=worker.session_timeout_s,
        broker_heartbeat_interval=worker.session_timeout_s / 5,
        broker_request_timeout=max(settings.kafka.request_timeout_s, worker.session_timeout_s),
        broker_max_poll_records=POLL_RECORDS,
        broker_max_poll_interval=NEVER_S,
        stream_buffer_maxsize=100 * buffer_limit,  # never reached: LaneConsumer keeps the limit
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
        topic_allow_declare=False,
        topic_disable_leader=True,
        store="memory://",
        web_enabled=False,
        datadir=worker.data_dir,
    )
    app.buffer_limit = buffer_limit
    app.fetch_priority = fetch_priority(backfill)
    app.shutdown = Shutdown()
    app.transport = LaneTransport(app.conf.broker_consumer, app)
    return app

"""Runs batches: check offsets, process, deliver, and only then let offsets be committed.

The one invariant: an offset is committed only when everything below it has been delivered, or set aside as a dead
letter, delivered too. Whatever could break it ends the process before anything past it is committed.
"""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

import structlog
from aiokafka.errors import KafkaError

from processors.core.outcomes import Reject
from processors.errors import DeliveryError, OffsetGapError, PipelineBugError, WorkerExit
from processors.stream.delivery.batch_producer import OutputBatch, ProducerRecord
from processors.stream.delivery.dead_letters import dead_letter
from processors.stream.kafka_message import KafkaMessage
from processors.stream.monitoring.metrics import REJECTED, BatchTally, WorkerMetrics
from processors.stream.monitoring.post_budget import OVER_BUDGET, Budget, OverBudgetError, UnlimitedBudget
from processors.stream.monitoring.stall_watchdogs import StallWatch
from processors.stream.offsets.commit_marker import CommitMarker
from processors.stream.offsets.commits import Commits
from processors.stream.offsets.committer import Committer
from processors.stream.offsets.consumer_group import ConsumerGroup
from processors.stream.offsets.tracker import OffsetCheck, OffsetTracker
from processors.stream.stages.analyze_and_dedup import Stage, StageResult
from processors.stream.stages.live_priority import LivePriority
from processors.stream.stages.ordering import PendingUpdate
from runtime.kafka.cluster_topics import ClusterTopics
from runtime.kafka.errors import BrokerUnavailableError, TopicMissingError
from runtime.kafka.types import TopicPartition
from schemas import RejectReason
from schemas.base import to_json
from schemas.topics import MAX_RECORD_BYTES

FLUSH_BYTES = 16_000_000
"""A batch whose records exceed this is delivered in parts, so that memory stays bounded."""

SETTLE_S = 1.0
"""Longest wait in seconds for deliveries before a commit: one that takes longer waits for a broker."""

HandledMessage = tuple[KafkaMessage, StageResult | Reject | Exception]
_UNLIMITED = UnlimitedBudget()
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Hooks:
    """What others do when partitions come and go."""

    on_resume: Callable[[TopicPartition], Awaitable[None]]
    """Awaited before the first record of a partition that other workers may have handled up to here."""
    on_lost: Callable[[TopicPartition], None]
    fail: Callable[[WorkerExit], NoReturn]
    """Ends the process at once, so that nothing more is committed."""
    on_progress: Callable[[], None] = lambda: None
    """Called whenever some messages were handled."""


@dataclass(slots=True)
class _Batch:
    """Messages of one stage in flight."""

    stage: Stage[Any]
    output: OutputBatch
    generation: int
    """Generation of the group when the batch began: nothing is sent once that is over."""
    began: float = field(default_factory=time.monotonic)
    tally: BatchTally = field(default_factory=BatchTally)
    touched: set[TopicPartition] = field(default_factory=set)
    work: list[PendingUpdate] = field(default_factory=list)
    """What waits for a decision on the order of states."""
    work_bytes: int = 0

    def add(self, record: ProducerRecord, label: str) -> None:
        """Send a record with the next flush."""
        self.output.add(record)
        self.tally.records[label] += 1


class _GenerationOverError(Exception):
    """A rebalance came before anything of the batch was sent: it is fetched again, by whoever has it now."""


class StageRunner:
    """Takes batches of messages through a stage, and keeps the books that commits rest on."""

    def __init__(
        self,
        group: ConsumerGroup,
        topics: ClusterTopics,
        new_output: Callable[[int], OutputBatch],
        metrics: WorkerMetrics,
        stalls: StallWatch,
        hooks: Hooks,
        budget: Budget = _UNLIMITED,
    ) -> None:
        self._group = group
        self._topics = topics
        self._new_output = new_output
        self._metrics = metrics
        self._stalls = stalls
        self._hooks = hooks
        self._budget = budget
        self.tracker = OffsetTracker(group)
        self.commits = Commits()
        self.committer = Committer(group, self.commits, lambda is_ok: metrics.committed(is_ok=is_ok))
        self.live_first = LivePriority()
        self.written: dict[TopicPartition, int] = {}
        """Offset after the last record that this worker delivered to a partition."""
        self._last: dict[TopicPartition, KafkaMessage] = {}
        """The last message taken of each partition."""
        self._busy = 0
        self._flushing = 0
        """Batches whose records are in flight."""
        self._flushed = asyncio.Event()
        """Set and cleared whenever the records of a batch are delivered."""
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_closing = False
        self._revoked: int | None = None
        self._over: int | None = None
        """Generation of which nothing more may be sent: its rebalance has waited long enough."""

    async def run(self, stage: Stage[Any], messages: Sequence[KafkaMessage]) -> None:
        """Handle one batch of one input topic. Returns when it is delivered; does not return on a fault."""
        if self._is_closing:
            return
        self._busy += 1
        self._idle.clear()
        try:
            with self.live_first.batch(stage):
                await self._batch(stage, messages)
        except asyncio.CancelledError:
            if not self._is_closing:
                self._hooks.fail(PipelineBugError("a batch was cut short"))
            raise
        except _GenerationOverError:
            self.forget(tp for tp in {message.tp for message in messages} if tp in self.tracker.partitions())
        except WorkerExit as error:
            self._hooks.fail(error)
        except (BrokerUnavailableError, TopicMissingError) as error:  # asked for the ids of topics
            self._hooks.fail(DeliveryError(str(error)))
        except (KafkaError, OSError) as error:  # TimeoutError is an OSError
            self._hooks.fail(DeliveryError(f"the broker failed us: {type(error).__name__}: {error}"))
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing more may be committed
            _log.exception("batch failed", stage=stage.name)
            self._hooks.fail(PipelineBugError(f"a batch failed: {type(error).__name__}"))
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def revoked(self, timeout_s: float) -> None:
        """A rebalance begins: take nothing more of this generation, and let the batches at work end. One that is still
        being delivered then ends the process: its records would come behind those of the next owner. One that was not
        delivered yet never is.
        """
        self._revoked = self._group.generation()
        await self.wait_idle(timeout_s)
        self._over = self._revoked
        if self._flushing:
            self._hooks.fail(DeliveryError(f"records were still on their way {timeout_s} s into a rebalance"))

    def assigned(self, tps: Iterable[TopicPartition]) -> None:
        """A rebalance is over: forget partitions that other workers have now."""
        self._revoked = self._over = None
        self.forget(self.tracker.partitions() - set(tps))

    def forget(self, lost: Iterable[TopicPartition]) -> None:
        """Forget partitions that other workers have now, and what was kept of them."""
        for tp in lost:
            self.tracker.forget([tp])
            self._last.pop(tp, None)
            self._hooks.on_lost(tp)

    async def wait_idle(self, timeout_s: float) -> None:
        """Wait until no batch is at work, but not for ever."""
        try:
            await asyncio.wait_for(self._idle.wait(), timeout_s)
        except TimeoutError:
            _log.warning("a batch is still at work; its posts will be handled again", waited_s=timeout_s)

    async def close(self, timeout_s: float) -> None:
        """Take nothing more, and let the batches at work end."""
        self._is_closing = True
        await self.wait_idle(timeout_s)

    def _is_current(self, message: KafkaMessage) -> bool:
        # What was fetched before a rebalance is fetched again after it, or seen as a hole.
        return message.generation_id == self._group.generation() != self._revoked

    async def _batch(self, stage: Stage[Any], messages: Sequence[KafkaMessage]) -> None:
        await self.live_first.before_batch(stage)
        if self._budget.was_stuck and not stage.is_interruptible:
            await self._settle()
        generation = self._group.generation()
        batch = _Batch(stage, self._new_output(generation), generation)
        began = time.perf_counter()
        taken: list[KafkaMessage] = []
        slice_posts = self.live_first.slice_posts(stage)
        for message in messages:
            if not self._is_current(message):
                continue
            is_next = self.tracker.is_next(message.tp, message.offset)
            is_from_new_leader = is_next and self._group.is_from_new_leader(message.tp, message.offset)
            # What was taken is handled before anything is awaited: a rebalance may come with every wait.
            if len(taken) >= slice_posts or (taken and (is_from_new_leader or not is_next)):
                self._handle(batch, taken)
                taken = []
                await self._pause(batch)
                slice_posts = self.live_first.slice_posts(stage)
            if await self._is_taken(message, batch.touched, is_from_new_leader=is_from_new_leader):
                taken.append(message)
        self._handle(batch, taken)
        ends = {tp: end for tp in batch.touched if (end := self.tracker.next_offset(tp)) is not None}
        last = {tp: self._last[tp] for tp in ends}
        handled = time.perf_counter()
        await self._deliver(batch)
        batch.tally.handling_s, batch.tally.delivery_s = handled - began, time.perf_counter() - handled
        self._metrics.batch_delivered(stage.name, batch.tally, time.time())
        self.written |= batch.output.ends
        if self._group.generation() == generation != self._revoked:
            self.commits.delivered(ends, {tp: CommitMarker.of(message) for tp, message in last.items()})
            self._stalls.moved(ends, time.monotonic())

    async def _deliver(self, batch: _Batch) -> None:
        """Decide on what waits for it, and return when all is confirmed."""
        ordering, work = batch.stage.ordering, batch.work
        if ordering is None or not work:
            await self._flush(batch)
            return
        batch.work, batch.work_bytes = [], 0
        async with ordering.lock_states({one.number for one in work}) as states:
            self._require_generation(batch)
            outcomes = states.decide(work, lambda record: batch.add(record, self._topics.label(record.topic)))
            batch.tally.outcomes.update(outcomes)
            await self._flush(batch)
            states.on_delivery(batch.output.ends)

    async def _settle(self) -> None:
        """Commit what was sent. What may end this process again would else be sent once more by the next one, in other
        records, which would each end a process in turn.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                while self._flushing:
                    await self._flushed.wait()
        await self.committer.commit()

    def _require_generation(self, batch: _Batch) -> None:
        if self._group.generation() != batch.generation or batch.generation == self._over:
            raise _GenerationOverError

    async def _flush(self, batch: _Batch) -> None:
        self._require_generation(batch)
        self._flushing += 1
        try:
            await batch.output.flush()
        finally:
            self._flushing -= 1
            self._flushed.set()
            self._flushed.clear()

    async def _is_taken(self, message: KafkaMessage, touched: set[TopicPartition], *, is_from_new_leader: bool) -> bool:
        tp, offset = message.tp, message.offset
        if not self._is_current(message):
            return False
        if not self.tracker.is_next(tp, offset):
            check = await self.tracker.check(tp, offset)
            if check is OffsetCheck.REPLAY:
                if tp not in touched:
                    await self._require_same_log(tp)
                touched.add(tp)  # delivered by an earlier batch, but perhaps not committed
                return False
            if check is OffsetCheck.RESUME:
                await self._require_log_with(tp, await self._group.committed_marker(tp))
                await self._hooks.on_resume(tp)
            if not self._is_current(message):  # a rebalance came while we waited
                self.forget([tp])
                return False
            self.tracker.start(tp, offset, check)
        elif is_from_new_leader:
            await self._require_log_with(tp, CommitMarker.of(self._last[tp]))
            if not self._is_current(message):
                return False
        self.tracker.take(tp, offset)
        self._last[tp] = message
        touched.add(tp)
        return True

    async def _require_same_log(self, tp: TopicPartition) -> None:
        """OffsetGapError when old offsets come again because they are new records.

        A topic that is deleted and recreated counts from 0 again, and so may a log that an unclean election cut
        short: aiokafka then silently goes back to its beginning. A restart reads it all.
        """
        taken, end = self.tracker.next_offset(tp) or 0, self._group.highwater(tp)
        if end is not None and end < taken:
            raise OffsetGapError(
                tp[0], f"{tp[0]}/{tp[1]} ends at {end}, but {taken} offsets were taken: it was cut short"
            )
        confirmed, committed = self.commits.confirmed(tp), await self._group.committed(tp)
        if confirmed is not None and (committed or 0) < confirmed:  # Kafka forgets the commits of a deleted topic
            raise OffsetGapError(tp[0], f"{tp[0]}/{tp[1]}: the commit of {confirmed} is gone: the topic was recreated")

    async def _require_log_with(self, tp: TopicPartition, marker: CommitMarker | None) -> None:
        """OffsetGapError when a record that was handled is not in the log any more: records that nobody has handled may
        have taken the numbers up to it. The group's commit then goes back to the beginning, since it is unknown from
        where the logs differ; what is handled twice is harmless.
        """
        if marker is None or await self._group.has_record(tp, marker):
            return
        await self.committer.reset(tp)
        raise OffsetGapError(
            tp[0],
            f"{tp[0]}/{tp[1]}: the record at offset {marker.offset} is not the one that was handled, the log was cut "
            "short or recreated: all of it is read again",
        )

    async def _pause(self, batch: _Batch) -> None:
        """Between two slices of a batch: deliver what takes much memory, and let other tasks run."""
        if batch.output.size_bytes + batch.work_bytes > FLUSH_BYTES:
            await self._deliver(batch)
        await asyncio.sleep(0)
        await self.live_first.between_slices(batch.stage, time.monotonic() - batch.began)

    def _handle(self, batch: _Batch, messages: Sequence[KafkaMessage]) -> None:
        for portion in self._budget.portions(messages):
            for message, result in self._within_budget(batch.stage, portion):
                self._record_result(batch, message, result)
            self._moved(portion)

    def _moved(self, messages: Sequence[KafkaMessage]) -> None:
        # A batch may take longer than the stall timeout: its slices are progress, too.
        self._stalls.moved({message.tp for message in messages}, time.monotonic())
        self._hooks.on_progress()

    def _within_budget(self, stage: Stage[Any], messages: Sequence[KafkaMessage]) -> list[HandledMessage]:
        """What becomes of messages; one by one when they take too long together, to find the one at fault."""
        if len(messages) == 1 and self._budget.is_known_over_budget(messages[0]):
            return [(messages[0], OVER_BUDGET)]
        try:
            with self._budget.watch(messages, is_interruptible=stage.is_interruptible):
                return _results(stage, messages)
        except OverBudgetError:
            self._moved(messages)
        if len(messages) == 1:
            return [(messages[0], OVER_BUDGET)]
        return [result for message in messages for result in self._within_budget(stage, [message])]

    def _record_result(self, batch: _Batch, message: KafkaMessage, handled: StageResult | Reject | Exception) -> None:
        stage, tally = batch.stage, batch.tally
        try:
            if isinstance(handled, Exception):
                raise handled
            records = self._encoded(handled)
        except WorkerExit:
            raise
        except Exception as error:  # noqa: BLE001 - one bad post must not stop the rest
            records = _failed(stage, message, error)
        if isinstance(records, Reject) and not isinstance(handled, Reject):
            stage.set_aside(message)
            handled = records
        if stage.lane is not None:
            tally.posts_in[stage.lane] += 1
            if message.timestamp is not None:
                tally.timestamps.append((stage.lane, message.timestamp))
        if isinstance(records, Reject):
            self._set_aside(batch, message, records)
            return
        assert isinstance(handled, StageResult)
        tally.posts_in.update(lane for lane, _ in handled.arrivals)
        tally.timestamps += handled.arrivals
        if handled.change is not None:
            batch.work.append(PendingUpdate(message, handled.change, records))
            batch.work_bytes += sum(record.size_bytes for record in records)
            return
        tally.outcomes.update(handled.outcomes)
        for record in records:
            batch.add(record, self._topics.label(record.topic))

    def _set_aside(self, batch: _Batch, message: KafkaMessage, reject: Reject) -> None:
        letter = dead_letter(self._topics, message, batch.stage.name, reject)
        batch.add(letter, self._topics.label(letter.topic))
        batch.tally.outcomes[REJECTED] += 1
        batch.tally.dead[reject.reason.value] += 1
        _log.warning(
            "message set aside as a dead letter",
            stage=batch.stage.name,
            topic=message.tp[0],
            partition=message.tp[1],
            offset=message.offset,
            reason=reject.reason.value,
            field=reject.field,
        )

    def _encoded(self, handled: StageResult | Reject) -> list[ProducerRecord] | Reject:
        if isinstance(handled, Reject):
            return handled
        records: list[ProducerRecord] = []
        for output in handled.outputs:
            key = output.key.encode()
            value = None if output.record is None else to_json(output.record)
            if len(key) + len(value or b"") > MAX_RECORD_BYTES:
                return Reject(
                    RejectReason.TOO_LARGE, f"its record for {output.topic.name} has {len(value or b'')} bytes"
                )
            number = self._topics.key_partition(output.key)
            records.append(ProducerRecord(self._topics.name(output.topic), number, key, value))
        return records


def _results(stage: Stage[Any], messages: Sequence[KafkaMessage]) -> list[HandledMessage]:
    readings = [(message, _read(stage, message)) for message in messages]
    handled = iter(stage.handle([reading for reading in readings if not isinstance(reading[1], Reject)]))
    return [(message, read if isinstance(read, Reject) else next(handled)) for message, read in readings]


def _read(stage: Stage[Any], message: KafkaMessage) -> object:
    try:
        return stage.read(message)
    except Exception as error:  # noqa: BLE001 - one bad post must not stop the rest
        return _failed(stage, message, error)


def _failed(stage: Stage[Any], message: KafkaMessage, error: Exception) -> Reject:
    # Neither the error's text nor its variables: both may hold the post's text.
    frames = traceback.extract_tb(error.__traceback__)
    _log.error(
        "message could not be handled",
        stage=stage.name,
        topic=message.tp[0],
        partition=message.tp[1],
        offset=message.offset,
        error=type(error).__name__,
        frames=[f"{frame.name}:{frame.lineno}" for frame in frames],
    )
    return Reject(RejectReason.FAILED, f"unexpected {type(error).__name__}")

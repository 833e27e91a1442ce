"""Batches: guard, handle, deliver, and only then let offsets be committed.

The one invariant: an offset is committed only when everything below it has been delivered, or set aside as a dead
letter, delivered too. Whatever could break it ends the process before anything past it is committed.
"""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import structlog
from aiokafka.errors import KafkaError

from processors.core.outcomes import Reject
from processors.core.routing import Output
from processors.errors import DeliveryError, HoleError, PipelineBugError, WorkerExit
from processors.stream.commits import Commits, StallWatch
from processors.stream.continuity import Continuity, TopicPartition, Verdict
from processors.stream.dead_letters import dead_letter
from processors.stream.group import Group
from processors.stream.marks import Mark
from processors.stream.messages import Message
from processors.stream.metrics import BatchTally, WorkerMetrics
from processors.stream.outbox import Outbox, OutRecord
from processors.stream.post_budget import Budget, OverBudgetError, Unlimited
from processors.stream.stages import Handled, Stage
from processors.stream.topology import Topology
from schemas import RejectReason
from schemas.base import to_json
from schemas.topics import FINGERPRINTS, MAX_RECORD_BYTES

FLUSH_BYTES = 16_000_000
"""A batch whose records exceed this is delivered in parts, so that memory stays bounded."""

Result = tuple[Message, Handled | Reject | Exception]
_UNLIMITED = Unlimited()
_OVER_BUDGET = Reject(RejectReason.TIME_BUDGET, "the work for it took longer than worker.post_budget_s")
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


class Shell:
    """Takes batches of messages through a stage, and keeps the books that commits rest on."""

    def __init__(
        self,
        group: Group,
        topology: Topology,
        new_outbox: Callable[[], Outbox],
        metrics: WorkerMetrics,
        stalls: StallWatch,
        hooks: Hooks,
        budget: Budget = _UNLIMITED,
    ) -> None:
        self._group = group
        self._topology = topology
        self._new_outbox = new_outbox
        self._metrics = metrics
        self._stalls = stalls
        self._hooks = hooks
        self._budget = budget
        self.guard = Continuity(group)
        self.commits = Commits()
        self.written: dict[TopicPartition, int] = {}
        """Offset after the last record that this worker delivered to a partition."""
        self._last: dict[TopicPartition, Message] = {}
        """The last message taken of each partition."""
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_closing = False
        self._revoked: int | None = None

    async def run(self, stage: Stage[Any], messages: Sequence[Message]) -> None:
        """Handle one batch of one input topic. Returns when it is delivered; does not return on a fault."""
        if self._is_closing:
            return
        self._busy += 1
        self._idle.clear()
        try:
            await self._batch(stage, messages)
        except asyncio.CancelledError:
            if not self._is_closing:
                self._hooks.fail(PipelineBugError("a batch was cut short"))
            raise
        except WorkerExit as error:
            self._hooks.fail(error)
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
        """A rebalance begins: take nothing more of this generation, and let the batches at work end."""
        self._revoked = self._group.generation()
        await self.settle(timeout_s)

    def assigned(self, tps: Iterable[TopicPartition]) -> None:
        """A rebalance is over: forget what went elsewhere."""
        self._revoked = None
        self.forget(self.guard.partitions() - set(tps))

    def forget(self, lost: Iterable[TopicPartition]) -> None:
        """These partitions are no longer followed."""
        for tp in lost:
            self.guard.forget([tp])
            self._last.pop(tp, None)
            self._hooks.on_lost(tp)

    async def settle(self, timeout_s: float) -> None:
        """Wait until no batch is at work, but not for ever."""
        try:
            await asyncio.wait_for(self._idle.wait(), timeout_s)
        except TimeoutError:
            _log.warning("a batch is still at work; its posts will be handled again", waited_s=timeout_s)

    async def close(self, timeout_s: float) -> None:
        """Take nothing more, and let the batches at work end."""
        self._is_closing = True
        await self.settle(timeout_s)

    def _is_current(self, message: Message) -> bool:
        # What was fetched before a rebalance is fetched again after it, or seen as a hole.
        return message.generation_id == self._group.generation() != self._revoked

    async def _batch(self, stage: Stage[Any], messages: Sequence[Message]) -> None:
        generation, box, tally = self._group.generation(), self._new_outbox(), BatchTally()
        touched: set[TopicPartition] = set()
        began = time.perf_counter()
        taken: list[Message] = []
        for message in messages:
            if not self._is_current(message):
                continue
            is_next = self.guard.is_next(message.tp, message.offset)
            is_new_leaders = is_next and self._group.is_new_leaders(message.tp, message.offset)
            # What was taken is handled before anything is awaited: a rebalance may come with every wait.
            if len(taken) == stage.slice_posts or (taken and (is_new_leaders or not is_next)):
                self._handle(stage, taken, box, tally)
                taken = []
                await self._pause(box)
            if await self._is_taken(message, touched, is_new_leaders=is_new_leaders):
                taken.append(message)
        self._handle(stage, taken, box, tally)
        ends = {tp: end for tp in touched if (end := self.guard.next_offset(tp)) is not None}
        marks = {tp: Mark.of(self._last[tp]) for tp in ends}
        handled = time.perf_counter()
        await box.flush()
        tally.handling_s, tally.delivery_s = handled - began, time.perf_counter() - handled
        self._metrics.batch_delivered(stage.name, tally, time.time())
        self.written |= box.ends
        if self._group.generation() == generation != self._revoked:
            self.commits.delivered(ends, marks)
            self._stalls.moved(ends, time.monotonic())

    async def _is_taken(self, message: Message, touched: set[TopicPartition], *, is_new_leaders: bool) -> bool:
        tp, offset = message.tp, message.offset
        if not self._is_current(message):
            return False
        if not self.guard.is_next(tp, offset):
            verdict = await self.guard.judge(tp, offset)
            if verdict is Verdict.REPLAY:
                if tp not in touched:
                    await self._require_same_log(tp)
                touched.add(tp)  # delivered by an earlier batch, but perhaps not committed
                return False
            if verdict is Verdict.RESUME:
                await self._require_log_with(tp, await self._group.committed_mark(tp))
                await self._hooks.on_resume(tp)
            if not self._is_current(message):  # a rebalance came while we waited
                self.forget([tp])
                return False
            self.guard.start(tp, offset, verdict)
        elif is_new_leaders:
            await self._require_log_with(tp, Mark.of(self._last[tp]))
            if not self._is_current(message):
                return False
        self.guard.take(tp, offset)
        self._last[tp] = message
        touched.add(tp)
        return True

    async def _require_same_log(self, tp: TopicPartition) -> None:
        """HoleError when old offsets come again because they are new records.

        A topic that is deleted and made anew counts from 0 again, and so may a log that an unclean election cut
        short: aiokafka then silently goes back to its beginning. A restart reads it all.
        """
        taken, end = self.guard.next_offset(tp) or 0, self._group.highwater(tp)
        if end is not None and end < taken:
            raise HoleError(tp[0], f"{tp[0]}/{tp[1]} ends at {end}, but {taken} offsets were taken: it was cut short")
        confirmed, committed = self.commits.confirmed(tp), await self._group.committed(tp)
        if confirmed is not None and (committed or 0) < confirmed:  # Kafka forgets the commits of a deleted topic
            raise HoleError(tp[0], f"{tp[0]}/{tp[1]}: the commit of {confirmed} is gone: the topic was recreated")

    async def _require_log_with(self, tp: TopicPartition, mark: Mark | None) -> None:
        """HoleError when a record that was handled is not in the log any more: records that nobody has handled may
        have taken the numbers up to it. The group's commit then goes back to the beginning, since nothing tells from
        where the logs differ; what is handled twice is harmless.
        """
        if mark is None or await self._group.holds(tp, mark):
            return
        self.commits.clear()
        await self._group.commit({tp: 0}, {})
        raise HoleError(
            tp[0],
            f"{tp[0]}/{tp[1]}: the record at offset {mark.offset} is not the one that was handled, the log was cut "
            "short or made anew: all of it is read again",
        )

    async def _pause(self, box: Outbox) -> None:
        """Between two slices: let others run."""
        if box.size_bytes > FLUSH_BYTES:
            await box.flush()
        await asyncio.sleep(0)

    def _handle(self, stage: Stage[Any], messages: Sequence[Message], box: Outbox, tally: BatchTally) -> None:
        for portion in self._budget.portions(messages):
            for message, result in self._within_budget(stage, portion):
                self._settle(stage, message, result, box, tally)
            self._moved(portion)

    def _moved(self, messages: Sequence[Message]) -> None:
        # A batch may take longer than a partition may stand still: its slices are progress, too.
        self._stalls.moved({message.tp for message in messages}, time.monotonic())
        self._hooks.on_progress()

    def _within_budget(self, stage: Stage[Any], messages: Sequence[Message]) -> list[Result]:
        """What becomes of messages; one by one when they take too long together, to find the one at fault."""
        if len(messages) == 1 and self._budget.is_spent(messages[0]):
            return [(messages[0], _OVER_BUDGET)]
        try:
            with self._budget.watch(messages, may_break_off=stage.may_break_off):
                return _results(stage, messages)
        except OverBudgetError:
            self._moved(messages)
        if len(messages) == 1:
            return [(messages[0], _OVER_BUDGET)]
        return [result for message in messages for result in self._within_budget(stage, [message])]

    def _settle(
        self, stage: Stage[Any], message: Message, handled: Handled | Reject | Exception, box: Outbox, tally: BatchTally
    ) -> None:
        try:
            if isinstance(handled, Exception):
                raise handled
            records = self._encoded(stage, message, handled)
        except WorkerExit:
            raise
        except Exception as error:  # noqa: BLE001 - one bad post must not stop the rest
            records = _failed(stage, message, error)
        if isinstance(records, Reject) and not isinstance(handled, Reject):
            stage.set_aside(message)
            handled = records
        lane = handled.lane if isinstance(handled, Handled) else stage.lane
        if lane is not None:
            tally.posts_in[lane] += 1
        if lane is not None and message.timestamp is not None:
            tally.timestamps.append((lane, message.timestamp))
        if isinstance(records, Reject):
            self._set_aside(stage, message, records, box, tally)
            return
        assert isinstance(handled, Handled)
        if handled.lane is not None:
            tally.outcomes[handled.outcome] += 1
        for record in records:
            box.add(record)
            tally.records[self._topology.label(record.topic)] += 1

    def _set_aside(self, stage: Stage[Any], message: Message, reject: Reject, box: Outbox, tally: BatchTally) -> None:
        letter = dead_letter(self._topology, message, stage.name, reject)
        box.add(letter)
        tally.outcomes["reject"] += 1
        tally.dead[reject.reason.value] += 1
        tally.records[self._topology.label(letter.topic)] += 1
        _log.warning(
            "message set aside as a dead letter",
            stage=stage.name,
            topic=message.tp[0],
            partition=message.tp[1],
            offset=message.offset,
            reason=reject.reason.value,
            field=reject.field,
        )

    def _encoded(self, stage: Stage[Any], message: Message, handled: Handled | Reject) -> list[OutRecord] | Reject:
        if isinstance(handled, Reject):
            return handled
        timestamp_ms = round(message.timestamp * 1000) if stage.keeps_timestamp and message.timestamp else None
        records: list[OutRecord] = []
        for output in handled.outputs:
            key, value = output.key.encode(), to_json(output.record)
            if len(key) + len(value) > MAX_RECORD_BYTES:
                return Reject(RejectReason.TOO_LARGE, f"its record for {output.topic.name} has {len(value)} bytes")
            records.extend(
                OutRecord(self._topology.name(output.topic), partition, key, value, timestamp_ms, is_state=is_state)
                for partition, is_state in self._targets(output, key, message.tp[1])
            )
        return records

    def _targets(self, output: Output, key: bytes, source: int) -> Iterable[tuple[int, bool]]:
        if output.to_all_partitions:
            return [(partition, False) for partition in range(self._topology.partitions(output.topic))]
        if output.topic is FINGERPRINTS:
            return [(source, True)]
        return [(self._topology.partition_of(output.topic, key), False)]


def _results(stage: Stage[Any], messages: Sequence[Message]) -> list[Result]:
    readings = [(message, _read(stage, message)) for message in messages]
    handled = iter(stage.handle([reading for reading in readings if not isinstance(reading[1], Reject)]))
    return [(message, read if isinstance(read, Reject) else next(handled)) for message, read in readings]


def _read(stage: Stage[Any], message: Message) -> object:
    try:
        return stage.read(message)
    except Exception as error:  # noqa: BLE001 - one bad post must not stop the rest
        return _failed(stage, message, error)


def _failed(stage: Stage[Any], message: Message, error: Exception) -> Reject:
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

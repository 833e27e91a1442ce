"""Reads the topics of a sink and writes batches to it, until it is stopped or an operator has to act."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from runtime.abandoned_calls import before_stop
from runtime.back_off import BackOff
from runtime.errors import FatalError, TransientError
from runtime.kafka.assigned_consumer import AssignedConsumer
from runtime.kafka.errors import OffsetGoneError
from runtime.kafka.topic_survey import TopicSurvey, survey_topics, topic_shapes
from runtime.kafka.types import TopicPartition
from runtime.outage import Outage
from runtime.settings.kafka import KafkaSettings
from schemas.topics import TOPICS
from sinks.contract import Batch, Partition, PartitionPosition, Sink
from sinks.errors import OffsetsRefusedError
from sinks.runner.buffers import Buffers
from sinks.runner.dead_letters import Send
from sinks.runner.health import SinkHealth, SinkPhase
from sinks.runner.metrics import SinkMetrics
from sinks.runner.positions import Log, Resumption, resumptions
from sinks.runner.writing import SinkWriter

POLL_S = 0.2
"""Longest wait for records: how soon a stop is noticed."""
TOPIC_CHECK_S = 30.0
"""Time between two looks whether the topics are still the same."""
LAG_S = 5.0
"""Time between two looks how far the sink is behind."""
TOUCH_S = 6 * 3600.0
"""Time after which a partition in which nothing happens is written without records: its sink was not away."""
GONE_WAIT_S = 1.0
"""Before cluster and sink are asked again, when offsets are gone: a topic that is made again takes a moment."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """Size of batches, and what a run may leave out or end at."""

    batch_records: int
    """Most records of a batch."""
    batch_wait_s: float
    """Longest wait to fill one."""
    accept_gap: bool = False
    """Go on where ``sinks.runner.positions`` refuses to."""
    until_end: bool = False
    """End when everything is written that the topics held at the start."""


class SinkRunner:
    """Runs one sink. ``stop`` may be called on the event loop's thread at any time, also before ``run``."""

    def __init__(
        self,
        sink: Sink,
        kafka: KafkaSettings,
        options: RunnerOptions,
        send_dead_letters: Send,
        metrics: SinkMetrics,
        health: SinkHealth,
    ) -> None:
        self._sink, self._kafka, self._options = sink, kafka, options
        self._metrics, self._health = metrics, health
        self._topics = [topic for topic in TOPICS if topic.name in sink.topics]
        self._stopping = asyncio.Event()
        self._writer = SinkWriter(sink, send_dead_letters, metrics, health, self._stopping)
        self._targets: dict[Partition, int] | None = None
        self.has_begun = False
        """Whether it has read."""

    @property
    def written(self) -> int:
        """Records written since the start."""
        return self._writer.written

    @property
    def refused(self) -> int:
        """Records that became dead letters since the start."""
        return self._writer.refused

    def stop(self) -> None:
        """End in order: after the batch that is being written."""
        self._health.phase = SinkPhase.STOPPING
        self._stopping.set()

    async def run(self) -> None:
        """Run until ``stop``, or to the end; raises FatalError, OSError, or TransientError before the first record."""
        back_off: BackOff | None = None
        outage = Outage()
        try:
            while not self._stopping.is_set():
                try:
                    if (session := await self._begin()) is None:
                        return
                except TransientError as error:
                    if back_off is None:
                        raise
                    self._failed(error, outage)
                    await self._writer.pause(back_off.next_s())
                    continue
                back_off = BackOff()
                outage.answered(time.monotonic())
                try:
                    if await self._follow(session):
                        return
                finally:
                    await session.consumer.close()
        finally:
            await asyncio.to_thread(self._sink.close)
            self._health.phase = SinkPhase.STOPPED

    def _failed(self, error: TransientError, outage: Outage) -> None:
        self._health.problem = str(error)
        if notice := outage.failed(time.monotonic()):
            _log.error("the topics cannot be read", problem=str(error), away_s=notice.length_s)

    async def _begin(self) -> "_Session | None":
        """Ask cluster and sink where to read on, and connect; None when it was stopped before the cluster answered."""
        asked = await before_stop(self._stopping, lambda: survey_topics(self._kafka, self._topics))
        if asked is None:
            return None
        surveys = asked.result()
        logs = _logs(surveys)
        positions = await asyncio.to_thread(self._sink.open, list(logs))
        found = resumptions(positions, logs, int(time.time() * 1000))
        self._judge(found)
        for partition, resumption in found.items():
            if resumption.is_moved:
                await asyncio.to_thread(self._sink.move, partition, resumption.offset)
        await self._show_presence(positions, found, logs)
        if self._targets is None:
            self._targets = {partition: log.end for partition, log in logs.items()}
        names = {self._name(partition): partition for partition in logs}
        offsets = {partition: resumption.offset for partition, resumption in found.items()}
        consumer = AssignedConsumer(self._kafka, f"tgwire-sink-{type(self._sink).__name__}")
        await consumer.start({tp: offsets[partition] for tp, partition in names.items()})
        for partition, log in logs.items():
            self._metrics.lag(partition, log.end - offsets[partition])
        if not self._stopping.is_set():
            self._health.phase, self._health.problem = SinkPhase.RUNNING, None
        self.has_begun = True
        _log.info("sink reads", partitions=len(logs), behind=sum(logs[each].end - offsets[each] for each in logs))
        buffers = Buffers(offsets, self._options.batch_records, self._options.batch_wait_s)
        shapes = {survey.topic.name: (survey.topic_id, len(survey.ends)) for survey in surveys}
        return _Session(consumer, buffers, names, shapes)

    async def _show_presence(
        self,
        positions: Mapping[Partition, PartitionPosition],
        found: Mapping[Partition, Resumption],
        logs: Mapping[Partition, Log],
    ) -> None:
        """Note in partitions in which nothing has happened for long that the sink has missed nothing until now."""
        long_ago_ms = (time.time() - TOUCH_S) * 1000
        for partition, position in positions.items():
            offset = found[partition].offset
            if offset == logs[partition].end and position.written_ms is not None and position.written_ms < long_ago_ms:
                await asyncio.to_thread(self._sink.write, Batch(partition, offset, offset, ()))

    def _judge(self, found: dict[Partition, Resumption]) -> None:
        """OffsetsRefusedError where records would be left out and nobody has accepted it."""
        refusals = [resumption.refusal for resumption in found.values() if resumption.refusal is not None]
        if not refusals:
            return
        if not self._options.accept_gap:
            raise OffsetsRefusedError(f"{'; '.join(refusals)}. Start it once with --accept-gap to go on like that.")
        for refusal in refusals:
            _log.warning("gap accepted", gap=refusal)

    async def _follow(self, session: "_Session") -> bool:
        """Write what comes; True when all is done, False when cluster and sink have to be asked again."""
        watches = [asyncio.create_task(watch(session)) for watch in (self._watch_topics, self._watch_lag)]
        touched = time.monotonic()
        try:
            while not self._stopping.is_set() and not session.is_outdated:
                now = time.monotonic()
                is_last = self._has_come(session, session.buffers.gathered_to)
                for batch in session.buffers.due(now, is_last=is_last):
                    await self._write(session, batch)
                    if self._stopping.is_set():
                        return True
                if is_last and self._has_come(session, session.buffers.position):
                    return True
                if now - touched > TOUCH_S:
                    touched = now
                    await self._touch(session)
                await self._fill(session, session.buffers.wait_s(now, POLL_S))
                for watch in watches:
                    if watch.done():
                        watch.result()  # raises what it ended with
        except OffsetGoneError as error:
            _log.warning("offsets are gone: finding where to resume", problem=str(error))
            await self._writer.pause(GONE_WAIT_S)
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)
        return self._stopping.is_set()

    async def _fill(self, session: "_Session", wait_s: float) -> None:
        fetched = await session.consumer.poll(min(wait_s, POLL_S), self._options.batch_records)
        now = time.monotonic()
        for tp, records in fetched.items():
            session.buffers.add(session.partitions[tp], records, now)

    async def _write(self, session: "_Session", batch: Batch) -> None:
        partition, buffers = batch.partition, session.buffers
        position = await self._writer.write(batch)
        if position == batch.end:
            buffers.is_at(partition, position)
        elif not self._stopping.is_set():
            buffers.moved(partition, position)
            session.consumer.seek(self._name(partition), position)
        end = session.consumer.end(self._name(partition))
        if end is not None:
            self._metrics.lag(partition, max(0, end - position))

    async def _touch(self, session: "_Session") -> None:
        for tp, partition in session.partitions.items():
            position = session.buffers.position(partition)
            if session.consumer.end(tp) == position:
                await self._write(session, Batch(partition, position, position, ()))

    def _has_come(self, session: "_Session", reached: Callable[[Partition], int]) -> bool:
        """Whether everything that was there at the start is ``reached``, where that is all that is wanted."""
        if not self._options.until_end or self._targets is None:
            return False
        return all(reached(each) >= self._targets.get(each, 0) for each in session.partitions.values())

    async def _watch_topics(self, session: "_Session") -> None:
        while True:
            await asyncio.sleep(TOPIC_CHECK_S)
            try:
                found = await asyncio.to_thread(topic_shapes, self._kafka, self._topics)
            except (TransientError, FatalError) as error:
                _log.debug("the topics were not checked", problem=str(error))
                continue
            if found != session.shapes:
                _log.warning("topics have changed: finding where to resume")
                session.is_outdated = True
                return

    async def _watch_lag(self, session: "_Session") -> None:
        """Show how far the sink is behind, also while it takes nothing."""
        while True:
            await asyncio.sleep(LAG_S)
            try:
                ends = await session.consumer.ends()
            except TransientError as error:
                _log.debug("the lag is not known", problem=str(error))
                continue
            for tp, end in ends.items():
                partition = session.partitions[tp]
                self._metrics.lag(partition, max(0, end - session.buffers.position(partition)))

    def _name(self, partition: Partition) -> TopicPartition:
        return self._kafka.topic_prefix + partition.topic, partition.number


@dataclass(slots=True)
class _Session:
    """From one look at cluster and sink to the next."""

    consumer: AssignedConsumer
    buffers: Buffers
    partitions: dict[TopicPartition, Partition]
    shapes: dict[str, tuple[str, int]]
    """Id and number of partitions of each topic."""
    is_outdated: bool = False


def _logs(surveys: Sequence[TopicSurvey]) -> dict[Partition, Log]:
    return {
        Partition(survey.topic.name, survey.topic_id, number): Log(
            survey.starts[number], end, survey.delete_retention_ms
        )
        for survey in surveys
        for number, end in sorted(survey.ends.items())
    }

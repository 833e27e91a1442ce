"""Test doubles for code that runs stages of the worker: no broker, no Faust, and faults on order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from processors.stream.kafka_message import LogRecord
from processors.stream.offsets.commit_marker import CommitMarker
from runtime.kafka.types import TopicPartition

__all__ = [
    "LoggedRecord",
    "MemoryBatch",
    "MemoryGroup",
    "MemoryLog",
    "MemoryMessage",
    "MemoryProducer",
    "ProducedRecord",
    "SentBatch",
]


@dataclass
class MemoryMessage:
    """A ``KafkaMessage``, as the group's consumer gives it."""

    offset: int = 0
    value: bytes | None = b"post"
    key: bytes | None = b"1"
    tp: TopicPartition = ("posts.raw.live", 0)
    timestamp: float | None = 1.5
    headers: tuple[tuple[str, bytes], ...] = ()
    generation_id: int = 1


@dataclass
class LoggedRecord:
    """A ``LogRecord``, as the reader of a log gives it."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int | None = 1_700_000_000_000


@dataclass
class MemoryLog:
    """The log of one partition; called with a partition and an offset it is read, as a ``ReadLog``."""

    records: list[LoggedRecord] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    """From which offset each reading began."""
    read: list[int] = field(default_factory=list)
    """Offsets that were read."""
    portion: int = 3
    """Most records that are given at once."""

    @property
    def end(self) -> int:
        """Offset of the next record."""
        return self.records[-1].offset + 1 if self.records else 0

    def append(self, key: bytes | None, value: bytes | None, timestamp: int | None = LoggedRecord.timestamp) -> None:
        """Put a record at the end; ``timestamp`` in milliseconds."""
        self.records.append(LoggedRecord(self.end, key, value, timestamp))

    async def __call__(self, _partition: int, start: int) -> AsyncIterator[Sequence[LogRecord]]:
        """See ``ReadLog``. The first portion is empty, as those of a real reader may be."""
        self.starts.append(start)
        yield []
        later = [record for record in self.records if record.offset >= start]
        self.read += [record.offset for record in later]
        for begin in range(0, len(later), self.portion):
            yield later[begin : begin + self.portion]


@dataclass
class ProducedRecord:
    """A record as it was handed to the producer."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    timestamp: int | None
    headers: Any
    offset: int = 0


class SentBatch(NamedTuple):
    """What one call of ``send_batch`` handed over."""

    topic: str
    partition: int
    values: list[bytes | None]


class MemoryBatch:
    """A batch of at most ``room`` records."""

    def __init__(self, room: int) -> None:
        self.records: list[ProducedRecord] = []
        self.is_closed = False
        self._room = room

    def append(self, *, timestamp: int | None, key: bytes | None, value: bytes | None, headers: Any) -> object | None:  # noqa: ANN401
        """Take a record; None when the batch is full or closed."""
        if self.is_closed or len(self.records) == self._room:
            return None
        self.records.append(ProducedRecord("", 0, key, value, timestamp, headers))
        return self

    def close(self) -> None:
        """Take no more records."""
        self.is_closed = True

    def record_count(self) -> int:
        """Number of records."""
        return len(self.records)


class _Confirmation(NamedTuple):
    offset: int


@dataclass
class MemoryProducer:
    """A ``BatchProducer`` that keeps what it is handed, and confirms it at once unless a test asks otherwise."""

    room: int = 1_000_000
    """Most records of a batch."""
    first_offset: int = 0
    """Offset of the first record of each partition."""
    answer: Exception | Literal["confirmed", "known already", "never"] = "confirmed"
    """What becomes of a batch that was taken. Kafka confirms what it has already without an offset."""
    fault: Exception | None = None
    """Raised instead of taking a batch."""
    before: Callable[[], Awaitable[None]] | None = None
    """Awaited ahead of each batch."""
    sent: list[ProducedRecord] = field(default_factory=list)
    sent_batches: list[SentBatch] = field(default_factory=list)

    def create_batch(self) -> MemoryBatch:
        """See ``BatchProducer``."""
        return MemoryBatch(self.room)

    async def send_batch(self, batch: MemoryBatch, topic: str, *, partition: int) -> Awaitable[Any]:
        """See ``BatchProducer``. AssertionError for a batch that is still open."""
        assert batch.is_closed
        if self.before is not None:
            await self.before()
        if self.fault is not None:
            raise self.fault
        first = self.first_offset + len(self.log(topic, partition))
        for offset, record in enumerate(batch.records, first):
            record.topic, record.partition, record.offset = topic, partition, offset
        self.sent += batch.records
        self.sent_batches.append(SentBatch(topic, partition, [record.value for record in batch.records]))
        confirmed: asyncio.Future[_Confirmation] = asyncio.get_running_loop().create_future()
        if isinstance(self.answer, Exception):
            confirmed.set_exception(self.answer)
        elif self.answer != "never":
            confirmed.set_result(_Confirmation(first if self.answer == "confirmed" else -1))
        return confirmed

    def log(self, topic: str, partition: int) -> list[ProducedRecord]:
        """The records that a partition holds."""
        return [record for record in self.sent if (record.topic, record.partition) == (topic, partition)]


@dataclass
class MemoryGroup:
    """A ``ConsumerGroup`` and its broker, whose partitions a test fills and changes."""

    ours: set[TopicPartition] = field(default_factory=set)
    """Partitions that the worker has."""
    records: dict[TopicPartition, set[int]] = field(default_factory=dict)
    """Offsets at which there are records."""
    replaced: dict[TopicPartition, set[int]] = field(default_factory=dict)
    """Offsets at which there are other records than those that were handled."""
    ends: dict[TopicPartition, int] = field(default_factory=dict)
    """Ends of partitions that are not behind their last record."""
    positions: dict[TopicPartition, int] = field(default_factory=dict)
    stored: dict[TopicPartition, int] = field(default_factory=dict)
    """Committed offsets."""
    markers: dict[TopicPartition, CommitMarker] = field(default_factory=dict)
    new_leaders: dict[TopicPartition, int] = field(default_factory=dict)
    """The first offset that a new leader of a partition appended."""
    number: int = 1
    """The generation."""
    fault: Exception | None = None
    """Raised by requests."""
    before_commit: Callable[[Mapping[TopicPartition, int]], Awaitable[None]] | None = None
    commits: list[Mapping[TopicPartition, int]] = field(default_factory=list)
    requests: int = 0
    """How often ends and commits were asked for."""
    looks: list[tuple[int, int]] = field(default_factory=list)
    """Ranges of offsets in which records were looked for."""

    def generation(self) -> int:
        """See ``ConsumerGroup``."""
        return self.number

    def assignment(self) -> set[TopicPartition]:
        """See ``ConsumerGroup``."""
        return set(self.ours)

    def highwater(self, tp: TopicPartition) -> int | None:
        """See ``ConsumerGroup``."""
        return self.ends.get(tp, max(self.records.get(tp, set()), default=-1) + 1) or None

    async def position(self, tp: TopicPartition) -> int:
        """See ``ConsumerGroup``."""
        return self.positions.get(tp, 0)

    async def end_offsets(self, tps: set[TopicPartition]) -> Mapping[TopicPartition, int]:
        """See ``ConsumerGroup``."""
        self._answer()
        return {tp: self.highwater(tp) or 0 for tp in tps}

    async def committed(self, tp: TopicPartition) -> int | None:
        """See ``PartitionLog``."""
        self._answer()
        return self.stored.get(tp)

    async def all_committed(self, tps: set[TopicPartition]) -> Mapping[TopicPartition, int]:
        """See ``ConsumerGroup``."""
        return {tp: self.stored[tp] for tp in tps & set(self.stored)}

    async def commit(
        self, offsets: Mapping[TopicPartition, int], markers: Mapping[TopicPartition, CommitMarker]
    ) -> None:
        """See ``ConsumerGroup``."""
        if self.fault is not None:
            raise self.fault
        if self.before_commit is not None:
            await self.before_commit(offsets)
        self.stored |= offsets
        self.markers = dict(markers)
        self.commits.append(offsets)

    async def committed_marker(self, tp: TopicPartition) -> CommitMarker | None:
        """See ``ConsumerGroup``."""
        return self.markers.get(tp)

    async def has_record(self, tp: TopicPartition, marker: CommitMarker) -> bool:
        """See ``ConsumerGroup``."""
        return marker.offset in self.records.get(tp, set()) - self.replaced.get(tp, set())

    def is_from_new_leader(self, tp: TopicPartition, offset: int) -> bool:
        """See ``ConsumerGroup``."""
        return offset == self.new_leaders.get(tp)

    async def first_record(self, tp: TopicPartition, start: int, end: int) -> int | None:
        """See ``PartitionLog``."""
        self.looks.append((start, end))
        return min((offset for offset in self.records.get(tp, set()) if start <= offset < end), default=None)

    def _answer(self) -> None:
        self.requests += 1
        if self.fault is not None:
            raise self.fault

"""Records in flight to a sink: gathered by partition until a batch is due, by count, size or time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sinks.contract import Batch, Message, Partition

MAX_BYTES = 32 << 20
"""Of all values that are gathered: the largest batch is written when they are more."""


class Fetched(Protocol):
    """A record as the client gives it."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int


@dataclass(slots=True)
class _Gathered:
    start: int
    """Where the sink is."""
    messages: list[Message] = field(default_factory=list)
    nbytes: int = 0
    since: float = 0.0
    """When its first message came."""

    def clear(self) -> None:
        self.messages, self.nbytes = [], 0


class Buffers:
    """Records of each partition that wait to fill a batch, within one session; times are readings of a steady clock."""

    def __init__(self, starts: dict[Partition, int], batch_records: int, batch_wait_s: float) -> None:
        self._gathered = {partition: _Gathered(start) for partition, start in starts.items()}
        self._batch_records, self._batch_wait_s = batch_records, batch_wait_s
        self._nbytes = 0

    def add(self, partition: Partition, records: Sequence[Fetched], now: float) -> None:
        """Take records that follow those before."""
        gathered = self._gathered[partition]
        if not gathered.messages:
            gathered.since = now
        nbytes = 0
        for record in records:
            value = record.value
            nbytes += len(value) if value is not None else 0
            gathered.messages.append(Message(record.offset, record.key, value, record.timestamp))
        gathered.nbytes += nbytes
        self._nbytes += nbytes

    def due(self, now: float, *, is_last: bool = False) -> Iterator[Batch]:
        """Batches to write now, or all where no more is to come; each is out of the buffers when it is yielded."""
        for partition, gathered in self._gathered.items():
            count = len(gathered.messages)
            is_old = is_last or now - gathered.since >= self._batch_wait_s
            if count >= self._batch_records or (count and is_old):
                yield from self._take(partition, gathered)
        while self._nbytes >= MAX_BYTES:
            yield from self._take(*max(self._gathered.items(), key=lambda item: item[1].nbytes))

    def wait_s(self, now: float, longest: float) -> float:
        """Until the next batch is due by time; ``longest`` when none is in flight."""
        waits = (each.since + self._batch_wait_s - now for each in self._gathered.values() if each.messages)
        return max(0.0, min(waits, default=longest))

    def position(self, partition: Partition) -> int:
        """The offset that the sink has reached in a partition."""
        return self._gathered[partition].start

    def gathered_to(self, partition: Partition) -> int:
        """The offset up to which records have come."""
        gathered = self._gathered[partition]
        return gathered.messages[-1].offset + 1 if gathered.messages else gathered.start

    def is_at(self, partition: Partition, offset: int) -> None:
        """The sink has reached an offset; what was gathered follows it."""
        self._gathered[partition].start = offset

    def moved(self, partition: Partition, offset: int) -> None:
        """The sink is elsewhere: what was gathered is dropped, and read again from there."""
        gathered = self._gathered[partition]
        self._nbytes -= gathered.nbytes
        gathered.clear()
        gathered.start = offset

    def _take(self, partition: Partition, gathered: _Gathered) -> Iterator[Batch]:
        messages = gathered.messages
        for first in range(0, len(messages), self._batch_records):
            part = messages[first : first + self._batch_records]
            yield Batch(partition, gathered.start, part[-1].offset + 1, part)
            if gathered.messages is not messages:
                return  # the sink is elsewhere
        self._nbytes -= gathered.nbytes
        gathered.clear()

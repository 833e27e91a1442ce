"""Where the store is in each partition: written in the transaction of the rows, so that every record counts once."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sinks.contract import START, Partition, PartitionPosition
from sinks.store.database import Reader, Transaction

FROM_START = -2
"""In place of an offset: everything is to be read again."""
COLUMNS = ("topic", "part", "topic_id", "epoch", "next_offset", "written_ms")
_KNOWN = "SELECT part, topic_id, epoch, next_offset, written_ms FROM sink_offsets WHERE topic = ?"


@dataclass(frozen=True, slots=True)
class Kept:
    """How far the store has written a partition, of a topic of this id and epoch."""

    topic_id: str
    epoch: int
    next_offset: int
    written_ms: int


def positions(reader: Reader, partitions: Sequence[Partition]) -> dict[Partition, PartitionPosition]:
    """The offsets at which to read on: the start of a partition that is new, or of another topic of the same name."""
    kept = {topic: _kept(reader, topic) for topic in {partition.topic for partition in partitions}}
    found = {}
    for partition in partitions:
        known = kept[partition.topic].get(partition.number)
        if known is None or known.topic_id != partition.topic_id or known.next_offset == FROM_START:
            found[partition] = START
        else:
            found[partition] = PartitionPosition(known.next_offset, known.written_ms)
    return found


def epoch_of(reader: Reader, partition: Partition) -> int:
    """How many topics of this name there were with this one: offsets of a later one are greater."""
    kept = _kept(reader, partition.topic).values()
    ours = [each.epoch for each in kept if each.topic_id == partition.topic_id]
    return max(ours) if ours else max((each.epoch for each in kept), default=0) + 1


def next_offset(reader: Reader, partition: Partition) -> int | None:
    """The offset that the store has reached; None where it knows nothing of this partition of this topic."""
    known = _kept(reader, partition.topic).get(partition.number)
    return known.next_offset if known is not None and known.topic_id == partition.topic_id else None


def move(writer: Transaction, partition: Partition, offset: int) -> None:
    """Set the offset that the store has reached."""
    epoch = epoch_of(writer, partition)
    row = (partition.topic, partition.number, partition.topic_id, epoch, offset, now_ms())
    writer.upsert("sink_offsets", COLUMNS, [row], keys=2)


def advance(writer: Transaction, partition: Partition, start: int, end: int) -> bool:
    """Go from one offset to another, unless the store is elsewhere. The first statement of a transaction: it locks the
    partition, so that of two processes one gets further.
    """
    where = "topic = ? AND part = ? AND topic_id = ? AND next_offset = ?"
    changed = writer.execute(
        f"UPDATE sink_offsets SET next_offset = ?, written_ms = ? WHERE {where}",
        (end, now_ms(), partition.topic, partition.number, partition.topic_id, start),
    )
    return changed == 1


def now_ms() -> int:
    """The moment of now, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _kept(reader: Reader, topic: str) -> dict[int, Kept]:
    return {part: Kept(*rest) for part, *rest in reader.rows(_KNOWN, (topic,))}

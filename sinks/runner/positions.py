"""Where a sink reads on, judged by what the topic holds: the reset policy is "none", so each case is decided here."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.times import DAY_MS
from sinks.contract import END, START, Partition, PartitionPosition


@dataclass(frozen=True, slots=True)
class Log:
    """A partition as the cluster has it."""

    start: int
    """Offset of the first record that is kept."""
    end: int
    """Offset that the next record gets."""
    delete_retention_ms: int | None = None
    """How long a compacted topic keeps the null of a withdrawn key."""


@dataclass(frozen=True, slots=True)
class Resumption:
    """The offset at which a sink reads a partition on, and whether that leaves out records."""

    offset: int
    is_moved: bool = False
    """Whether the sink's own offset is another, and ``Sink.move`` has to be called."""
    refusal: str | None = None
    """Why going on there leaves out records; an operator has to accept it."""


def resumption(partition: Partition, position: PartitionPosition, log: Log, now_ms: int) -> Resumption:
    """Decide where a sink reads on in a partition."""
    if position == START:
        return Resumption(log.start, is_moved=True)
    if position == END:
        return Resumption(log.end, is_moved=True)
    where = f"{partition.topic} partition {partition.number}"
    if position.offset > log.end:
        return Resumption(
            log.start,
            is_moved=True,
            refusal=f"{where} ends at offset {log.end}, but the sink has read up to {position.offset}: the broker has "
            "lost records (an unclean leader election, or an older copy of its data). With --accept-gap it is read "
            "again from its first record",
        )
    if position.offset < log.start:
        return Resumption(
            log.start,
            is_moved=True,
            refusal=f"{where} begins at offset {log.start}, but the sink has read up to {position.offset} only: "
            f"{log.start - position.offset} offsets were deleted before it read them. With --accept-gap the sink "
            "continues with the first record that exists",
        )
    if (away_ms := _away_ms(position, log, now_ms)) is not None:
        return Resumption(
            position.offset,
            is_moved=True,
            refusal=f"{where} was last written {away_ms / DAY_MS:.1f} days ago, but the topic keeps the mark of a "
            f"withdrawn key for {(log.delete_retention_ms or 0) / DAY_MS:.1f} days (delete.retention.ms): what was "
            "deleted meanwhile may never be seen. With --accept-gap the sink continues where it is",
        )
    return Resumption(position.offset)


def _away_ms(position: PartitionPosition, log: Log, now_ms: int) -> int | None:
    """How long a sink was away, where that is too long: with nothing left to read nothing was missed."""
    if position.written_ms is None or log.delete_retention_ms is None or position.offset == log.end:
        return None
    away_ms = now_ms - position.written_ms
    return away_ms if away_ms > log.delete_retention_ms else None


def resumptions(
    positions: Mapping[Partition, PartitionPosition], logs: Mapping[Partition, Log], now_ms: int
) -> dict[Partition, Resumption]:
    """Decide where a sink reads on in all partitions; one that the sink does not name is read from its start."""
    return {
        partition: resumption(partition, positions.get(partition, START), log, now_ms)
        for partition, log in logs.items()
    }

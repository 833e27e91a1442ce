"""Tracks the offsets that were taken, and checks the order in which records come.

Faust drops, repeats and reorders records over a rebalance (design section 4 has the places). The tracker looks at
every offset: the next one is taken, a replay is skipped, and anything that could leave a record out is an error.
Input topics need one thing: an offset that exists and was not handled is a lost post, so no compaction upstream.
"""

from collections.abc import Iterable
from enum import Enum, auto
from typing import Protocol

from processors.errors import OffsetGapError
from runtime.kafka.types import TopicPartition


class PartitionLog(Protocol):
    """Committed offset and existing records of a partition, as the broker has them."""

    async def committed(self, tp: TopicPartition) -> int | None:
        """The group's committed offset of a partition; None without a commit."""
        ...

    async def first_record(self, tp: TopicPartition, start: int, end: int) -> int | None:
        """Offset of the first record in ``start <= offset < end``; None when there is none."""
        ...


class OffsetCheck(Enum):
    """What to do with a record that is not the next one."""

    REPLAY = auto()
    """This process has taken it already: skip it."""
    CONTINUE = auto()
    """Take it; the numbers between belong to no record."""
    RESUME = auto()
    """Take it, but other workers may have handled records before it: state kept for the partition is not current."""


class OffsetTracker:
    """Which offsets this process has taken: for each partition ``first <= offset < next``, without a hole."""

    def __init__(self, log: PartitionLog) -> None:
        self._log = log
        self._first: dict[TopicPartition, int] = {}
        self._next: dict[TopicPartition, int] = {}

    def is_next(self, tp: TopicPartition, offset: int) -> bool:
        """Whether a record follows the last one taken."""
        return self._next.get(tp) == offset

    def next_offset(self, tp: TopicPartition) -> int | None:
        """The offset after the last one taken; None when none was."""
        return self._next.get(tp)

    async def check(self, tp: TopicPartition, offset: int) -> OffsetCheck:
        """What to do with a record that is not the next one; OffsetGapError when one before it was left out.

        Changes nothing: follow a result other than REPLAY with ``start``.
        """
        first, after = self._first.get(tp, 0), self._next.get(tp, 0)
        if first <= offset < after:
            return OffsetCheck.REPLAY
        committed = await self._log.committed(tp) or 0
        expected = max(after, committed) if offset >= first else committed
        if offset > expected:
            missed = await self._log.first_record(tp, expected, offset)
            if missed is not None:
                raise OffsetGapError(
                    tp[0],
                    f"{tp[0]}/{tp[1]}: given offset {offset}, but {missed} exists and was not handled "
                    f"(taken {first} to {after}, committed {committed})",
                )
        follows = tp in self._next and offset >= after >= committed
        return OffsetCheck.CONTINUE if follows else OffsetCheck.RESUME

    def start(self, tp: TopicPartition, offset: int, check: OffsetCheck) -> None:
        """Go on from a record that ``check`` let pass."""
        if check is OffsetCheck.RESUME:
            self._first[tp] = offset
        self._next[tp] = offset

    def take(self, tp: TopicPartition, offset: int) -> None:
        """Note that the record of an offset is being handled."""
        self._next[tp] = offset + 1

    def partitions(self) -> set[TopicPartition]:
        """Partitions of which this process has taken records."""
        return set(self._next)

    def forget(self, lost: Iterable[TopicPartition]) -> None:
        """Forget partitions that were assigned to other workers."""
        for tp in lost:
            self._first.pop(tp, None)
            self._next.pop(tp, None)

"""Bookkeeping of offsets: what may be committed, what was, and which partition stands still."""

from collections.abc import Container, Iterable, Mapping

from processors.stream.offsets.commit_marker import Mark
from runtime.kafka.types import TopicPartition

STUCK_FACTOR = 5
"""A partition whose records are not even fetched is a fault only after this many stall timeouts: it may wait its turn
behind others. One whose records were fetched and never handled is a fault after one."""


class Commits:
    """Offsets below which everything was delivered."""

    def __init__(self) -> None:
        self._done: dict[TopicPartition, int] = {}
        self.marks: dict[TopicPartition, Mark] = {}
        """The last record below each of these offsets."""
        self._committed: dict[TopicPartition, int] = {}
        self._highest: dict[TopicPartition, int] = {}

    def delivered(self, ends: Mapping[TopicPartition, int], marks: Mapping[TopicPartition, Mark]) -> None:
        """Everything below these offsets has been delivered."""
        self._done.update(ends)
        self.marks.update(marks)

    def done(self, tp: TopicPartition) -> int | None:
        """The offset below which everything was delivered by this process."""
        return self._done.get(tp)

    def due(self, assigned: Container[TopicPartition]) -> dict[TopicPartition, int]:
        """What should be committed now, of the partitions that this process has."""
        return {tp: end for tp, end in self._done.items() if tp in assigned and self._committed.get(tp) != end}

    def confirm(self, offsets: Mapping[TopicPartition, int]) -> None:
        """The broker has taken these."""
        self._committed.update(offsets)
        self._highest.update(offsets)

    def confirmed(self, tp: TopicPartition) -> int | None:
        """What the broker took last from this process, in whatever assignment: a group's commits never go back."""
        return self._highest.get(tp)

    def clear(self) -> None:
        """A rebalance began: what is not committed now will be read again, or belongs to another worker."""
        self._done.clear()
        self.marks.clear()
        self._committed.clear()


class StallWatch:
    """Since when each partition has stood still, with records waiting.

    A hole at the very end of a partition has no later offset that would show it to the guard.
    """

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._moved: dict[TopicPartition, float] = {}

    def moved(self, tps: Iterable[TopicPartition], now: float) -> None:
        """These partitions moved, or have a good reason not to."""
        self._moved.update(dict.fromkeys(tps, now))

    def is_suspect(self, tp: TopicPartition, now: float) -> bool:
        """Whether it has stood still for the timeout."""
        return now - self._moved.setdefault(tp, now) > self.timeout_s

    def is_stalled(self, tp: TopicPartition, now: float, *, is_fetched: bool) -> bool:
        """Whether a suspect is a fault; ``is_fetched`` when the consumer has read its records up to the end."""
        timeout_s = self.timeout_s if is_fetched else self.timeout_s * STUCK_FACTOR
        return now - self._moved.get(tp, now) > timeout_s

    def keep(self, assigned: Container[TopicPartition]) -> None:
        """Forget partitions that went elsewhere."""
        self._moved = {tp: at for tp, at in self._moved.items() if tp in assigned}

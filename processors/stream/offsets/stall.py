"""Which partition has not moved for too long."""

from collections.abc import Container, Iterable

from runtime.kafka.types import TopicPartition

STUCK_FACTOR = 5
"""A partition whose records are not even fetched is a fault only after this many stall timeouts: it may wait its turn
behind others. One whose records were fetched and never handled is a fault after one."""


class StallWatch:
    """Since when each partition has made no progress, with records waiting.

    A hole at the very end of a partition has no later offset that would show it to the offset tracker.
    """

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._moved: dict[TopicPartition, float] = {}

    def moved(self, tps: Iterable[TopicPartition], now: float) -> None:
        """These partitions moved, or have a good reason not to."""
        self._moved.update(dict.fromkeys(tps, now))

    def is_suspect(self, tp: TopicPartition, now: float) -> bool:
        """Whether it has made no progress for the timeout."""
        return now - self._moved.setdefault(tp, now) > self.timeout_s

    def is_stalled(self, tp: TopicPartition, now: float, *, is_fetched: bool) -> bool:
        """Whether a suspect is a fault; ``is_fetched`` when the consumer has read its records up to the end."""
        timeout_s = self.timeout_s if is_fetched else self.timeout_s * STUCK_FACTOR
        return now - self._moved.get(tp, now) > timeout_s

    def retain(self, assigned: Container[TopicPartition]) -> None:
        """Forget partitions that went elsewhere."""
        self._moved = {tp: at for tp, at in self._moved.items() if tp in assigned}

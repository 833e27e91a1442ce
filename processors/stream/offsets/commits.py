"""Bookkeeping of offsets: what may be committed, and what was."""

from collections.abc import Container, Mapping

from processors.stream.offsets.commit_marker import CommitMarker
from runtime.kafka.types import TopicPartition


class Commits:
    """Offsets below which everything was delivered."""

    def __init__(self) -> None:
        self._done: dict[TopicPartition, int] = {}
        self.markers: dict[TopicPartition, CommitMarker] = {}
        """The last record below each of these offsets."""
        self._committed: dict[TopicPartition, int] = {}
        self._highest: dict[TopicPartition, int] = {}

    def delivered(self, ends: Mapping[TopicPartition, int], markers: Mapping[TopicPartition, CommitMarker]) -> None:
        """Everything below these offsets has been delivered."""
        self._done.update(ends)
        self.markers.update(markers)

    def done(self, tp: TopicPartition) -> int | None:
        """The offset below which everything was delivered by this process."""
        return self._done.get(tp)

    def due(self, assigned: Container[TopicPartition]) -> dict[TopicPartition, int]:
        """What should be committed now, of the partitions that this process has."""
        return {tp: end for tp, end in self._done.items() if tp in assigned and self._committed.get(tp) != end}

    def confirm(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Note the offsets of a commit that the broker has taken."""
        self._committed.update(offsets)
        self._highest.update(offsets)

    def confirmed(self, tp: TopicPartition) -> int | None:
        """What the broker took last from this process, in whatever assignment: a group's commits never go back."""
        return self._highest.get(tp)

    def clear(self) -> None:
        """A rebalance began: what is not committed now will be read again, or belongs to another worker."""
        self._done.clear()
        self.markers.clear()
        self._committed.clear()

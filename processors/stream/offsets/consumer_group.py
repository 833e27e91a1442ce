"""What the worker asks of the consumer group and its broker."""

from collections.abc import Mapping
from typing import Protocol

from processors.stream.offsets.commit_marker import CommitMarker
from processors.stream.offsets.tracker import PartitionLog
from runtime.kafka.types import TopicPartition


class ConsumerGroup(PartitionLog, Protocol):
    """What the worker asks of the group and its broker. Requests raise KafkaError or TimeoutError."""

    def generation(self) -> int:
        """Generation of the group's current assignment; grows with every rebalance."""
        ...

    def assignment(self) -> set[TopicPartition]:
        """Partitions that this worker has now."""
        ...

    def highwater(self, tp: TopicPartition) -> int | None:
        """End of a partition as the last fetch reported it; None when the partition was not fetched yet."""
        ...

    async def position(self, tp: TopicPartition) -> int:
        """Offset after the last record fetched."""
        ...

    async def end_offsets(self, tps: set[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Ends of any partitions, by a request."""
        ...

    async def all_committed(self, tps: set[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The group's committed offsets of any partitions, by one request; those without a commit are left out."""
        ...

    async def commit(
        self, offsets: Mapping[TopicPartition, int], markers: Mapping[TopicPartition, CommitMarker]
    ) -> None:
        """Commit offsets of partitions that this worker has, with the last record below each."""
        ...

    async def committed_marker(self, tp: TopicPartition) -> CommitMarker | None:
        """The record that the group's commit was made with; None when there was none."""
        ...

    async def has_record(self, tp: TopicPartition, marker: CommitMarker) -> bool:
        """Whether a record is where it was."""
        ...

    def is_from_new_leader(self, tp: TopicPartition, offset: int) -> bool:
        """Whether the record is the first that a new leader of the partition appended. True once for each leader."""
        ...

"""How far a consumer group is behind."""

from collections.abc import Iterable
from typing import Any

from kafka import TopicPartition
from kafka.admin import OffsetSpec

from runtime.kafka.admin import admin_client
from runtime.kafka.coordinator import ask_coordinator
from runtime.kafka.topic_reader import end_offsets
from runtime.settings.kafka import KafkaSettings
from schemas.topics import WORKER_INPUTS, Topic


def group_lag(settings: KafkaSettings, group: str, topics: Iterable[Topic] = WORKER_INPUTS) -> dict[str, int]:
    """Records of each topic (its name without prefix) that the group has yet to commit.

    A partition without a commit counts from its beginning, as the worker would read it.
    """
    with admin_client(settings) as admin:
        behind = {}
        for topic in topics:
            name = settings.topic_prefix + topic.name
            ends = {TopicPartition(name, number): end for number, end in end_offsets(settings, topic).items()}
            starts = admin.list_partition_offsets(dict.fromkeys(ends, OffsetSpec.EARLIEST))
            commits = _commits(admin, group, list(ends))
            behind[topic.name] = sum(
                end - max(starts[tp].offset, commits[tp].offset if tp in commits else 0) for tp, end in ends.items()
            )
    return behind


def _commits(admin: Any, group: str, partitions: list[TopicPartition]) -> dict[TopicPartition, Any]:  # noqa: ANN401
    """The group's commits."""
    commits: dict[TopicPartition, Any] = ask_coordinator(lambda: admin.list_group_offsets({group: partitions})[group])
    return commits

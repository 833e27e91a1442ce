"""Setting the offsets of a consumer group that has no members."""

from collections.abc import Mapping

from kafka import TopicPartition, errors
from kafka.structs import OffsetAndMetadata

from runtime.kafka.admin import admin_client
from runtime.kafka.coordinator import ask_coordinator
from runtime.kafka.errors import ClusterRequestError
from runtime.settings.kafka import KafkaSettings
from schemas.topics import Topic

_NO_LEADER_EPOCH = -1


def set_group_offsets(settings: KafkaSettings, group: str, topic: Topic, offsets: Mapping[int, int]) -> None:
    """Commit an offset for each partition; ClusterRequestError where the cluster takes none, as while members run."""
    name = settings.topic_prefix + topic.name
    wanted = {
        TopicPartition(name, number): OffsetAndMetadata(offset, "", _NO_LEADER_EPOCH)
        for number, offset in offsets.items()
    }
    with admin_client(settings) as admin:
        answers = ask_coordinator(lambda: admin.alter_group_offsets(group, wanted))
    refused = [error for error in answers.values() if error is not errors.NoError]
    if refused:
        raise ClusterRequestError(
            f"{settings.bootstrap_servers} takes no offsets of group {group} for {name} ({refused[0].__name__}): stop "
            "all workers of the group, and run this again"
        )

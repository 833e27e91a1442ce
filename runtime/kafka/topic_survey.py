"""Ids, ends and retention of topics, for readers that keep their own offsets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kafka import TopicPartition, errors
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec

from runtime.kafka.admin import admin_client
from runtime.kafka.errors import TopicMissingError
from runtime.kafka.topic_reader import end_offsets
from runtime.settings.kafka import KafkaSettings
from schemas.topics import Topic


@dataclass(frozen=True, slots=True)
class TopicSurvey:
    """A topic as the cluster has it."""

    topic: Topic
    topic_id: str
    """32 hex digits; empty on a cluster without ids."""
    starts: Mapping[int, int]
    """Of each partition the offset of the first record that is kept."""
    ends: Mapping[int, int]
    """Of each partition the offset that its next record gets."""
    delete_retention_ms: int | None
    """How long a withdrawn key is kept; None where the cluster does not report it, or the topic is not compacted."""


def survey_topics(settings: KafkaSettings, topics: Sequence[Topic]) -> list[TopicSurvey]:
    """Ask the cluster. Raises what ``admin_client`` does, and TopicMissingError."""
    ends = {topic: end_offsets(settings, topic) for topic in topics}
    with admin_client(settings) as admin:
        ids = _ids(admin, settings, topics)
        config = _configs(admin, [settings.topic_prefix + topic.name for topic in topics])
        starts = {topic: _starts(admin, settings.topic_prefix + topic.name, ends[topic]) for topic in topics}
    return [
        TopicSurvey(
            topic,
            ids[topic],
            starts[topic],
            ends[topic],
            _delete_retention_ms(config.get(settings.topic_prefix + topic.name, {})),
        )
        for topic in topics
    ]


def topic_shapes(settings: KafkaSettings, topics: Sequence[Topic]) -> dict[str, tuple[str, int]]:
    """Id and number of partitions of each topic, by its name without prefix; raises what ``survey_topics`` does."""
    with admin_client(settings) as admin:
        described = _described(admin, settings, topics)
    return {name: (_hex(found.get("topic_id")), len(found["partitions"])) for name, found in described.items()}


def _ids(admin: Any, settings: KafkaSettings, topics: Sequence[Topic]) -> dict[Topic, str]:  # noqa: ANN401 - untyped
    described = _described(admin, settings, topics)
    return {topic: _hex(described[topic.name].get("topic_id")) for topic in topics}


def _described(admin: Any, settings: KafkaSettings, topics: Sequence[Topic]) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    names = {settings.topic_prefix + topic.name: topic.name for topic in topics}
    found = {each["name"]: each for each in admin.describe_topics(list(names))}
    for name in names:
        if name not in found or errors.for_code(found[name]["error_code"]) is errors.UnknownTopicOrPartitionError:
            raise TopicMissingError(
                f"topic {name} does not exist on {settings.bootstrap_servers}: run tgwire topics create"
            )
    return {names[name]: each for name, each in found.items()}


def _hex(topic_id: object) -> str:
    if topic_id is None:
        return ""
    number = topic_id if isinstance(topic_id, UUID) else UUID(str(topic_id))
    return number.hex if number.int else ""


def _starts(admin: Any, name: str, numbers: Mapping[int, int]) -> dict[int, int]:  # noqa: ANN401 - untyped
    found = admin.list_partition_offsets({TopicPartition(name, number): OffsetSpec.EARLIEST for number in numbers})
    return {tp.partition: answer.offset for tp, answer in found.items()}


def _configs(admin: Any, names: list[str]) -> Mapping[str, Mapping[str, Any]]:  # noqa: ANN401 - untyped
    """Settings by topic, as far as the cluster reports them; none from a cluster that refuses."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    try:
        answer = admin.describe_configs(resources, config_filter="all")
    except (errors.AuthorizationError, errors.UnsupportedVersionError):
        return {}
    return dict(answer.get("topic", {}))


def _delete_retention_ms(config: Mapping[str, Any]) -> int | None:
    policy, kept = config.get("cleanup.policy"), config.get("delete.retention.ms")
    if policy is None or kept is None or "compact" not in str(policy["value"]):
        return None
    return int(kept["value"])

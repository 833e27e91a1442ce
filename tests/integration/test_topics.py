"""Topics on a real cluster."""

import pytest

from schemas.config import KafkaSettings
from schemas.topics import NORMALIZED, RAW_LIVE, TOPICS
from tgwire.broker import EngineName
from tgwire.cluster import admin_client
from tgwire.topics import Drift, create_topics, delete_topics, verify_topics

pytestmark = pytest.mark.integration


def test_creates_what_is_missing_and_leaves_the_rest(kafka_settings: KafkaSettings) -> None:
    assert {check.state for check in verify_topics(kafka_settings)} == {"missing"}
    first = create_topics(kafka_settings)
    again = create_topics(kafka_settings)
    names = tuple(kafka_settings.topic_prefix + topic.name for topic in TOPICS)
    assert (first.created, first.existing) == (names, ())
    assert (again.created, again.existing) == ((), names)
    delete_topics(kafka_settings)


def test_fresh_topics_are_as_needed(kafka_settings: KafkaSettings, topics: dict[str, str]) -> None:
    checks = verify_topics(kafka_settings)
    assert [check.topic for check in checks] == list(TOPICS)
    assert [(check.name, check.state, check.drifts) for check in checks] == [
        (name, "ok", ()) for name in topics.values()
    ]


def test_drift_is_named(kafka_settings: KafkaSettings, kafka_engine: EngineName) -> None:
    prefix = kafka_settings.topic_prefix
    with admin_client(kafka_settings) as admin:
        admin.create_topics(
            {
                prefix + RAW_LIVE.name: {"num_partitions": 2, "configs": RAW_LIVE.config()},
                prefix + NORMALIZED.name: {"num_partitions": 6, "configs": {"cleanup.policy": "delete"}},
            },
            wait_for_metadata=True,
        )
    checks = {check.topic: check for check in verify_topics(kafka_settings)}
    assert checks[RAW_LIVE].drifts == (Drift("partitions", "6", "2"),)
    assert Drift("cleanup.policy", "compact", "delete") in checks[NORMALIZED].drifts
    # Apache reports a default for what was never set; Tansu reports nothing, and so nothing is claimed.
    unknown = () if kafka_engine == "apache" else ("max.message.bytes", "message.timestamp.type")
    assert checks[NORMALIZED].not_checked == unknown

"""Topics on a real cluster."""

from collections.abc import Callable, Iterator

import pytest

from processors.errors import TopicMismatchError
from processors.stream.process.preflight import inspect_cluster
from runtime.kafka.admin import admin_client
from runtime.kafka.topics import Drift, create_topics, delete_topics, verify_topics
from runtime.settings.kafka import KafkaSettings
from schemas.topics import NORMALIZED, QUOTES, RAW_BACKFILL, RAW_LIVE, RETIRED, TOPICS, Topic
from tgwire.local_broker import EngineName

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
    never_set = tuple(name for name in NORMALIZED.config() if name != "cleanup.policy")
    unknown = () if kafka_engine == "apache" else never_set
    assert checks[NORMALIZED].not_checked == unknown


def test_new_topics_of_channels_get_as_many_partitions_as_the_raw_ones_have(kafka_settings: KafkaSettings) -> None:
    prefix = kafka_settings.topic_prefix
    old = {prefix + topic.name: {"num_partitions": 4, "configs": topic.config()} for topic in (RAW_LIVE, RAW_BACKFILL)}
    with admin_client(kafka_settings) as admin:
        admin.create_topics(old, wait_for_metadata=True)
        create_topics(kafka_settings)
        try:
            described = admin.describe_topics([prefix + topic.name for topic in TOPICS])
            counts = {each["name"].removeprefix(prefix): len(each["partitions"]) for each in described}
            of_channels = {topic.name for topic in TOPICS if topic.is_by_channel}
            assert {name: counts[name] for name in of_channels} == dict.fromkeys(of_channels, 4)
            assert (counts["posts.fingerprints.1"], counts["dead-letters"]) == (6, 1)
            checks = {check.topic: check for check in verify_topics(kafka_settings)}
            assert [topic.name for topic, check in checks.items() if topic and check.drifts] == [RAW_LIVE.name]
        finally:
            delete_topics(kafka_settings)


Recreate = Callable[..., None]


@pytest.fixture
def recreate(kafka_settings: KafkaSettings) -> Iterator[Recreate]:
    """Makes all topics, one of them with other settings."""

    def make(other: Topic, **changes: object) -> None:
        wanted = {topic: {"num_partitions": topic.partitions, "configs": topic.config()} for topic in TOPICS}
        wanted[other] |= changes
        with admin_client(kafka_settings) as admin:
            admin.create_topics(
                {kafka_settings.topic_prefix + topic.name: creation for topic, creation in wanted.items()},
                wait_for_metadata=True,
            )

    yield make
    delete_topics(kafka_settings)


@pytest.mark.parametrize("topic", [RAW_BACKFILL, NORMALIZED, QUOTES], ids=lambda topic: topic.name)
async def test_a_worker_refuses_topics_of_a_channel_with_unequal_partitions(
    kafka_settings: KafkaSettings, recreate: Recreate, topic: Topic
) -> None:
    """The states of a post would be in one place, and its records in another."""
    recreate(topic, num_partitions=3)
    prefix = kafka_settings.topic_prefix
    with pytest.raises(TopicMismatchError) as refused:
        await inspect_cluster(kafka_settings)
    assert str(refused.value) == (
        f"{prefix}{topic.name} has 3 partitions, but {prefix}posts.raw.live has 6: they must be equal"
    )


@pytest.mark.parametrize("topic", [RAW_LIVE, RAW_BACKFILL], ids=lambda topic: topic.name)
async def test_a_worker_refuses_a_raw_topic_that_is_compacted(
    kafka_settings: KafkaSettings, recreate: Recreate, topic: Topic, apache: None
) -> None:
    recreate(topic, configs={"cleanup.policy": "compact"})
    with pytest.raises(TopicMismatchError, match=f"{topic.name} is compacted, and would lose posts"):
        await inspect_cluster(kafka_settings)


@pytest.mark.usefixtures("topics")
def test_topics_of_earlier_versions_are_named(kafka_settings: KafkaSettings) -> None:
    names = sorted(kafka_settings.topic_prefix + name for name in RETIRED)
    with admin_client(kafka_settings) as admin:
        admin.create_topics({name: {"num_partitions": 1} for name in names}, wait_for_metadata=True)
        try:
            left = [check for check in verify_topics(kafka_settings) if check.topic is None]
            assert [(check.name, check.state) for check in left] == [(name, "left over") for name in names]
        finally:
            admin.delete_topics(names)

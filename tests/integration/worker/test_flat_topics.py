"""The flat topics over a real broker: each has the rows of its source topic, through edits, deletions and a kill."""

import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest
from prometheus_client import CollectorRegistry

from benchmarks.generator import generate
from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from processors.errors import TopicMismatchError
from processors.stream.process.preflight import inspect_cluster
from runtime.kafka.admin import admin_client
from runtime.kafka.errors import TopicMissingError
from runtime.kafka.group_lag import group_lag
from runtime.kafka.topic_reader import StoredRecord, end_offsets, read_topic
from runtime.kafka.topics import create_topics, delete_topics, verify_topics
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import Lane, RawPost
from schemas.topics import ALL_TOPICS, FLAT_TOPICS, NORMALIZED, POSTS_FLAT, TOPICS
from tests.support.flat_rows import SOURCES, expected, fold, without_json
from tests.support.patience import DEADLINE_S, KAFKA_POLL_S
from tests.support.warm_process import worker_process

BY_NAME = {topic.name: topic for topic in ALL_TOPICS}

pytestmark = pytest.mark.integration


@pytest.fixture
def flat_topics(kafka_settings: KafkaSettings) -> Iterator[None]:
    create_topics(kafka_settings, flat=True)
    yield
    delete_topics(kafka_settings)


LIST = """Foreign press on the harbour:

🔹 The Financial Times notes that trade "will need weeks" to recover.
🔹 Reuters reports that the first ferry sails on Sunday.
🔹 Le Monde writes that the port authority was warned."""


def stories(seed: int) -> list[RawPost]:
    """Posts, copies and media-quote lists; then edits, deletions, and a return."""
    posts = list(generate(250, seed))
    posts[2:12] = [post.model_copy(update={"text": LIST, "entities": ()}) for post in posts[2:12]]
    edits = [_later(post, 1, text=f"{post.text}\n\nUPD: it was closed again.") for post in posts[::5]]
    deletions = [_later(post, 2, text="", is_deleted=True, entities=(), media=()) for post in posts[::7]]
    return [*posts, *edits, *deletions, _later(posts[0], 3), *(_later(post, 1, text="Short.") for post in posts[1:9])]


def _later(post: RawPost, hours: int, **changes: object) -> RawPost:
    return post.model_copy(update={"order": (1_900_000_000 + hours * 3600) * 1_000_000, "lane": Lane.LIVE, **changes})


def publish(settings: Settings, posts: list[RawPost]) -> None:
    with KafkaPublisher(settings.kafka, IngestSettings(), IngestMetrics(CollectorRegistry())) as publisher:
        for post in posts:
            publisher.publish(post)
        publisher.flush()


def await_idle(settings: Settings, worker: "Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while any(group_lag(settings.kafka, settings.worker.group).values()):
        assert worker.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(KAFKA_POLL_S)  # a poll, not a hope: the deadline above ends it


def records(settings: Settings, topic: str) -> list[StoredRecord]:
    return list(read_topic(settings.kafka, BY_NAME[topic]))


@pytest.mark.usefixtures("flat_topics")
def test_the_flat_topics_have_the_rows_of_their_sources(
    kafka_settings: KafkaSettings, session_s: float, tmp_path: Path
) -> None:
    worker = WorkerSettings(
        group=kafka_settings.topic_prefix + "group",
        data_dir=tmp_path / "worker",
        flat=True,
        session_timeout_s=session_s,
    )
    settings = Settings(kafka=kafka_settings, worker=worker)
    # The next worker waits until the session of the killed one is over. A busy machine may end that one first.
    short_lived = settings.model_copy(update={"worker": worker.model_copy(update={"session_timeout_s": 6.0})})
    log = tmp_path / "worker.log"
    posts = stories(11)
    with worker_process(short_lived, log) as running:
        publish(settings, posts[:200])
        deadline = time.monotonic() + DEADLINE_S
        while running.poll() is None and not sum(end_offsets(kafka_settings, NORMALIZED).values()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        running.kill()
        running.wait()
    with worker_process(settings, log) as running:
        publish(settings, posts[200:])
        await_idle(settings, running, log)
    for flat, source in SOURCES.items():
        found, made_of = records(settings, flat), records(settings, source)
        rows = {key: without_json(row) for key, row in fold((each.key, each.value) for each in found).items()}
        assert rows == expected(flat, fold((each.key, each.value) for each in made_of)), flat
        assert rows, flat
        places = {each.key: each.partition for each in made_of}
        assert all(places[each.key] == each.partition for each in found), f"{flat} is partitioned like {source}"
        assert any(each.value is None for each in found), f"{flat} has rows that were removed"


@pytest.mark.usefixtures("topics")
async def test_a_worker_that_is_to_write_them_misses_them_at_the_start(kafka_settings: KafkaSettings) -> None:
    assert not (await inspect_cluster(kafka_settings)).has_flat
    with pytest.raises(TopicMissingError, match=r"posts\.flat.*run: tgwire topics create"):
        await inspect_cluster(kafka_settings, flat=True)
    assert {check.state for check in verify_topics(kafka_settings)} == {"ok"}
    missing = [check.topic for check in verify_topics(kafka_settings, flat=True) if check.state == "missing"]
    assert missing == list(FLAT_TOPICS)
    created = create_topics(kafka_settings, flat=True)
    assert created.created == tuple(kafka_settings.topic_prefix + topic.name for topic in FLAT_TOPICS)
    assert (await inspect_cluster(kafka_settings, flat=True)).has_flat


async def test_they_need_as_many_partitions_as_the_raw_topics(kafka_settings: KafkaSettings) -> None:
    prefix = kafka_settings.topic_prefix
    with admin_client(kafka_settings) as admin:
        admin.create_topics(
            {prefix + POSTS_FLAT.name: {"num_partitions": 2, "configs": POSTS_FLAT.config()}}, wait_for_metadata=True
        )
    create_topics(kafka_settings, flat=True)
    try:
        with pytest.raises(TopicMismatchError, match=r"posts\.flat has 2 partitions, but .*posts\.raw\.live has 6"):
            await inspect_cluster(kafka_settings, flat=True)
    finally:
        delete_topics(kafka_settings)
    assert {topic.name for topic in TOPICS}.isdisjoint(topic.name for topic in FLAT_TOPICS)

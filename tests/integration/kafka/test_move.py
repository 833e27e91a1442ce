"""``tgwire move`` over real brokers: what is in the topics, and where workers, sink and collector go on."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ingest.ledger.ledger import Ledger
from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from runtime.kafka.group_lag import group_lag
from runtime.kafka.topic_reader import read_topic
from runtime.kafka.topic_survey import survey_topics
from runtime.kafka.topics import delete_topics
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import Lane
from schemas.topics import DUPLICATES, FINGERPRINTS, NORMALIZED, STATES
from sinks.contract import Partition
from sinks.store.sink import StoreSink
from tests.support.store.raw_states import raw_states
from tests.support.store.stores import sqlite_store
from tgwire.embedded.opening import StorePublishers
from tgwire.errors import MoveError
from tgwire.move.moving import move_to_kafka

pytestmark = pytest.mark.integration


def fill(settings: Settings, url: str) -> set[bytes]:
    """Some posts without Kafka, and a ledger that knows of them; their keys."""
    posts = list(raw_states(9, 80))
    with StorePublishers(settings, url, IngestMetrics(CollectorRegistry())).open() as publisher:
        for post in posts:
            publisher.publish(post)
        publisher.flush()
        place = publisher.destination(Lane.LIVE)
    with Ledger(settings.ingest.state_dir, place) as ledger:
        ledger.start(7, 100)
    return {f"tg:{post.channel.id}:{post.message_id}".encode() for post in posts}


def move(settings: Settings, url: str) -> dict[str, int]:
    return move_to_kafka(settings, url, lambda *_: None, lambda _: None)


def test_a_store_is_moved_to_empty_topics_and_everybody_goes_on(tmp_path: Path, kafka_settings: KafkaSettings) -> None:
    settings = Settings(
        kafka=kafka_settings,
        ingest=IngestSettings(state_dir=tmp_path / "state"),
        worker=WorkerSettings(group=f"{kafka_settings.topic_prefix}workers"),
    )
    url, other = f"sqlite:{tmp_path / 'tgwire.db'}", f"sqlite:{tmp_path / 'other.db'}"
    keys = fill(settings, url)
    try:
        rows = move(settings, url)
        assert rows["posts"] + rows["deletions"] == len(keys)
        found = {
            topic: list(read_topic(kafka_settings, topic)) for topic in (NORMALIZED, STATES, DUPLICATES, FINGERPRINTS)
        }
        assert {record.key for record in found[NORMALIZED]} == keys
        assert {(record.key, record.partition) for record in found[STATES]} == {
            (record.key, record.partition) for record in found[NORMALIZED]
        }
        assert len(found[DUPLICATES]) > 3
        assert len(found[FINGERPRINTS]) > 0
        assert group_lag(kafka_settings, settings.worker.group, [FINGERPRINTS]) == {FINGERPRINTS.name: 0}
        with KafkaPublisher(kafka_settings, settings.ingest, IngestMetrics(CollectorRegistry())) as publisher:
            place = publisher.destination(Lane.LIVE)
        with Ledger(settings.ingest.state_dir, place) as ledger:
            assert (ledger.is_new, ledger.notice) == (False, None)
        sink = StoreSink(sqlite_store(tmp_path / "tgwire.db"))
        surveys = survey_topics(kafka_settings, [NORMALIZED])
        partitions = {
            Partition(each.topic.name, each.topic_id, number): end
            for each in surveys
            for number, end in each.ends.items()
        }
        assert {each: position.offset for each, position in sink.open(list(partitions)).items()} == partitions
        sink.close()
        fill(settings, other)
        with pytest.raises(MoveError, match="a store is moved to empty topics, and these are not"):
            move(settings, other)
    finally:
        delete_topics(kafka_settings)

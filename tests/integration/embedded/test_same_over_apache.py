"""A store over Apache Kafka, worker and sink holds what one without Kafka does, also when it was moved on the way."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from runtime.kafka.topics import create_topics, delete_topics
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import RawPost
from sinks.store.database import closing
from tests.integration.sinks.test_sinks import once
from tests.integration.worker.test_same_records import await_idle
from tests.support.store.contents import contents
from tests.support.store.mixed_stream import mixed_stream
from tests.support.store.stores import check_words, clusters, sqlite_store
from tests.support.warm_process import worker_process
from tgwire.embedded.opening import StorePublishers
from tgwire.move.moving import move_to_kafka

STATES, MOVED_AFTER = 4000, 2000
STORE = "tgwire.db"

pytestmark = [pytest.mark.integration, pytest.mark.parametrize("kafka_engine", ["apache"], indirect=True)]


class Site:
    """A folder with a store, and topics of its own."""

    def __init__(self, folder: Path, kafka: KafkaSettings, session_s: float) -> None:
        folder.mkdir()
        self.folder, self._log = folder, folder / "worker.log"
        self.kafka = kafka.model_copy(update={"topic_prefix": f"{kafka.topic_prefix}{folder.name}."})
        self.settings = Settings(
            kafka=self.kafka,
            ingest=IngestSettings(state_dir=folder / "state"),
            worker=WorkerSettings(
                group=f"{self.kafka.topic_prefix}group", data_dir=folder / "worker", session_timeout_s=session_s
            ),
        )
        self.url = f"sqlite:{folder / 'state' / STORE}"

    def fill(self, posts: Sequence[RawPost]) -> None:
        """Without Kafka."""
        publishers = StorePublishers(self.settings, self.url, IngestMetrics(CollectorRegistry()))
        with publishers.open() as publisher:
            for post in posts:
                publisher.publish(post)
            publisher.flush()

    @contextmanager
    def working(self) -> Iterator[None]:
        """A worker that has handled all that was sent at the end."""
        with worker_process(self.settings, self._log) as worker:
            yield
            await_idle(self.settings, worker, self._log)

    def send(self, posts: Sequence[RawPost]) -> None:
        with KafkaPublisher(self.kafka, self.settings.ingest, IngestMetrics(CollectorRegistry())) as publisher:
            for post in posts:
                publisher.publish(post)
            publisher.flush()

    def sink(self) -> None:
        """Let the sink write what the topics have."""
        code, log = once(self.kafka, self.folder, "store")
        assert code == 0, log

    def holds(self) -> dict[str, object]:
        """By table. Which of several earlier copies a link names depends on the order over channels, but no story."""
        with closing(sqlite_store(self.folder / "state" / STORE)()) as database:
            check_words(database)
            rows = contents(database)
            copies = {key for key, target, *_ in rows["links"] if target is not None}
            with database.reading() as reader:
                return rows | {"links": copies, "clusters": clusters(reader)}


def test_without_kafka_over_it_and_moved_to_it_a_store_ends_the_same(
    tmp_path: Path, kafka_settings: KafkaSettings, session_s: float
) -> None:
    embedded, over_kafka, moved = (
        Site(tmp_path / name, kafka_settings, session_s) for name in ("embedded", "kafka", "moved")
    )
    posts = mixed_stream(1, STATES)
    create_topics(over_kafka.kafka)
    try:
        over_kafka.send(posts)
        with over_kafka.working():
            embedded.fill(posts)
            moved.fill(posts[:MOVED_AFTER])
            move_to_kafka(moved.settings, moved.url, lambda *_: None, lambda _: None)
        moved.send(posts[MOVED_AFTER:])
        with moved.working():
            over_kafka.sink()
        moved.sink()
        expected = embedded.holds()
        for site in (over_kafka, moved):
            found = site.holds()
            assert [table for table in expected if expected[table] != found[table]] == []
    finally:
        for site in (over_kafka, moved):
            delete_topics(site.kafka)

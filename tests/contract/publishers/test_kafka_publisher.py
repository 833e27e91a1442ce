"""The publisher to Kafka: the suite of all publishers, and what happens when brokers misbehave."""

import io
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kafka.admin import KafkaAdminClient, NewTopic
from prometheus_client import CollectorRegistry

from ingest.errors import DeliveryRefusedError, DeliveryTimeoutError, PublishStoppedError
from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from ingest.replay.cursors import Cursors
from ingest.replay.engine import Replay
from ingest.sources import ReadOptions, Source, open_sources
from runtime.kafka.admin import admin_client
from runtime.kafka.connection import connect
from runtime.kafka.errors import BrokerUnavailableError, KafkaSettingsError, PublishTopicMissingError
from runtime.kafka.topic_reader import read_topic
from runtime.kafka.topics import create_topics
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from schemas import Lane, RawPost
from schemas.topics import CHANNEL_STATES, COUNTERS, RAW_BACKFILL, RAW_LIVE, Topic, raw_topic
from tests.contract.publishers.publisher_contract import PublisherContract, channel_state, raw_post
from tests.support.patience import DEADLINE_S
from tgwire.local_broker import EngineName, start_broker


def _metrics() -> IngestMetrics:
    return IngestMetrics(CollectorRegistry())


def _consume(settings: KafkaSettings, topic: Topic) -> list[tuple[bytes, bytes]]:
    """Key and value of all records of a topic, each partition in order."""
    return [(record.key or b"", record.value or b"") for record in read_topic(settings, topic)]


@dataclass(frozen=True)
class KafkaPlace:
    """The topics of a cluster."""

    settings: KafkaSettings

    def make(self) -> KafkaPublisher:
        return KafkaPublisher(self.settings, IngestSettings(max_in_flight=7, linger_ms=1), _metrics())

    def posts(self, lane: Lane) -> list[tuple[bytes, bytes]]:
        return _consume(self.settings, raw_topic(lane))

    def counters(self) -> list[tuple[bytes, bytes]]:
        return _consume(self.settings, COUNTERS)

    def states(self) -> dict[bytes, bytes | None]:
        return {each.key or b"": each.value for each in read_topic(self.settings, CHANNEL_STATES)}


@pytest.mark.integration
class TestKafkaPublisher(PublisherContract):
    """Over each broker."""

    @pytest.fixture
    def place(self, kafka_settings: KafkaSettings, topics: dict[str, str]) -> KafkaPlace:
        return KafkaPlace(kafka_settings)

    def test_the_state_of_a_channel_is_on_the_partition_number_of_its_posts(
        self, publisher: KafkaPublisher, kafka_settings: KafkaSettings
    ) -> None:
        for channel in range(1, 30):
            publisher.publish(raw_post(1, channel=channel))
            publisher.publish_state(channel, channel_state(channel))
        publisher.flush()
        places = [
            {each.key: each.partition for each in read_topic(kafka_settings, topic)}
            for topic in (RAW_BACKFILL, CHANNEL_STATES)
        ]
        assert places[0] == places[1]
        assert len(set(places[0].values())) == 6


@pytest.mark.integration
def test_a_destination_outlives_the_publisher_but_not_the_topic(
    kafka_settings: KafkaSettings, topics: dict[str, str]
) -> None:
    def destination() -> str:
        with KafkaPublisher(kafka_settings, IngestSettings(), _metrics()) as publisher:
            return publisher.destination(Lane.LIVE)

    first = destination()
    assert destination() == first
    admin = connect(KafkaAdminClient, kafka_settings)
    admin.delete_topics([topics[RAW_LIVE.name]])
    deadline = time.monotonic() + DEADLINE_S
    while admin.describe_topics([topics[RAW_LIVE.name]])[0]["error_code"] == 0:
        assert time.monotonic() < deadline
    admin.create_topics([NewTopic(topics[RAW_LIVE.name], 1, 1)])
    admin.wait_for_topics([topics[RAW_LIVE.name]])
    admin.close()
    assert destination() != first


@pytest.mark.integration
def test_a_missing_topic_is_reported_at_once(kafka_settings: KafkaSettings) -> None:
    patient = kafka_settings.model_copy(update={"request_timeout_s": 600.0})  # for so long a producer looks for it
    started = time.monotonic()
    with pytest.raises(PublishTopicMissingError, match=r"posts\.raw\.live does not exist.*tgwire topics create"):
        KafkaPublisher(patient, IngestSettings(), _metrics())
    assert time.monotonic() - started < DEADLINE_S


@pytest.mark.integration
def test_a_collector_misses_its_other_topics_at_the_start(kafka_settings: KafkaSettings) -> None:
    names = [kafka_settings.topic_prefix + topic.name for topic in (RAW_LIVE, RAW_BACKFILL)]
    with admin_client(kafka_settings) as admin:
        admin.create_topics({name: {"num_partitions": 1} for name in names}, wait_for_metadata=True)
    KafkaPublisher(kafka_settings, IngestSettings(), _metrics()).close()  # a replay needs no more
    with pytest.raises(PublishTopicMissingError, match=r"channels\.state does not exist.*tgwire topics create"):
        KafkaPublisher(kafka_settings, IngestSettings(), _metrics(), also=[CHANNEL_STATES])


@pytest.mark.integration
@pytest.mark.parametrize("kafka_engine", ["apache"], indirect=True)
def test_a_topic_that_takes_less_than_a_post_is_reported(kafka_settings: KafkaSettings) -> None:
    admin = connect(KafkaAdminClient, kafka_settings)
    small = {"max.message.bytes": "1000"}
    names = [kafka_settings.topic_prefix + topic.name for topic in (RAW_LIVE, RAW_BACKFILL)]
    admin.create_topics([NewTopic(name, 1, 1, topic_configs=small) for name in names])
    admin.wait_for_topics(names)
    admin.close()
    metrics = _metrics()
    with KafkaPublisher(kafka_settings, IngestSettings(compression="none"), metrics) as publisher:
        delivery = publisher.publish(raw_post(1, "x" * 5000))
        publisher.flush()
        assert isinstance(delivery.error, DeliveryRefusedError)
        assert "max.message.bytes" in str(delivery.error)
        with pytest.raises(DeliveryRefusedError):
            publisher.publish(raw_post(2))
    assert metrics.publish_errors.labels("refused")._value.get() == 1


@pytest.mark.integration
def test_a_codec_whose_library_is_missing_is_reported(
    kafka_settings: KafkaSettings, topics: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    codecs: dict[str | None, Any] = {"lz4": (lambda: False, 3)}
    monkeypatch.setattr("ingest.publish.kafka.KafkaProducer._COMPRESSORS", codecs)
    with pytest.raises(KafkaSettingsError, match="lz4"):
        KafkaPublisher(kafka_settings, IngestSettings(), _metrics())


@pytest.mark.integration
def test_a_broker_that_dies_ends_a_replay_in_time_and_nothing_is_lost(tmp_path: Path) -> None:
    seeds = _write_lines(tmp_path, 400)
    with start_broker("tansu") as broker, Cursors(tmp_path / "state") as cursors:
        create_topics(broker.settings())
        settings = broker.settings(KafkaSettings(request_timeout_s=10))
        ingest = IngestSettings(delivery_timeout_s=15, max_in_flight=20, linger_ms=1)
        metrics = _metrics()
        with KafkaPublisher(settings, ingest, metrics) as publisher:

            def kill(progress: object) -> None:
                if replay.summary.read == 200 and broker.is_running:
                    broker.kill()

            replay = Replay(publisher, cursors, metrics, Lane.BACKFILL, on_progress=kill)
            started = time.monotonic()
            with pytest.raises((DeliveryTimeoutError, BrokerUnavailableError)):
                replay.run(_sources(seeds))
        assert time.monotonic() - started < DEADLINE_S
        position = cursors.get(str(seeds), publisher.destination(Lane.BACKFILL))
        assert position is not None
        assert 100 < position.published == replay.summary.published <= 200


@pytest.mark.integration
@pytest.mark.parametrize("kafka_engine", ["apache"], indirect=True)
def test_a_broker_that_comes_back_is_waited_for(kafka_engine: EngineName, tmp_path: Path) -> None:
    seeds = _write_lines(tmp_path, 2000)
    with start_broker(kafka_engine) as broker, Cursors(tmp_path / "state") as cursors, ThreadPoolExecutor() as pool:
        settings = broker.settings(KafkaSettings(request_timeout_s=20))
        create_topics(settings)
        restarts: list[Future[None]] = []

        def kill(progress: object) -> None:
            if replay.summary.read == 1000:
                broker.kill()
                restarts.append(pool.submit(broker.start))

        with KafkaPublisher(
            settings, IngestSettings(max_in_flight=50, linger_ms=1, delivery_timeout_s=DEADLINE_S), _metrics()
        ) as publisher:
            replay = Replay(publisher, cursors, _metrics(), Lane.BACKFILL, on_progress=kill)
            assert replay.run(_sources(seeds)).published == 2000
        for restart in restarts:
            restart.result()
        assert set(_ids(settings)) == set(range(1, 2001))


@pytest.mark.integration
def test_a_stop_ends_the_wait_for_a_broker_that_is_gone() -> None:
    with start_broker("tansu") as broker:
        settings = broker.settings()
        create_topics(settings)
        with KafkaPublisher(
            settings, IngestSettings(max_in_flight=1, delivery_timeout_s=600.0), _metrics()
        ) as publisher:
            publisher.publish(raw_post(1))
            publisher.flush()
            broker.kill()
            publisher.publish(raw_post(2))
            publisher.stop()
            started = time.monotonic()
            with pytest.raises(PublishStoppedError):
                publisher.publish(raw_post(3))
            assert time.monotonic() - started < DEADLINE_S  # half of the time for a delivery


@pytest.mark.integration
def test_a_stopped_replay_resumes_without_loss_or_repeats(
    kafka_settings: KafkaSettings, topics: dict[str, str], tmp_path: Path
) -> None:
    seeds = _write_lines(tmp_path, 2000)
    metrics = _metrics()
    for stop_at in (700, 1500, None):
        with (
            KafkaPublisher(kafka_settings, IngestSettings(linger_ms=1, max_in_flight=200), metrics) as publisher,
            Cursors(tmp_path / "state") as cursors,
        ):

            def stop(progress: object) -> None:
                if stop_at is not None and replay.summary.read + replay.summary.skipped == stop_at:  # noqa: B023
                    replay.stop()  # noqa: B023

            replay = Replay(publisher, cursors, metrics, Lane.BACKFILL, on_progress=stop)
            assert replay.run(_sources(seeds)).is_complete == (stop_at is None)
    assert _ids(kafka_settings) == Counter(range(1, 2001))
    assert metrics.published_posts.labels("backfill")._value.get() == 2000
    assert metrics.publish_in_flight._value.get() == 0


KILLED = """
import io, os, sys
from pathlib import Path
from prometheus_client import CollectorRegistry
from ingest.publish.metrics import IngestMetrics
from ingest.replay.cursors import Cursors
from ingest.publish.kafka import KafkaPublisher
from ingest.replay.engine import Replay
from ingest.sources import ReadOptions, open_sources
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from schemas import Lane

def kill(progress):
    if progress.summary.published >= 1000:
        os.kill(os.getpid(), 9)

metrics = IngestMetrics(CollectorRegistry())
kafka, ingest = KafkaSettings.model_validate_json(sys.argv[3]), IngestSettings(linger_ms=1, max_in_flight=200)
with (
    KafkaPublisher(kafka, ingest, metrics) as publisher,
    Cursors(Path(sys.argv[2])) as cursors,
):
    replay = Replay(publisher, cursors, metrics, Lane.BACKFILL, on_progress=kill)
    replay.run(open_sources(sys.argv[1], ReadOptions(), io.BytesIO()).sources)
"""


@pytest.mark.integration
def test_a_killed_replay_resumes_without_loss(
    kafka_settings: KafkaSettings, topics: dict[str, str], tmp_path: Path
) -> None:
    seeds, state = _write_lines(tmp_path, 3000), tmp_path / "state"
    arguments = [str(seeds), str(state), kafka_settings.model_dump_json()]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False, timeout=DEADLINE_S)
    assert killed.returncode == -9
    with KafkaPublisher(kafka_settings, IngestSettings(), _metrics()) as publisher, Cursors(state) as cursors:
        summary = Replay(publisher, cursors, _metrics(), Lane.BACKFILL).run(_sources(seeds))
    assert summary.is_complete
    ids = _ids(kafka_settings)
    assert set(ids) == set(range(1, 3001))
    assert all(number > summary.skipped for number, times in ids.items() if times > 1)


def _write_lines(folder: Path, count: int) -> Path:
    path = folder / "seeds.jsonl"
    with path.open("w") as file:
        for number in range(1, count + 1):
            file.write(f'{{"channel_id": {number % 5 + 1}, "message_id": {number}, "text": "post {number}"}}\n')
    return path


def _sources(path: Path) -> list[Source]:
    return open_sources(path, ReadOptions(), io.BytesIO()).sources


def _ids(settings: KafkaSettings) -> Counter[int]:
    return Counter(
        RawPost.model_validate_json(value).message_id for _, value in _consume(settings, raw_topic(Lane.BACKFILL))
    )

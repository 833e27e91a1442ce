"""The pure core without Kafka and the worker over a real broker give equal records."""

import io
import time
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

import pytest
from prometheus_client import CollectorRegistry

from benchmarks.generator import generate
from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from ingest.sources import ReadOptions, open_sources
from processors.core.routing import direct_outputs
from processors.in_process import DirectPipeline
from processors.loading import load_analyzer
from runtime.kafka.group_lag import group_lag
from runtime.kafka.topic_reader import end_offsets, read_topic
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import NormalizedPost, RawPost
from schemas.topics import CITATIONS, DUPLICATES, NORMALIZED, QUOTES, Topic
from tests.support.patience import DEADLINE_S, KAFKA_POLL_S
from tests.support.project import ROOT
from tests.support.warm_process import worker_process

SEEDS = ROOT / "seeds"

pytestmark = pytest.mark.integration

EndState = dict[Topic, dict[bytes, bytes | None]]


def of_one_channel(posts: list[RawPost]) -> list[RawPost]:
    """The posts in one channel, and so in one order, whatever the broker does."""
    channel = posts[0].channel
    return [
        post.model_copy(update={"channel": channel, "message_id": number}) for number, post in enumerate(posts, start=1)
    ]


def seed_posts() -> list[RawPost]:
    sources = open_sources(SEEDS, ReadOptions(), io.BytesIO()).sources
    entries = [item.entry for source in sources for item in source.read()]
    return [entry for entry in entries if isinstance(entry, RawPost)]


def direct(posts: list[RawPost]) -> EndState:
    pipeline = DirectPipeline(load_analyzer())
    state: EndState = {NORMALIZED: {}, QUOTES: {}, CITATIONS: {}, DUPLICATES: {}}
    for post in posts:
        for output in direct_outputs(pipeline.process(post)):
            record = output.record
            if isinstance(record, NormalizedPost):
                record = record.model_copy(update={"duplicate": None})  # in the stream posts.duplicates alone has it
            value = None if record is None else record.model_dump_json().encode()
            state[output.topic][output.key.encode()] = value
    return state


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


def end_state(kafka: KafkaSettings) -> EndState:
    return {
        topic: {record.key or b"": record.value for record in read_topic(kafka, topic)}
        for topic in (NORMALIZED, QUOTES, CITATIONS, DUPLICATES)
    }


@pytest.mark.usefixtures("topics")
def test_records_are_equal_byte_for_byte(kafka_settings: KafkaSettings, session_s: float, tmp_path: Path) -> None:
    posts = of_one_channel([*seed_posts(), *generate(300, seed=7)])
    # An edit, and the same post seen by a second account.
    posts += [posts[3].model_copy(update={"text": posts[3].text + " Updated."}), posts[4]]
    cites = "The harbour stays closed, Reuters reports. The ferry is full, according to Bloomberg."
    posts.append(posts[6].model_copy(update={"text": cites, "message_id": 9_001}))
    fewer = {"text": cites.partition(" The ferry")[0], "edited_at": datetime(2026, 11, 1, tzinfo=UTC)}
    posts.append(posts[-1].model_copy(update=fewer))
    of_worker = WorkerSettings(
        group=kafka_settings.topic_prefix + "group", data_dir=tmp_path / "worker", session_timeout_s=session_s
    )
    settings = Settings(kafka=kafka_settings, worker=of_worker)
    log = tmp_path / "worker.log"

    with worker_process(settings, log) as worker:
        publish(settings, posts)
        await_idle(settings, worker, log)
        streamed = end_state(kafka_settings)
        ends = end_offsets(kafka_settings, NORMALIZED)
        publish(settings, posts[5:25])
        await_idle(settings, worker, log)
        again = end_offsets(kafka_settings, NORMALIZED)
        assert sum(again.values()) == sum(ends.values()) + 20, "posts that are seen again are sent again"
        assert end_state(kafka_settings) == streamed, "and change nothing"

    assert streamed == direct(posts)
    assert streamed[QUOTES], "the seeds hold quotes"
    cited = {
        key: value is not None for key, value in streamed[CITATIONS].items() if key.endswith((b":9001:0", b":9001:1"))
    }
    assert sorted(cited.values()) == [False, True], "the edit withdraws its second citation"
    assert streamed[DUPLICATES], "the seeds hold a repost"

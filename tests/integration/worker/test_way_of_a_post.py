"""How many modules a post passes in the worker, from the consumer to the producer."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import Channel, Lane, PostSource, RawPost
from schemas.topics import FINGERPRINTS, RAW_LIVE
from tests.support.patience import DEADLINE_S, KAFKA_POLL_S, SESSION_S
from tests.support.warm_process import environment_of, start
from tgwire.processes.child import stop

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("topics"),
    pytest.mark.parametrize("kafka_engine", ["apache"], indirect=True),  # what is at stake is no matter of the broker
]

MOST_MODULES = 16
"""In each stage."""


def raw_post(message_id: int) -> RawPost:
    return RawPost(
        channel=Channel(id=7001),
        message_id=message_id,
        posted_at=datetime(2026, 5, 4, 12, message_id, tzinfo=UTC),
        text=f"The council agreed on Tuesday to mend bridge number {message_id} before the winter",
        source=PostSource(kind="test"),
        lane=Lane.LIVE,
    )


def test_a_post_passes_few_modules(kafka_settings: KafkaSettings, tmp_path: Path) -> None:
    group = f"{kafka_settings.topic_prefix}group"
    worker = WorkerSettings(group=group, data_dir=tmp_path / "data", session_timeout_s=SESSION_S)
    settings = Settings(kafka=kafka_settings, worker=worker, log=LogSettings(format="json"))
    notes, log = tmp_path / "notes", tmp_path / "log"
    notes.touch()
    with log.open("wb") as err:
        process = start(
            "tests.integration.worker.traced_worker", str(notes), env=environment_of(settings), stdout=err, stderr=err
        )
    try:
        # The first makes what others find ready: tables, an index, connections.
        for message_id in (1, 2):
            publish(kafka_settings, raw_post(message_id))
            lines = wait_for_lines(notes, 2 * message_id, log)
    finally:
        stop(process)
    for _, *modules in lines[2:]:
        assert modules[0] == "processors/stream/faust_app/consumer.py"
        assert len(modules) <= MOST_MODULES, modules
    assert [line[0] for line in lines[2:]] == [RAW_LIVE.name, FINGERPRINTS.name]


def publish(kafka: KafkaSettings, post: RawPost) -> None:
    with KafkaPublisher(kafka, IngestSettings(), IngestMetrics(CollectorRegistry())) as publisher:
        publisher.publish(post)
        publisher.flush()


def wait_for_lines(path: Path, count: int, log: Path) -> list[list[str]]:
    deadline = time.monotonic() + DEADLINE_S
    while len(lines := path.read_text().splitlines()) < count:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(KAFKA_POLL_S)  # a poll, not a hope: the deadline above ends it
    return [json.loads(line) for line in lines]

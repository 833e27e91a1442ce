"""A worker whose broker went away still ends in order, and soon."""

import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from runtime.errors import TgwireError
from runtime.kafka.topics import create_topics
from runtime.run_files import running
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas.topics import NORMALIZED
from tests.integration.kafka.test_outages import command, count, lines, wait_for, wait_until_idle
from tests.integration.worker.test_stream import publish_posts
from tests.support.patience import DEADLINE_S, SESSION_S
from tgwire.local_broker import Broker, EngineName, start_broker

SOON_S = 90.0
"""About 2 s on an idle machine; a worker that waits takes minutes."""

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def started_broker(kafka_engine: EngineName) -> Iterator[Broker]:
    with start_broker(kafka_engine) as running_broker:
        yield running_broker


@pytest.fixture
def broker(started_broker: Broker) -> Iterator[Broker]:
    """It answers, whatever the test before did to it."""
    if not started_broker.is_running:
        started_broker.start()
    yield started_broker
    if started_broker.is_running:
        os.kill(started_broker.pid, signal.SIGCONT)


def has_topics(kafka: KafkaSettings) -> bool:
    """A broker that was stopped for a while takes a moment to be in service again."""
    try:
        create_topics(kafka)
    except TgwireError:
        return False
    return True


@pytest.fixture
def settings(broker: Broker, tmp_path: Path) -> Settings:
    prefix = f"t{uuid.uuid4().hex[:8]}."
    kafka = broker.settings(KafkaSettings(topic_prefix=prefix))
    wait_for(lambda: has_topics(kafka), broker.log_path)
    return Settings(
        kafka=kafka,
        worker=WorkerSettings(group=prefix + "group", data_dir=tmp_path / "worker", session_timeout_s=SESSION_S),
        log=LogSettings(format="json"),
    )


def assert_ends_in_order(worker: "Popen[bytes]", end: signal.Signals, folder: Path, log: Path) -> None:
    assert [file.command for file in running(folder / "state")] == ["worker"]
    began = time.monotonic()
    worker.send_signal(end)
    assert worker.wait(DEADLINE_S) == 0, log.read_text()
    assert time.monotonic() - began < SOON_S, log.read_text()
    assert not list((folder / "state" / "run").glob("*.json"))
    assert "Traceback" not in log.read_text()


def test_a_worker_with_posts_at_work(broker: Broker, settings: Settings, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with command(settings, tmp_path, log, "worker") as worker:
        freeze_at_work(worker, settings, log)
        os.kill(broker.pid, signal.SIGSTOP)
        worker.send_signal(signal.SIGCONT)
        assert_ends_in_order(worker, signal.SIGTERM, tmp_path, log)
    assert any("handled again after the next start" in line["event"] for line in lines(log)), log.read_text()


def freeze_at_work(worker: "Popen[bytes]", settings: Settings, log: Path) -> None:
    """Stop it while posts wait for it: on a busy machine it may have handled them all before anybody looks."""
    published = 0
    while True:
        publish_posts(settings, range(published, published + 10_000))
        wait_for(lambda: count(settings, NORMALIZED) > published + 100, log)  # noqa: B023 - called within the loop
        published += 10_000
        worker.send_signal(signal.SIGSTOP)
        if count(settings, NORMALIZED) < published:
            return
        worker.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("absence", [signal.SIGSTOP, signal.SIGKILL])  # a broker that is killed starts again
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_worker(
    broker: Broker, settings: Settings, tmp_path: Path, absence: signal.Signals, end: signal.Signals
) -> None:
    log = tmp_path / "log"
    publish_posts(settings, range(10))
    with command(settings, tmp_path, log, "worker") as worker:
        wait_until_idle(settings, log, posts=10)
        os.kill(broker.pid, absence)
        if absence is signal.SIGKILL:
            wait_for(lambda: any(line["event"] == "kafka does not answer" for line in lines(log)), log)
        assert_ends_in_order(worker, end, tmp_path, log)

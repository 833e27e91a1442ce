"""A broker that goes away and comes back, and how much is logged of it."""

import json
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runtime.kafka.group_lag import group_lag
from runtime.kafka.topic_reader import end_offsets
from runtime.kafka.topics import create_topics
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas.topics import NORMALIZED, RAW_BACKFILL, Topic
from tests.integration.worker.test_stream import publish_posts
from tests.support.patience import DEADLINE_S, KAFKA_POLL_S, SESSION_S
from tests.support.warm_process import environment_of, start
from tgwire.local_broker import Broker, start_broker

BEGINS, LASTS, ENDS = "kafka does not answer", "kafka still does not answer", "kafka answers again"
FAILS = "connections to kafka still fail"
"""When a connection failed while another was answered already."""

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("apache")]


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with start_broker("apache") as running:
        yield running


@pytest.fixture
def settings(broker: Broker, tmp_path: Path) -> Settings:
    prefix = f"t{uuid.uuid4().hex[:8]}."
    kafka = broker.settings(KafkaSettings(topic_prefix=prefix, request_timeout_s=20.0))
    create_topics(kafka)
    return Settings(
        kafka=kafka,
        worker=WorkerSettings(group=prefix + "group", data_dir=tmp_path / "worker", session_timeout_s=SESSION_S),
        log=LogSettings(format="json"),
    )


def wait_for(condition: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(KAFKA_POLL_S)


@contextmanager
def command(settings: Settings, folder: Path, log: Path, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    env = environment_of(settings) | {"TGWIRE_INGEST__STATE_DIR": str(folder / "state")}
    with log.open("wb") as stderr:
        process = start("tgwire", *words, env=env, stdout=None, stderr=stderr)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def complaints(log: Path) -> list[Mapping[str, Any]]:
    return [line for line in lines(log) if line["level"] != "info"]


def count(settings: Settings, topic: Topic) -> int:
    return sum(end_offsets(settings.kafka, topic).values())


def wait_until_idle(settings: Settings, log: Path, posts: int) -> None:
    """Wait until posts came out and nothing is on its way any more: a worker with that ends in an outage."""
    wait_for(lambda: count(settings, NORMALIZED) >= posts, log)
    wait_for(lambda: not any(group_lag(settings.kafka, settings.worker.group).values()), log)


def outage(broker: Broker, log: Path) -> None:
    """Kill the broker, and start it again once its absence was logged."""
    killed = time.monotonic()
    broker.kill()
    wait_for(lambda: complaints(log), log)
    broker.start()
    wait_for(lambda: complaints(log)[-1]["event"] == ENDS, log)
    assert 1 <= complaints(log)[-1]["away_s"] <= time.monotonic() - killed + 1


def assert_few_lines(log: Path, address: str) -> None:
    """One when it begins, one when it ends, and one a minute while it lasts: on a busy machine that may be long."""
    begin, *reminders, end = complaints(log)
    assert (begin["event"], begin["brokers"], begin["problem"]) == (BEGINS, address, f"{address}: connection refused")
    assert {each["event"] for each in reminders} <= {LASTS, FAILS}
    assert all(each["away_s"] >= 60 * minute for minute, each in enumerate(reminders, start=1))
    assert (end["event"], end["brokers"]) == (ENDS, address)


def test_a_worker_logs_that_the_broker_went_and_that_it_is_back(
    broker: Broker, settings: Settings, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    publish_posts(settings, range(100))
    with command(settings, tmp_path, log, "worker") as worker:
        wait_until_idle(settings, log, posts=100)
        outage(broker, log)
        assert_few_lines(log, broker.bootstrap_servers)
        publish_posts(settings, range(100, 200))
        wait_for(lambda: count(settings, NORMALIZED) >= 200, log)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(DEADLINE_S) == 0
    assert_few_lines(log, broker.bootstrap_servers)


def test_a_replay_logs_it_and_goes_on(broker: Broker, settings: Settings, tmp_path: Path) -> None:
    log, posts = tmp_path / "log", tmp_path / "posts.jsonl"
    post = {"channel": {"id": 5}, "posted_at": "2026-01-01T00:00:00Z", "text": "hello"}
    posts.write_text("".join(json.dumps(post | {"message_id": number}) + "\n" for number in range(1, 100_001)))
    with command(settings, tmp_path, log, "replay", str(posts), "--rate", "100") as replay:
        wait_for(lambda: count(settings, RAW_BACKFILL), log)
        outage(broker, log)
        published = count(settings, RAW_BACKFILL)
        wait_for(lambda: count(settings, RAW_BACKFILL) > published, log)
        replay.send_signal(signal.SIGTERM)
        assert replay.wait(DEADLINE_S) == 130
    assert_few_lines(log, broker.bootstrap_servers)


def test_a_command_that_finds_no_broker_prints_one_error(tmp_path: Path) -> None:
    log = tmp_path / "log"
    settings = Settings(kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1", request_timeout_s=3.0))
    with command(settings, tmp_path, log, "topics", "verify") as verify:
        assert verify.wait(DEADLINE_S) == 4
    (line,) = log.read_text().splitlines()
    assert line.startswith("tgwire: No Kafka broker answers at 127.0.0.1:1")

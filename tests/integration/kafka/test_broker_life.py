"""A local broker: started, stopped, killed, started again, and never left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaProducer

from runtime.errors import FatalError
from runtime.kafka.connection import connect
from runtime.kafka.errors import BrokerUnavailableError, NotPermittedError, SignInError
from runtime.kafka.topic_reader import read_topic
from runtime.kafka.topics import create_topics, verify_topics
from runtime.settings.kafka import KafkaSettings
from schemas.topics import RAW_LIVE
from tests.support.patience import DEADLINE_S
from tgwire.errors import BrokerStartError, EngineUnavailableError, PortTakenError
from tgwire.local_broker import EngineName, start_broker

pytestmark = pytest.mark.integration

apache_only = pytest.mark.parametrize("kafka_engine", ["apache"], indirect=True)
"""For what tansu has not: stored data, users."""


def _send(settings: KafkaSettings, value: bytes) -> None:
    producer = connect(KafkaProducer, settings, acks="all", enable_idempotence=settings.idempotent)
    try:
        producer.send(settings.topic_prefix + RAW_LIVE.name, value).get(DEADLINE_S)
    finally:
        producer.close()


def _await(condition: Callable[[], bool], within_s: float = DEADLINE_S) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "not within the deadline"
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    # A process whose new parent has not reaped it yet is dead all the same.
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


@apache_only
def test_apache_keeps_its_data_over_a_stop_and_a_kill(kafka_engine: EngineName, tmp_path: Path) -> None:
    with start_broker(kafka_engine, data_dir=tmp_path) as broker:
        create_topics(broker.settings())
        _send(broker.settings(), b"before the stop")
    assert not broker.is_running
    with start_broker(kafka_engine, data_dir=tmp_path) as broker:
        settings = broker.settings()
        _send(settings, b"before the kill")
        broker.kill()
        assert not broker.is_running
        broker.start()
        assert broker.settings() == settings
        assert {record.value for record in read_topic(settings, RAW_LIVE)} == {b"before the stop", b"before the kill"}


def test_a_closed_broker_leaves_nothing(kafka_engine: EngineName) -> None:
    with start_broker(kafka_engine) as broker:
        pid, folder = broker.pid, broker.log_path.parent
        assert _is_alive(pid)
        assert broker.log_path.exists()
    assert not _is_alive(pid)
    assert not folder.exists()
    with pytest.raises(FatalError, match="not running"):
        _ = broker.pid


@pytest.mark.parametrize(
    ("kafka_engine", "end"),
    [("apache", signal.SIGKILL), *(("tansu", end) for end in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT))],
    indirect=["kafka_engine"],
)
def test_a_broker_ends_with_its_parent(kafka_engine: EngineName, end: signal.Signals) -> None:
    code = (
        "import sys, time; from tgwire.local_broker import start_broker; b = start_broker(sys.argv[1]); "
        "print(b.pid, b.data_dir, flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code, kafka_engine]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        assert parent.stdout is not None
        pid, folder = parent.stdout.readline().split()
        assert _is_alive(int(pid))
        parent.send_signal(end)
    _await(lambda: not _is_alive(int(pid)))
    _await(lambda: not Path(folder).exists())


def test_a_broker_killed_from_outside_can_be_started_again() -> None:
    with start_broker("tansu") as broker:
        with pytest.raises(FatalError, match=f"running already .pid {broker.pid}"):
            broker.start()
        first = broker.pid
        os.kill(first, signal.SIGKILL)
        _await(lambda: not broker.is_running)
        broker.start()
        assert broker.is_running
        assert broker.pid != first
        create_topics(broker.settings())


def test_a_taken_port_is_named(kafka_engine: EngineName) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"port {port} "):
            start_broker(kafka_engine, port=port)


@apache_only
def test_a_failed_start_shows_the_log(kafka_engine: EngineName, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=x\n")
    with pytest.raises(BrokerStartError, match=r"(?s)ended with exit code 1.*broker\.log\) ends:.*node id 7"):
        start_broker(kafka_engine, data_dir=tmp_path)


@apache_only
def test_a_folder_that_cannot_be_written_is_named(kafka_engine: EngineName, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BrokerStartError, match="file"):
        start_broker(kafka_engine, data_dir=tmp_path / "file")


def test_tansu_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="memory only"):
        start_broker("tansu", data_dir=tmp_path)
    with pytest.raises(EngineUnavailableError, match="login"):
        start_broker("tansu", users={"a": "b"})


@apache_only
def test_users(kafka_engine: EngineName) -> None:
    with start_broker(kafka_engine, users={"admin": "right", "guest": "also-right"}) as broker:
        settings = broker.settings()
        create_topics(settings)
        assert {check.state for check in verify_topics(settings)} == {"ok"}
        _send(settings, b"signed in")
        wrong = KafkaSettings.model_validate(settings.model_dump() | {"password": "wrong"})
        with pytest.raises(SignInError, match="admin"):
            verify_topics(wrong)
        guest = broker.settings(user="guest")
        with pytest.raises(NotPermittedError, match="DESCRIBE"):
            verify_topics(guest)
    unreachable = settings.model_copy(update={"request_timeout_s": 1.0})
    with pytest.raises(BrokerUnavailableError, match=broker.bootstrap_servers):
        verify_topics(unreachable)

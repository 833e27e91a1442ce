"""``tgwire sink``: what it refuses before it reads anything, and how that looks."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tgwire.cli.app import app
from tgwire.cli.failures import exit_code

SECRET = "a-secret-of-more-than-24-bytes"


@pytest.fixture(autouse=True)
def bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(("TGWIRE_", "KAFKA_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TGWIRE_INGEST__STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TGWIRE_KAFKA__REQUEST_TIMEOUT_S", "0.6")


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a cluster that is not there: its port is kept from other servers."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", address)
        yield address


def failed(*arguments: str) -> tuple[int, str]:
    """Exit code and words of a command that ends with an error."""
    result: Result = CliRunner().invoke(app, ["sink", *arguments])
    assert isinstance(result.exception, Exception)
    code = exit_code(result.exception)
    assert code is not None, result.exception
    return code, str(result.exception)


def test_each_sink_has_a_command() -> None:
    result = CliRunner().invoke(app, ["sink", "--help"])
    assert result.exit_code == 0
    assert all(name in result.output for name in ("jsonl", "parquet", "webhook"))


@pytest.mark.parametrize("name", ["jsonl", "parquet", "webhook"])
def test_a_cluster_is_needed(name: str) -> None:
    code, words = failed(name)
    assert (code, "no Kafka cluster is set" in words) == (3, True)


def test_a_broker_that_does_not_answer_is_named(no_broker: str) -> None:
    code, words = failed("jsonl")
    assert code == 4
    assert f"No Kafka broker answers at {no_broker}" in words


@pytest.mark.usefixtures("no_broker")
def test_a_webhook_needs_a_receiver_and_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    code, words = failed("webhook")
    assert (code, "sink.webhook.url is not set" in words) == (3, True)
    monkeypatch.setenv("TGWIRE_SINK__WEBHOOK__URL", "https://example.org/hook")
    code, words = failed("webhook")
    assert (code, "sink.webhook.secret is not set" in words) == (3, True)
    monkeypatch.setenv("TGWIRE_SINK__WEBHOOK__SECRET", "short")
    code, words = failed("webhook")
    assert (code, "5 bytes, but 24 are the least" in words) == (3, True)


@pytest.mark.usefixtures("no_broker")
def test_nothing_is_left_behind_by_a_start_that_failed(tmp_path: Path) -> None:
    failed("jsonl")
    assert list((tmp_path / "state" / "run").glob("*.json")) == []
    assert not (tmp_path / "state" / "jsonl").exists()

"""What commands report of the state folder, and of processes that they find there."""

import json
from pathlib import Path

import pytest
from platformdirs import user_state_path
from typer.testing import CliRunner

from runtime.run_files import run_file
from tgwire.cli.app import app
from tgwire.cli.context import Context
from tgwire.cli.output.console import err


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    return tmp_path


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_folder_of_state_that_nobody_has_set_is_named_when_it_begins(
    is_terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(err, "_force_terminal", is_terminal)
    usual = user_state_path("tgwire")
    assert Context(None).state_dir == usual
    said = capsys.readouterr().err.strip()
    if is_terminal:
        assert f"State is kept in {usual}" in said.replace("\n", "")
    else:
        assert json.loads(said)["folder"] == str(usual)
    usual.mkdir(parents=True)
    assert Context(None).state_dir == usual
    assert capsys.readouterr().err == ""


def test_a_folder_of_state_that_was_set_needs_no_word(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TGWIRE_INGEST__STATE_DIR", str(folder / "own"))
    assert Context(None).state_dir == folder / "own"
    assert capsys.readouterr().err == ""


def test_a_local_broker_that_runs_is_named_where_no_cluster_is_set() -> None:
    without = CliRunner().invoke(app, ["topics", "verify"])
    assert "`tgwire broker` starts a local one" in str(without.exception)
    with run_file(user_state_path("tgwire"), "broker", "127.0.0.1:9092"):
        beside = CliRunner().invoke(app, ["topics", "verify"])
    assert "export KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092" in str(beside.exception)


def test_the_hint_names_all_variables_that_a_local_broker_needs() -> None:
    needed = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092", "TGWIRE_KAFKA__IDEMPOTENT": "false"}
    with run_file(user_state_path("tgwire"), "broker", "127.0.0.1:9092", environment=needed):
        result = CliRunner().invoke(app, ["topics", "verify"])
    assert str(result.exception).endswith(
        "export KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 TGWIRE_KAFKA__IDEMPOTENT=false"
    )

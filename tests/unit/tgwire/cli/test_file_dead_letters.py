"""``tgwire dead-letters`` without Kafka: posts of the file, tried again, as their user does it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from processors.core.outcomes import Reject
from processors.core.pipeline import Analyzer
from schemas import Channel, Lane, PostSource, RawPost, RejectReason
from sinks.contract import Message, Refusal
from sinks.store.database import closing
from sinks.store.sqlite.database import SqliteDatabase
from tgwire.cli.app import app
from tgwire.embedded.dead_letter_file import DeadLetterFile
from tgwire.embedded.dead_letter_replay import read_letters
from tgwire.embedded.processor import Refused


def raw(message: int) -> RawPost:
    return RawPost(
        channel=Channel(id=1),
        message_id=message,
        posted_at=datetime(2026, 3, 1, tzinfo=UTC),
        text=f"The pier is closed, report {message}.",
        lane=Lane.LIVE,
        source=PostSource(kind="test"),
    )


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two posts, a record, and a line that a kill has cut short."""
    monkeypatch.setenv("TGWIRE_INGEST__STATE_DIR", str(tmp_path))
    letters = DeadLetterFile(tmp_path)
    failed, slow = Reject(RejectReason.FAILED, "unexpected ValueError"), Reject(RejectReason.TIME_BUDGET, "too long")
    letters.add([Refused(raw(1), failed), Refused(raw(2), slow)])
    letters.add((), [Refusal(Message(0, b"tg:1:3", b"{}", 0), RejectReason.INVALID_FIELD, "rank: missing", "rank")])
    with letters.path.open("ab") as file:
        file.write(b'{"key":"tg:1:4","rea')
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["dead-letters", *arguments])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def keys(state: Path) -> list[str | None]:
    return [letter.content.get("key") for letter in read_letters(state)]


def stored(state: Path) -> list[str]:
    with closing(SqliteDatabase(state / "tgwire.db")) as database, database.reading() as reader:
        return [key for (key,) in reader.rows("SELECT key FROM posts ORDER BY key")]


def test_the_file_is_named_where_nobody_asked_for_it(state: Path) -> None:
    assert f"kafka.bootstrap_servers is not set: dead letters of {state / 'dead-letters.jsonl'}" in run("list").stderr
    assert run("list", "--file").stderr == ""


@pytest.mark.parametrize("option", [("--stage", "sink.store"), ("--topic", "posts.raw")])
def test_options_of_kafka_are_refused_and_not_ignored(state: Path, option: tuple[str, str]) -> None:
    for command in (("list",), ("replay", "--all"), ("list", "--file")):
        result = run(*command, *option)
        assert result.exit_code == 2
        assert "are for dead letters of Kafka" in result.stderr
    assert len(keys(state)) == 4


def test_no_store_is_made_for_no_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TGWIRE_INGEST__STATE_DIR", str(tmp_path))
    result = run("replay", "--all")
    assert (result.exit_code, "0 of 0 sent" in result.stderr) == (0, True)
    assert not (tmp_path / "tgwire.db").exists()


def test_they_are_listed_newest_first_and_by_reason(state: Path) -> None:
    found = lines(run("list", "--json"))
    assert [(each["position"], each.get("key"), each["kind"]) for each in found] == [
        (4, None, None),
        (3, "tg:1:3", "record"),
        (2, "tg:1:2", "raw"),
        (1, "tg:1:1", "raw"),
    ]
    assert [each["position"] for each in lines(run("list", "--reason", "time_budget", "--json"))] == [2]
    table = run("list").stdout
    assert "unexpected ValueError" in table
    assert "cut short" in table


def test_one_is_shown_with_its_post(state: Path) -> None:
    shown = run("show", "2")
    assert "reason: time_budget" in shown.stdout
    assert "report 2." in shown.stdout
    assert "there is no dead letter 9" in str(run("show", "9").exception)


def test_posts_that_come_through_leave_the_file(state: Path) -> None:
    would = run("replay", "--all", "--dry-run", "--json")
    assert [each["outcome"] for each in lines(would)] == ["would be sent", "would be sent", "not sent", "not sent"]
    assert keys(state) == ["tg:1:1", "tg:1:2", "tg:1:3", None]
    done = run("replay", "--all", "--reason", "failed")
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (0, "1 of 1 sent")
    assert (stored(state), keys(state)) == (["tg:1:1"], ["tg:1:2", "tg:1:3", None])
    rest = run("replay", "--all")
    assert (rest.exit_code, "1 of 3 sent" in rest.stderr) == (1, True)
    assert (stored(state), keys(state)) == (["tg:1:1", "tg:1:2"], ["tg:1:3", None])


def test_posts_that_fail_again_come_back_with_the_new_reason(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise TypeError("again")

    monkeypatch.setattr(Analyzer, "analyze", fail)
    monkeypatch.setattr(Analyzer, "analyze_all", fail)
    done = run("replay", "1", "2")
    assert (done.exit_code, "2 of 2 sent; 2 came back" in done.stderr) == (1, True)
    assert keys(state) == ["tg:1:3", None, "tg:1:1", "tg:1:2"]
    assert {letter.content.get("message") for letter in read_letters(state)[2:]} == {"unexpected TypeError"}


def test_a_kill_in_the_middle_loses_none(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("tgwire.embedded.dead_letter_replay._give_back", kill)
        assert run("replay", "1").exit_code != 0
    assert keys(state) == ["tg:1:1", "tg:1:2", "tg:1:3", None]
    DeadLetterFile(state).add([Refused(raw(5), Reject(RejectReason.FAILED, "unexpected ValueError"))])
    assert run("replay", "1").exit_code == 0
    assert keys(state) == ["tg:1:2", "tg:1:3", None, "tg:1:5"]


def test_what_is_of_kafka_alone_is_refused(state: Path) -> None:
    for arguments in (["list", "--file", "--stage", "analyze"], ["replay", "--file", "--all", "--again"]):
        assert run(*arguments).exit_code == 2
    assert run("replay", "0:1").exit_code == 2
    assert orjson.loads(read_letters(state)[0].line)["key"] == "tg:1:1"

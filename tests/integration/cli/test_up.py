"""``tgwire up`` and ``tgwire replay --to store`` as their users run them."""

import json
import os
import re
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from ingest.replay.engine import Summary
from sinks.store.database import closing
from sinks.store.sqlite.database import SqliteDatabase
from tests.support import warm_process
from tests.support.command_line import tgwire
from tests.support.patience import DEADLINE_S
from tgwire.cli.app import app
from tgwire.processes.up import ReplayFeed

POLL_S = 0.05
POSTS = (
    {"id": 1, "date": "2026-03-01T10:00:00Z", "text": "Rain over the harbour of Larnet, says the Guardian today"},
    {"id": 2, "date": "2026-03-01T11:00:00Z", "text": "A report about the price of grain was given to the press"},
)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(f"{json.dumps(post)}\n" for post in POSTS))
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of state, of this process and those that it starts."""
    monkeypatch.setenv("TGWIRE_INGEST__STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state"


def until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not is_true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(POLL_S)


def page(address: str) -> str:
    with urllib.request.urlopen(address, timeout=DEADLINE_S) as answer:
        return str(answer.read().decode())


def test_archives_are_on_the_pages_while_it_runs_and_it_ends_in_order(folder: Path, archive: Path) -> None:
    said = folder.parent / "stderr"
    with said.open("wb") as stderr:
        words = ("up", "--replay", str(archive), "--port", "0")
        process = warm_process.start("tgwire", *words, env=os.environ, stdout=None, stderr=stderr)
    try:
        until(lambda: "2 read, 2 published" in said.read_text())
        found = re.search(r"^Pages: (http://127\.0\.0\.1:\d+/)", said.read_text(), re.MULTILINE)
        assert found is not None
        address = found[1]
        until(lambda: "Rain over the harbour" in page(address))
        assert "A report about the price" in page(f"{address}search?q=grain")  # it goes on serving
        shown = CliRunner().invoke(app, ["status", "--json"])
        assert [(each["name"], each["state"]) for each in json.loads(shown.stdout)["processes"]] == [("up", "ready")]
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0
    finally:
        process.kill()
        process.wait()
    assert (folder / "tgwire.db").exists()


def test_options_of_archives_hold_where_pages_are_served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = folder.parent / "posts.csv"
    rows = "3,2026-03-01 09:00,Too early\n4,2026-03-01 10:30,Rain over Larnet\n5,2026-03-01 11:00,One too many\n"
    table.write_text(f"number,when,words\n{rows}")

    def serve_until_it_is_read(feed: ReplayFeed, *_: object, **__: object) -> None:
        report = feed.on_end

        def end(summary: Summary) -> None:
            report(summary)
            feed.stop()

        feed.on_end = end
        feed.run()

    monkeypatch.setattr("tgwire.processes.up.serve_beside", serve_until_it_is_read)
    chosen = ["--channel", "@wirenews", "--map", "message_id=number,date=when,text=words"]
    part = ["--timezone", "UTC+2", "--since", "2026-03-01T08:00Z", "--limit", "1"]
    done = CliRunner().invoke(app, ["up", "--replay", str(table), *chosen, *part])
    assert done.exit_code == 0, done.stderr
    found = CliRunner().invoke(app, ["search", "channel:@wirenews", "--json"])
    posts = [json.loads(line) for line in found.stdout.splitlines()]
    assert [(post["message_id"], post["posted_at"], post["text"]) for post in posts] == [
        (4, "2026-03-01T08:30:00.000Z", "Rain over Larnet")
    ]


def test_a_failure_of_what_fills_the_store_ends_it_with_its_words(folder: Path) -> None:
    channels = folder.parent / "channels.toml"
    channels.write_text('[[channel]]\nname = "@wirenews"\n')
    done = tgwire("up", "--port", "0")
    assert (done.returncode, "Sign in: tgwire login" in done.stderr) == (3, True)
    assert "Traceback" not in done.stderr


def test_a_replay_into_a_store_is_resumed_and_searched(folder: Path, archive: Path) -> None:
    first = CliRunner().invoke(app, ["replay", str(archive), "--to", "store", "--json"])
    assert first.exit_code == 0, first.stderr
    report = json.loads(first.stdout)
    assert (report["published"], report["set_aside"], report["passed_over"]) == (2, 0, 0)
    assert report["store"] == str(folder / "tgwire.db")
    archive.write_text(
        archive.read_text() + json.dumps({"id": 3, "text": "The pier stays closed until Thursday"}) + "\n"
    )
    again = CliRunner().invoke(app, ["replay", str(archive), "--to", "store", "--json"])
    assert (json.loads(again.stdout)["published"], json.loads(again.stdout)["skipped"]) == (1, 2)
    found = CliRunner().invoke(app, ["search", "harbour", "--json"])
    assert [json.loads(line)["text"] for line in found.stdout.splitlines()] == [POSTS[0]["text"]]
    with closing(SqliteDatabase(folder / "tgwire.db")) as database, database.reading() as reader:
        assert reader.rows("SELECT count(*) FROM posts") == [(3,)]


def test_a_store_elsewhere_is_named_by_its_path(folder: Path, archive: Path) -> None:
    path = folder.parent / "other" / "posts.db"
    assert CliRunner().invoke(app, ["replay", str(archive), "--to", "store", "--store", str(path)]).exit_code == 0
    assert path.exists()
    assert not (folder / "tgwire.db").exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["up", "--replay"], "--replay needs archives"),
        (["up", "--replay", "posts.jsonl", "-"], "`tgwire replay - --to store`"),
        (["up", "posts.jsonl"], "paths go with --replay"),
        (["up", "--replay", "--demo", "posts.jsonl"], "choose one"),
        (["up", "--demo", "--backfill"], "--backfill, --takeout and --media are for collecting"),
        (["up", "--replay", "posts.jsonl", "--takeout"], "--backfill, --takeout and --media are for collecting"),
        (["up", "--demo", "--kafka"], "`tgwire demo` is the one over Kafka"),
        (["up", "--demo", "--store", "a.db"], "leave out --store"),
        (["up", "--since", "2026-01-01"], "--since, --until and --from-id go with --backfill or --replay"),
        (["up", "--timezone", "UTC"], "options of archives and --limit go with --replay"),
        (["up", "--demo", "--limit", "2"], "options of archives and --limit go with --replay"),
        (["replay", "posts.jsonl", "--to", "store", "--direct", "out"], "--to store a store: choose one"),
        (["replay", "posts.jsonl", "--store", "a.db"], "--store goes with --to store"),
        (["collect", "--store", "a.db"], "--store goes with --to store"),
    ],
)
def test_options_that_do_not_go_together_are_refused(folder: Path, arguments: list[str], problem: str) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert problem in re.sub(r"[\s│]+", " ", done.stderr)


def test_a_store_that_is_in_use_is_refused_in_words(folder: Path, archive: Path) -> None:
    folder.mkdir()
    with closing(SqliteDatabase(folder / "tgwire.db")) as database:
        database.own("sink")
        done = CliRunner().invoke(app, ["replay", str(archive), "--to", "store"])
    assert isinstance(done.exception, Exception)
    assert re.search(r"another process \(pid \d+\) writes to it", str(done.exception))


def test_a_store_of_a_newer_version_is_refused_in_words(folder: Path, archive: Path) -> None:
    folder.mkdir()
    with closing(SqliteDatabase(folder / "tgwire.db")) as database, database.writing() as writer:
        writer.execute("PRAGMA user_version = 99")
    done = CliRunner().invoke(app, ["up", "--replay", str(archive), "--port", "0"])
    assert "written by a newer tgwire (layout 99" in str(done.exception)


BOUNDS = {"--since", "--until", "--from-id"}
"""Of a backfill, of a replay, or of either."""
WITHOUT_PAGES = {
    *("--to", "--direct", "--force", "--overwrite", "--jobs", "--rate", "--lane", "--from-start", "--dry-run"),
    *("--report", "--max-errors", "--json"),
}


@pytest.mark.parametrize(
    ("other", "own"),
    [
        ("serve", {"--media", "--store"}),
        ("collect", {"--to", "--json"} | BOUNDS),
        ("replay", {"paths"} | WITHOUT_PAGES | BOUNDS),
    ],
)
def test_up_has_the_options_of_the_commands_that_it_joins(other: str, own: set[str]) -> None:
    """``serve --media`` names a folder and ``--store`` what it reads; ``up`` stores files, and writes."""
    program: Any = get_command(app)
    options = {
        name: {option: (each.help, each.default) for each in program.commands[name].params for option in each.opts}
        for name in ("up", other)
    }
    for option in options[other].keys() - own:
        assert options["up"].get(option) == options[other][option], option

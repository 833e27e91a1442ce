"""What a newcomer sees first."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sinks.store.database import closing
from sinks.store.sqlite.database import SqliteDatabase
from tests.support.command_line import tgwire
from tests.support.patience import DEADLINE_S, TANSU_SESSION_S
from tests.support.warm_process import worker_process
from tgwire.local_broker import EngineName

pytestmark = pytest.mark.integration


def demo(folder: Path, session_s: float, *arguments: str) -> subprocess.CompletedProcess[str]:
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("TGWIRE_", "KAFKA_"))}
    outside["TGWIRE_WORKER__SESSION_TIMEOUT_S"] = str(session_s)
    command = [sys.executable, "-m", "tgwire", "demo", "--out", str(folder), "--timeout", str(DEADLINE_S), *arguments]
    return subprocess.run(command, env=outside, cwd=folder.parent, capture_output=True, text=True, check=False)


def test_the_demo_shows_quotes_an_edit_a_repost_and_a_template_pair(
    kafka_engine: EngineName, session_s: float, tmp_path: Path
) -> None:
    done = demo(tmp_path / "demo", session_s, "--engine", kafka_engine, "--json")

    assert done.returncode == 0, done.stderr
    posts = [json.loads(line) for line in done.stdout.splitlines()]
    by_channel = {(post["channel"]["title"], post["message_id"]): post for post in posts}
    assert len(posts) == 6
    assert "three ferries" in by_channel["Harbour Wire", 101]["text"], "the edit is the record that stays"
    assert by_channel["Coast Monitor", 55]["duplicate"]["of"] == by_channel["Harbour Wire", 101]["key"]
    assert by_channel["Lindhaven Rates", 8]["duplicate"] is None, "another day's rates are another post"
    quotes = [sum(len(found["items"]) for found in post["quote_lists"]) for post in posts]
    assert sorted(quotes) == [0, 0, 0, 0, 3, 6]
    assert [
        json.loads(line) for line in (tmp_path / "demo" / "posts.normalized.jsonl").read_bytes().splitlines()
    ] == posts
    with closing(SqliteDatabase(tmp_path / "demo" / "demo.db")) as database, database.reading() as reader:
        assert reader.rows("SELECT count(*), sum(edits) FROM posts") == [(6, 1)], "the sink has filled a store"
        copies = reader.rows("SELECT key, target FROM links WHERE target IS NOT NULL")
    assert copies == [(by_channel["Coast Monitor", 55]["key"], by_channel["Harbour Wire", 101]["key"])]
    assert "make demo ARGS=--serve" in done.stderr


def test_bad_posts_are_named_and_the_good_ones_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = tmp_path / "mine.jsonl"
    seeds.write_text('{"text": "A good post."}\n{"text": 7}\n{"text": "Another good post."}\n')
    monkeypatch.setattr("tgwire.processes.demo.worker_process", worker_process)
    monkeypatch.setenv("TGWIRE_WORKER__SESSION_TIMEOUT_S", str(TANSU_SESSION_S))
    monkeypatch.chdir(tmp_path)

    options = ("--out", str(tmp_path / "demo"), "--timeout", str(DEADLINE_S), "--engine", "tansu", "--json")
    done = tgwire("demo", str(seeds), *options)

    assert done.returncode == 1
    assert "line 2, " in done.stderr
    assert len(done.stdout.splitlines()) == 2


def test_a_demo_that_never_ran_cannot_be_served(tmp_path: Path) -> None:
    done = tgwire("demo", "--out", str(tmp_path / "demo"), "--serve")
    assert (done.returncode, "there is no demo to serve. Run it first" in done.stderr) == (4, True)

"""``tgwire store`` as its user runs it, on a file of SQLite."""

import errno
import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sinks.store.database import closing
from sinks.store.embedded.store import EmbeddedStore
from sinks.store.sqlite.database import connect
from tests.support.store.feed import Feed
from tests.support.store.records import State, channel_of, key_of
from tests.support.store.stores import OpenStore, sqlite_store
from tgwire.cli.app import app


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenStore:
    """A store of three posts; 2 repeats 1."""
    path = tmp_path / "store.db"
    monkeypatch.setenv("TGWIRE_STORE__URL", f"sqlite:{path}")
    opened = sqlite_store(path)
    with Feed(opened) as feed:
        feed.posts(*(State(number, (1, 0), quotes=1) for number in (1, 2, 3))).link((2, 1), rank=(1, 0))
    return opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["store", *arguments])


def test_without_a_store_the_commands_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TGWIRE_STORE__URL", f"sqlite:{tmp_path}/none.db")
    for command in ("stats", "verify"):
        assert "there is no store" in str(run(command).exception)
    assert list(tmp_path.iterdir()) == []


def test_migrate_makes_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TGWIRE_STORE__URL", f"sqlite:{tmp_path}/new.db")
    assert run("migrate").exit_code == 0
    assert json.loads(run("stats", "--json").stdout)["rows"]["posts"] == 0


def test_stats(store: OpenStore) -> None:
    found = json.loads(run("stats", "--json").stdout)
    assert (found["rows"]["posts"], found["rows"]["clusters"], found["channels"]) == (3, 1, 2)
    assert [(each["topic"], each["next_offset"]) for each in found["offsets"]] == [
        ("channels.state", 0),
        ("posts.counters", 0),
        ("posts.duplicates", 1),
        ("posts.normalized", 3),
    ]


def test_stats_of_a_store_without_kafka_name_no_topic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TGWIRE_STORE__URL", f"sqlite:{tmp_path}/own.db")
    EmbeddedStore(sqlite_store(tmp_path / "own.db")(), "homes").close()
    shown = run("stats").stdout
    assert "last write, without Kafka" in shown
    assert not any(word in shown for word in ("embedded", "Read so far"))


def test_verify_finds_and_repairs(store: OpenStore) -> None:
    assert run("verify").exit_code == 0
    database = store()
    with database.writing() as writer:
        writer.execute("UPDATE hourly SET posts = posts + 1")
    database.close()

    found = run("verify", "--json")
    assert found.exit_code == 1
    assert [each["table"] for each in json.loads(found.stdout)["left"]] == ["hourly"]
    assert run("verify", "--repair").exit_code == 0
    assert run("verify").exit_code == 0


def read_only(path: Path) -> sqlite3.Connection:
    """As for a user who may only read: the error is SQLite's own, also where root runs the tests."""
    connection = connect(path)
    connection.execute("PRAGMA query_only = ON")
    return connection


def not_owner(path: Path) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted", str(path))


def test_verify_of_a_store_that_may_only_be_read_says_what_it_did_not_check(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(store()) as database, monkeypatch.context() as patch:
        patch.setattr("sinks.store.sqlite.database.connect", read_only)
        patch.setattr("sinks.store.sqlite.database.make_private_file", not_owner)
        shown, found = run("verify"), json.loads(run("verify", "--json").stdout)
        assert (shown.exit_code, "only read the store" in " ".join(shown.stdout.split())) == (0, True)
        assert "everything else agrees" in shown.stderr
        assert (found["findings"], found["left"], [each["table"] for each in found["unchecked"]]) == ([], [], ["words"])

        with database.writing() as writer:
            writer.execute("UPDATE hourly SET posts = posts + 1")
        done = run("verify", "--json")
        assert done.exit_code == 1
        assert [each["table"] for each in json.loads(done.stdout)["left"]] == ["hourly"]


def test_erase_asks_first(store: OpenStore) -> None:
    assert run("erase", key_of(1)).exit_code == 2
    assert json.loads(run("stats", "--json").stdout)["rows"]["posts"] == 3


def test_erase_posts_and_channels(store: OpenStore) -> None:
    erased = json.loads(run("erase", key_of(1), str(channel_of(2)), "--yes", "--json").stdout)
    assert (erased["erased"], erased["channels"]) == (2, [channel_of(2)])
    for place in ("Kafka's topics", "dead letters", "backups", "downloaded media", "jsonl and parquet", "webhooks"):
        assert place in erased["not_reached"]
    assert json.loads(run("stats", "--json").stdout)["rows"]["posts"] == 1


@pytest.mark.parametrize("name", ["tg:0:1", "tg:x", "@nobody", "-5"])
def test_erase_refuses_what_it_does_not_know(store: OpenStore, name: str) -> None:
    assert run("erase", "--yes", "--", name).exit_code == 2


def test_retain_takes_out_what_is_old(store: OpenStore) -> None:
    assert run("retain", "--yes").exit_code == 2
    assert run("retain", "--days", "1", "--yes").exit_code == 0
    assert json.loads(run("stats", "--json").stdout)["rows"]["posts"] == 0


def test_copy_to_an_empty_store_alone(store: OpenStore, tmp_path: Path) -> None:
    target = f"sqlite:{tmp_path}/copy.db"
    assert run("copy", target).exit_code == 0
    assert "holds a store already" in str(run("copy", target).exception)
    with Feed(sqlite_store(tmp_path / "copy.db")) as feed:
        assert feed.rows("SELECT count(*) FROM posts") == [(3,)]


@pytest.mark.parametrize("is_embedded", [True, False])
def test_copy_says_what_a_collector_without_kafka_needs(store: OpenStore, tmp_path: Path, *, is_embedded: bool) -> None:
    url = f"sqlite:{tmp_path}/empty.db"
    if is_embedded:
        EmbeddedStore(sqlite_store(tmp_path / "empty.db")(), "homes").close()
    copied = CliRunner().invoke(
        app, ["store", "copy", f"sqlite:{tmp_path}/copy.db"], env={"TGWIRE_STORE__URL": url} if is_embedded else {}
    )
    assert ("Start it with --backfill" in copied.stderr) is is_embedded


@pytest.mark.parametrize("url", ["sqlite:relative.db", "mysql://host/db", "postgresql://host", "store.db"])
def test_an_address_that_cannot_be_one_is_a_problem_of_the_settings(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("TGWIRE_STORE__URL", url)
    found = run("stats")
    assert "TGWIRE_STORE__URL" in str(found.exception)
    assert "expected" in str(found.exception)

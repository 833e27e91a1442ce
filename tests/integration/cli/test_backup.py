"""`tgwire backup` and `tgwire restore`: ledger, cursors and store together."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from typer.testing import CliRunner, Result

from ingest.ledger.high_water import FILE_NAME as MARK
from ingest.ledger.ledger import Ledger
from ingest.ledger.records import ChannelProgress, LedgerUpdate
from ingest.publish.metrics import IngestMetrics
from ingest.replay.cursors import Cursors
from ingest.sources import Position
from runtime.atomic_file import put_in_place
from runtime.errors import StateError
from runtime.settings.tree import Settings
from tests.support.collector_sim.bench import Bench, pause
from tests.support.collector_sim.virtual_time import run_virtual
from tests.support.patience import DEADLINE_S
from tests.support.store.feed import Feed
from tests.support.store.records import State
from tests.support.store.stores import sqlite_store
from tgwire.backup import restoring
from tgwire.backup.manifest import read_manifest
from tgwire.backup.parts import parts
from tgwire.backup.restoring import restore_backup
from tgwire.backup.taking import take_backup
from tgwire.cli.app import app
from tgwire.embedded.opening import StorePublishers
from tgwire.errors import BackupError, OutputExistsError


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of state with a ledger, cursors, and a store of three posts."""
    folder = tmp_path / "state"
    monkeypatch.setenv("TGWIRE_INGEST__STATE_DIR", str(folder))
    with Ledger(folder, "topic:1") as ledger:
        ledger.start(7, 100)
    with Cursors(folder) as cursors:
        cursors.advance("a.jsonl", "topic:2", Position(5, "x"), published=5, rejected=0)
    with feed(folder) as store:
        store.posts(*(State(number, (1, 0)) for number in (1, 2, 3)))
    return folder


def feed(folder: Path) -> Feed:
    return Feed(sqlite_store(folder / "tgwire.db"))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def error(result: Result) -> str:
    assert result.exit_code != 0
    return str(result.exception)


def settings(folder: Path) -> Settings:
    return Settings.model_validate({"ingest": {"state_dir": folder}})


def count(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as database:
        (found,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found)


def destination(folder: Path) -> str:
    """The name by which a ledger knows the store."""
    with feed(folder) as store:
        known: dict[str, str] = dict(store.rows("SELECT name, value FROM meta WHERE name IN ('id', 'epoch')"))
    return f"store:{known['id']}:{known['epoch']}:live"


def quiet(_name: str, _count: int) -> None:
    pass


def test_a_backup_brings_back_what_was_there(state: Path, tmp_path: Path) -> None:
    assert run("backup", tmp_path / "backup").exit_code == 0
    with feed(state) as store:
        store.posts(State(4, (1, 0)))
    with Cursors(state) as cursors:
        cursors.advance("a.jsonl", "topic:2", Position(9, "y"), published=4, rejected=0)
    assert run("restore", tmp_path / "backup", "--force").exit_code == 0
    with feed(state) as store:
        assert store.rows("SELECT count(*) FROM posts") == [(3,)]
        assert store.ends["posts.normalized"] == 3
        store.posts(State(4, (1, 0)))  # goes on where the backup was
    with Cursors(state) as cursors, Ledger(state, "topic:1") as ledger:
        found, progress = cursors.get("a.jsonl", "topic:2"), ledger.progress(7)
    assert found is not None
    assert found.position == Position(5, "x")
    assert progress is not None
    assert progress.frontier == 100


def test_a_backup_is_taken_while_ledger_cursors_and_store_are_written(state: Path, tmp_path: Path) -> None:
    is_done = threading.Event()

    def write() -> None:
        with feed(state) as store:
            number = 4
            while not is_done.is_set():
                store.posts(*(State(each, (1, 0)) for each in range(number, number + 20)))
                number += 20

    with Ledger(state, "topic:1") as ledger, Cursors(state):
        ledger.start(8, 200)  # written, and not committed: in no copy
        writer = threading.Thread(target=write)
        writer.start()
        try:
            take_backup(parts(settings(state)), tmp_path / "backup", quiet)
        finally:
            is_done.set()
            writer.join()
    assert count(tmp_path / "backup" / "ledger.sqlite3", "channels") == 1
    assert run("restore", tmp_path / "backup", "--force").exit_code == 0
    assert run("store", "verify").exit_code == 0


def test_the_ledger_of_a_backup_is_never_ahead_of_its_store(state: Path, tmp_path: Path) -> None:
    """A post goes into the store, and only then into the ledger: here both happen between the two copies."""
    is_written = False
    with Ledger(state, "topic:1") as ledger, feed(state) as store:

        def write(name: str, _count: int) -> None:
            nonlocal is_written
            if not is_written:
                is_written = True
                store.posts(State(4, (1, 0)))
                ledger.start(8, 4)
                ledger.commit()

        take_backup(parts(settings(state)), tmp_path / "backup", write)
    assert count(tmp_path / "backup" / "store.sqlite3", "posts") == 4
    assert count(tmp_path / "backup" / "ledger.sqlite3", "channels") == 1


def test_an_interrupted_backup_leaves_nothing(state: Path, tmp_path: Path) -> None:
    def interrupt(_name: str, _count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_backup(parts(settings(state)), tmp_path / "backup", interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


KILLED = """
import os, signal, sys
from pathlib import Path
from runtime.settings.tree import Settings
from tgwire.backup.parts import parts
from tgwire.backup.taking import take_backup
settings = Settings.model_validate({"ingest": {"state_dir": sys.argv[1]}})
take_backup(parts(settings), Path(sys.argv[2]), lambda *_: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_killed_backup_has_not_its_final_name(state: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, state, tmp_path / "backup"], check=False, timeout=DEADLINE_S)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "backup").exists()
    (left,) = tmp_path.glob(".backup.partial-*")
    assert "no manifest.json" in error(run("restore", left, "--force"))


def test_a_backup_never_overwrites(state: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run("backup", tmp_path / "empty").exit_code == 0
    assert "exists already" in error(run("backup", tmp_path / "empty"))


def test_without_state_there_is_nothing_to_back_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TGWIRE_INGEST__STATE_DIR", str(tmp_path / "none"))
    assert "nothing to back up" in error(run("backup", tmp_path / "backup"))
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_names_versions_and_checksums(state: Path, tmp_path: Path) -> None:
    shown = json.loads(run("backup", tmp_path / "backup", "--json").stdout)
    assert shown == json.loads((tmp_path / "backup" / "manifest.json").read_text())
    assert [(file["part"], file["layout"] > 0, len(file["sha256"])) for file in shown["files"]] == [
        ("ledger", True, 64),
        ("cursors", True, 64),
        ("store", True, 64),
    ]
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "backup").glob("*.sqlite3")} == {0}


def test_state_that_is_there_is_not_overwritten_without_force(state: Path, tmp_path: Path) -> None:
    run("backup", tmp_path / "backup")
    with feed(state) as store:
        store.posts(State(4, (1, 0)))
    assert "there is state already" in error(run("restore", tmp_path / "backup"))
    assert count(state / "tgwire.db", "posts") == 4


def test_what_a_backup_lacks_is_taken_away(state: Path, tmp_path: Path) -> None:
    """A ledger that stays beside an older store would be ahead of it."""
    (state / "ledger.sqlite3").rename(tmp_path / "aside")
    run("backup", tmp_path / "backup")
    (tmp_path / "aside").rename(state / "ledger.sqlite3")
    assert run("restore", tmp_path / "backup", "--force").exit_code == 0
    assert not (state / "ledger.sqlite3").exists()


@pytest.mark.parametrize("name", ["ledger.sqlite3", "cursors.sqlite3", "store.sqlite3"])
def test_a_damaged_backup_changes_nothing(state: Path, tmp_path: Path, name: str) -> None:
    run("backup", tmp_path / "backup")
    with (tmp_path / "backup" / name).open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff\xff")
    before = {path.name: path.read_bytes() for path in state.iterdir()}
    assert f"{name}: is not what was backed up" in error(run("restore", tmp_path / "backup", "--force"))
    assert f"{name}: is not what was backed up" in error(run("restore", tmp_path / "backup", "--check"))
    (tmp_path / "backup" / name).unlink()
    assert f"{name}: is missing" in error(run("restore", tmp_path / "backup", "--force"))
    assert {name: (state / name).read_bytes() for name in before} == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"version": 1', '"version": 2', "made by a newer tgwire"),
        (r'"layout": \d+', '"layout": 99', r"written by a newer tgwire \(layout 99"),
        ('"name": "ledger.sqlite3"', '"name": "../ledger"', "is no name of a file"),
        ('"files"', '"fils"', r"damaged \(files"),
        (r"\{", "", "damaged"),
    ],
)
def test_manifests_that_are_refused(state: Path, tmp_path: Path, old: str, new: str, said: str) -> None:
    run("backup", tmp_path / "backup")
    manifest = tmp_path / "backup" / "manifest.json"
    manifest.write_text(re.sub(old, new, manifest.read_text(), count=1))
    with pytest.raises(BackupError, match=said):
        restore_backup(
            tmp_path / "backup", read_manifest(tmp_path / "backup"), parts(settings(state)), quiet, is_forced=True
        )


def test_a_store_of_a_newer_tgwire_is_not_backed_up(state: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(state / "tgwire.db")) as database:
        database.execute("PRAGMA user_version = 99")
    assert "written by a newer tgwire (layout 99" in error(run("backup", tmp_path / "backup"))
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_nothing_is_restored_under_a_running_process(state: Path, tmp_path: Path) -> None:
    run("backup", tmp_path / "backup")
    with Ledger(state, "topic:1"):
        assert "ledger.sqlite3: in use" in error(run("restore", tmp_path / "backup", "--force"))
    with feed(state):
        assert "tgwire.db: in use" in error(run("restore", tmp_path / "backup", "--force"))
    assert run("restore", tmp_path / "backup", "--force").exit_code == 0


def test_a_log_that_was_left_by_a_kill_is_not_taken_for_that_of_the_backup(state: Path, tmp_path: Path) -> None:
    run("backup", tmp_path / "backup")
    script = (
        "import os, sys; from pathlib import Path; from ingest.ledger.ledger import Ledger\n"
        "ledger = Ledger(Path(sys.argv[1]), 'topic:1'); ledger.start(8, 5); ledger.commit(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, state], check=False, timeout=DEADLINE_S)
    assert (state / "ledger.sqlite3-wal").stat().st_size
    assert run("restore", tmp_path / "backup", "--force").exit_code == 0
    with Ledger(state, "topic:1") as ledger:
        assert ledger.progress(8) is None


def test_the_store_in_postgresql_is_left_to_its_own_tools(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    backup = tmp_path / "backup"
    run("backup", backup)
    monkeypatch.setenv("TGWIRE_STORE__URL", "postgresql://tgwire:hidden@db/news")
    assert "store.url names another database" in error(run("restore", backup, "--force"))
    made = run("backup", tmp_path / "second")
    assert f"pg_dump --format=custom --file={tmp_path}/second/store.pgdump postgresql://tgwire@db/news" in made.stderr
    assert "hidden" not in made.stderr + (tmp_path / "second" / "manifest.json").read_text()
    assert "pg_restore" in run("restore", tmp_path / "second", "--force").stderr


@pytest.mark.parametrize("has_mark", [True, False], ids=["on the machine of the ledger", "on a new machine"])
def test_the_collector_looks_again_at_what_a_restored_ledger_holds(tmp_path: Path, *, has_mark: bool) -> None:
    bench = Bench(tmp_path / "state")
    places = parts(settings(bench.state))

    async def collect(posts: int) -> None:
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(posts):
                bench.world.push(collector, bench.world[1].post(5))
            await pause(5)

    async def work() -> None:
        await collect(200)
        take_backup(places, tmp_path / "backup", quiet)
        await collect(2)
        bench.world[1].delete(1)  # no sweep looks so far back
        bench.world[1].edit(2, 20.0)
        bench.world[1].delete(201)
        if not has_mark:
            for path in bench.state.iterdir():
                path.unlink()
        manifest = read_manifest(tmp_path / "backup")
        restore_backup(tmp_path / "backup", manifest, places, quiet, is_forced=True)
        bench.publisher.records.clear()
        async with bench.collecting() as collector:
            await pause(30)
            assert "is an older copy" in (collector.status().notice or "")

    run_virtual(work())
    found = {post.message_id: "deleted" if post.is_deleted else post.text for post in bench.posts}
    assert found == {1: "deleted", 2: "1/2 v1", 201: "deleted", 202: "1/202 v0"}
    assert (bench.state / MARK).exists()


def test_a_restored_store_is_another_destination_which_ledger_and_cursors_know(state: Path, tmp_path: Path) -> None:
    """What went into the store that is lost counts as published in no other one."""
    before = destination(state)
    with Ledger(state, before) as ledger, Cursors(state) as cursors:
        ledger.start(8, 50)
        cursors.advance("b.jsonl", before, Position(5, "x"), published=5, rejected=0)
    run("backup", tmp_path / "backup")
    with Ledger(state, before) as ledger:
        ledger.start(9, 60)  # its posts are in the store that is lost
    seen = {before}
    for _ in range(2):
        assert run("restore", tmp_path / "backup", "--force").exit_code == 0
        after = destination(state)
        assert after not in seen
        seen.add(after)
    with Ledger(state, after) as ledger, Cursors(state) as cursors:
        assert "is an older copy" in (ledger.notice or "")
        assert [ledger.progress(channel) is not None for channel in (7, 8, 9)] == [False, True, True]
        assert cursors.get("b.jsonl", after) is not None
        assert cursors.get("b.jsonl", before) is None
        assert cursors.get("a.jsonl", "topic:2") is not None


@pytest.mark.parametrize("has_ledger", [True, False], ids=["with the ledger", "of a time before the ledger"])
def test_what_only_the_lost_store_had_is_collected_again(state: Path, tmp_path: Path, *, has_ledger: bool) -> None:
    """Channel 8 was collected further after the backup, channel 9 from its first post on; the topic keeps its own."""
    before = destination(state)
    with Ledger(state, before) as ledger:
        ledger.start(8, 50)
        ledger.apply([LedgerUpdate(8, frontier=55, backfilled=10)])
    if not has_ledger:
        (state / "ledger.sqlite3").rename(tmp_path / "aside")
    run("backup", tmp_path / "backup")
    if not has_ledger:
        (tmp_path / "aside").rename(state / "ledger.sqlite3")
    for name in (before, "topic:1"):
        with Ledger(state, name) as ledger:
            ledger.start(9, 60)
            ledger.apply([LedgerUpdate(9, frontier=5000, backfilled=60)])
    with Ledger(state, before) as ledger:
        ledger.apply([LedgerUpdate(8, frontier=900, backfilled=40)])
    assert run("restore", tmp_path / "backup", "--force").exit_code == 0
    with Ledger(state, destination(state)) as ledger:
        assert ledger.progress(8) == (ChannelProgress(50, 55, 10) if has_ledger else ChannelProgress(50, 50, 0))
        assert ledger.progress(9) == ChannelProgress(60, 60, 0)
    with Ledger(state, "topic:1") as ledger:
        assert ledger.progress(9) == ChannelProgress(60, 5000, 60)


@pytest.mark.parametrize("is_forced", [True, False])
def test_nothing_starts_after_half_a_restore_until_it_is_run_again(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_forced: bool
) -> None:
    """It is interrupted when the ledger is in its place, and the store is not."""
    run("backup", tmp_path / "backup")
    if not is_forced:
        state.rename(tmp_path / "aside")

    def interrupt(draft: Path, path: Path) -> None:
        put_in_place(draft, path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "put_in_place", interrupt)
        with pytest.raises(KeyboardInterrupt):
            restore_backup(
                tmp_path / "backup",
                read_manifest(tmp_path / "backup"),
                parts(settings(state)),
                quiet,
                is_forced=is_forced,
            )
    publishers = StorePublishers(settings(state), f"sqlite:{state}/tgwire.db", IngestMetrics(CollectorRegistry()))
    starts: list[Callable[[], object]] = [lambda: Ledger(state, "topic:1"), lambda: Cursors(state), publishers.open]
    for start in starts:
        with pytest.raises(StateError, match=r"backup has not come to its end.*Run the same restore again"):
            start()
    for command in (
        ["sink", "store"],
        ["backup", tmp_path / "second"],
        ["store", "migrate"],
        ["store", "verify", "--repair"],
        ["store", "resync", "--yes"],
        ["store", "erase", "tg:1:1", "--yes"],
        ["store", "retain", "--days", "3", "--yes"],
        ["store", "copy", f"sqlite:{tmp_path}/copy.db"],
    ):
        assert "Run the same restore again" in error(run(*command)), command
    assert run("restore", tmp_path / "backup", *(["--force"] if is_forced else [])).exit_code == 0
    assert not (state / "restore.unfinished").exists()
    with Ledger(state, "topic:1") as ledger, feed(state) as store:
        assert ledger.progress(7) is not None
        assert store.rows("SELECT count(*) FROM posts") == [(3,)]


def test_a_backup_is_restored_from_a_folder_that_cannot_be_written(state: Path, tmp_path: Path) -> None:
    run("backup", tmp_path / "backup")
    (tmp_path / "backup").chmod(0o500)
    assert run("restore", tmp_path / "backup", "--force").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "backup").iterdir()) == [
        "cursors.sqlite3",
        "ledger.sqlite3",
        "manifest.json",
        "store.sqlite3",
    ]


def test_a_backup_says_which_store_is_in_it(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert f"Store: {state}/tgwire.db\n" in run("backup", tmp_path / "first").stderr
    monkeypatch.setenv("TGWIRE_STORE__URL", f"sqlite:{tmp_path}/o.db")
    assert f"No store is in it: there is none at {tmp_path}/o.db" in run("backup", tmp_path / "second").stderr
    (state / "tgwire.db").rename(tmp_path / "o.db")
    assert f"Store: {tmp_path}/o.db\n" in run("backup", tmp_path / "third").stderr


def test_an_output_that_is_a_file_is_refused(state: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputExistsError):
        take_backup(parts(settings(state)), tmp_path / "file", quiet)
    assert (tmp_path / "file").read_text() == "mine"

"""``tgwire replay --to store``, killed: nothing is lost, nothing is there twice, and cursors are never ahead."""

import os
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from benchmarks.generator import generate
from ingest.replay.cursors import FILE_NAME
from sinks.store.database import Row
from sinks.store.sqlite.database import SqliteDatabase
from tests.support import warm_process
from tests.support.store.contents import contents
from tests.support.store.stores import check_words

POSTS = 300
KILLED_AT = (40, 150)
"""Posts in the store, at least."""
DEADLINE_S = 300
POLL_S = 0.02
"""A poll takes time from the process under test."""


def start(archive: Path, folder: Path) -> "subprocess.Popen[bytes]":
    command = ["replay", str(archive), "--to", "store", "--store", str(folder / "tgwire.db"), "--quiet"]
    environment = os.environ | {"TGWIRE_INGEST__STATE_DIR": str(folder)}
    with archive.with_suffix(".log").open("ab") as log:
        return warm_process.start("tgwire", *command, env=environment, stdout=log, stderr=log)


def count(path: Path, query: str) -> int:
    """A number of a database, 0 while it is not there."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            return int(database.execute(query).fetchone()[0])
        except sqlite3.OperationalError:  # it is being made
            return 0


def replay(archive: Path, folder: Path) -> dict[str, list[Row]]:
    """To its end; what the store holds then."""
    assert start(archive, folder).wait(DEADLINE_S) == 0
    return contents_of(folder)


def contents_of(folder: Path) -> dict[str, list[Row]]:
    """What the store holds, when its word index agrees with its texts."""
    database = SqliteDatabase(folder / "tgwire.db")
    try:
        check_words(database)
        return contents(database)
    finally:
        database.close()


def test_killed_replays_end_as_one_that_was_left_alone(tmp_path: Path) -> None:
    archive, killed, alone = tmp_path / "posts.jsonl", tmp_path / "killed", tmp_path / "alone"
    posts = list(generate(POSTS, seed=7))
    archive.write_text("".join(f"{post.model_dump_json()}\n" for post in posts))
    for least in KILLED_AT:
        process = start(archive, killed)
        deadline = time.monotonic() + DEADLINE_S
        while count(killed / "tgwire.db", "SELECT count(*) FROM posts") < least:
            assert process.poll() is None, "it was to be killed before its end"
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(POLL_S)
        process.kill()
        process.wait()
        acknowledged = count(killed / FILE_NAME, "SELECT coalesce(sum(published), 0) FROM cursors")
        assert acknowledged <= count(killed / "tgwire.db", "SELECT count(*) FROM posts")
    found = replay(archive, killed)
    assert [row[0] for row in found["posts"]] == sorted(f"tg:{post.channel.id}:{post.message_id}" for post in posts)
    assert sum(row[2] for row in found["hourly"]) == POSTS
    assert found == replay(archive, alone)

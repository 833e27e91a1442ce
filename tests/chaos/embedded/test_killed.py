"""``tgwire replay --to store``, killed: nothing is lost, nothing is there twice, and cursors are never ahead."""

import os
import signal
import subprocess
from pathlib import Path

from benchmarks.generator import generate
from sinks.store.database import DbRow
from sinks.store.sqlite.database import SqliteDatabase
from tests.chaos.embedded.killed import STORE, acknowledged, stored
from tests.support import warm_process
from tests.support.patience import DEADLINE_S
from tests.support.store.contents import contents
from tests.support.store.stores import check_words

POSTS = 300
KILLED_AT = (("stored", 40), ("acknowledged", 150))


def start(archive: Path, folder: Path, *killed_at: str) -> "subprocess.Popen[bytes]":
    """The command; with a kind and a number of posts it kills itself then."""
    command = ["replay", str(archive), "--to", "store", "--store", str(folder / STORE), "--quiet"]
    program = ("tests.chaos.embedded.killed", *killed_at) if killed_at else ("tgwire",)
    environment = os.environ | {"TGWIRE_INGEST__STATE_DIR": str(folder)}
    with archive.with_suffix(".log").open("ab") as log:
        return warm_process.start(*program, *command, env=environment, stdout=log, stderr=log)


def replay(archive: Path, folder: Path) -> dict[str, list[DbRow]]:
    """To its end; what the store holds then."""
    assert start(archive, folder).wait(DEADLINE_S) == 0
    return contents_of(folder)


def contents_of(folder: Path) -> dict[str, list[DbRow]]:
    """What the store holds, when its word index agrees with its texts."""
    database = SqliteDatabase(folder / STORE)
    try:
        check_words(database)
        return contents(database)
    finally:
        database.close()


def test_killed_replays_end_as_one_that_was_left_alone(tmp_path: Path) -> None:
    archive, killed, alone = tmp_path / "posts.jsonl", tmp_path / "killed", tmp_path / "alone"
    posts = list(generate(POSTS, seed=7))
    archive.write_text("".join(f"{post.model_dump_json()}\n" for post in posts))
    for what, least in KILLED_AT:
        assert start(archive, killed, what, str(least)).wait(DEADLINE_S) == -signal.SIGKILL
        assert least <= {"stored": stored, "acknowledged": acknowledged}[what](killed) < POSTS
        assert acknowledged(killed) <= stored(killed)
    found = replay(archive, killed)
    assert [row[0] for row in found["posts"]] == sorted(f"tg:{post.channel.id}:{post.message_id}" for post in posts)
    assert sum(row[2] for row in found["hourly"]) == POSTS
    assert found == replay(archive, alone)

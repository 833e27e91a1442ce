"""Power cuts while something is written to a store: the disk holds what was synced, and no more."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.generator import generate
from ingest.replay.cursors import FILE_NAME
from tests.chaos.embedded import shadow
from tests.chaos.embedded.killed import STORE, acknowledged, stored
from tests.chaos.embedded.power_cuts import Collection
from tests.chaos.embedded.test_killed import replay
from tests.support.mtproto_server.server import DataCentre
from tests.support.patience import DEADLINE_S

POSTS = 400
KILLED_AT = 100
CUTS = 2


@pytest.fixture(scope="module")
def shadow_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("library") / "synced_shadow.so"
    try:
        shadow.build(library)
    except FileNotFoundError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    return library


def cut_off(archive: Path, folder: Path, disk: Path, library: Path) -> None:
    """Replay until some posts are acknowledged, and end; ``disk`` then has what was synced of the folder."""
    command = ["replay", str(archive), "--to", "store", "--store", str(folder / STORE), "--quiet"]
    variables = {"TGWIRE_INGEST__STATE_DIR": str(folder), **shadow.variables(library, folder, disk)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos.embedded.killed", "acknowledged", str(KILLED_AT), *command],
        env=shadow.environment(variables),
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    shadow.cut(disk)


def test_what_cursors_hold_as_read_is_in_the_store_after_a_power_cut(tmp_path: Path, shadow_library: Path) -> None:
    archive, folder, disk = tmp_path / "posts.jsonl", tmp_path / "folder", tmp_path / "disk"
    posts = list(generate(POSTS, seed=9))
    archive.write_text("".join(f"{post.model_dump_json()}\n" for post in posts))
    cut_off(archive, folder, disk, shadow_library)
    for name in (FILE_NAME, STORE):
        with closing(sqlite3.connect(disk / name)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    read = acknowledged(disk)
    assert 0 < read <= stored(disk)
    found = replay(archive, disk)
    assert [row[0] for row in found["posts"]] == sorted(f"tg:{post.channel.id}:{post.message_id}" for post in posts)
    assert sum(row[2] for row in found["hourly"]) == POSTS


@pytest.mark.integration
async def test_live_posts_are_neither_lost_nor_doubled_by_power_cuts(tmp_path: Path, shadow_library: Path) -> None:
    async with DataCentre() as centre:
        collection = Collection(tmp_path, centre, shadow_library, seed=3)
        await collection.begin()
        await collection.run(CUTS)

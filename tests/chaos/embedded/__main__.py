"""The long form: ``python -m tests.chaos.embedded --rounds 60 --seed 1``. Exit code 0 when every promise held."""

import argparse
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from multiprocessing.context import ForkProcess
from pathlib import Path
from random import Random

from benchmarks.generator import generate
from ingest.sources.seen_posts import SeenPosts
from processors.core.dedup import candidate_rows
from sinks.store.database import DbRow
from sinks.store.sqlite.database import SqliteDatabase
from sinks.store.upkeep.verification import verify
from tests.chaos.embedded.killed import STORE, acknowledged, stored
from tests.chaos.embedded.test_killed import contents_of
from tests.support.patience import DEADLINE_S
from tests.support.store.raw_states import raw_states
from tgwire.cli import main as tgwire
from tgwire.cli.commands import replay as _replay_command  # noqa: F401 - imported once, and not by each process
from tgwire.embedded import opening as _opening  # noqa: F401 - as above

POSTS_A_ROUND = 400
"""More than a process stores between two looks: none comes to its end before it is killed."""
STATES = 300
"""Behind the posts: edits, deletions, returns, copies."""
FROZEN_EVERY = 4
POLL_S = 0.02
"""A poll takes time from the process under test."""


def main() -> int:
    """Kill and freeze replays into a store, then compare it with one that was left alone."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.embedded", description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    # What a search finds that its bound cuts short depends on which posts come together, and a kill changes that.
    candidate_rows.BUCKET = candidate_rows.STEPS = sys.maxsize
    with tempfile.TemporaryDirectory(prefix="tgwire-embedded-") as folder:
        return _run(Path(folder), chosen.rounds, Random(chosen.seed))


def _run(folder: Path, rounds: int, random: Random) -> int:
    archive, killed, alone = folder / "posts.jsonl", folder / "killed", folder / "alone"
    posts, seen = rounds * POSTS_A_ROUND, SeenPosts()
    with archive.open("w") as lines:
        for source in (generate(posts, seed=random.randrange(1000)), raw_states(random.randrange(1000), STATES)):
            # A replay rejects a state that is there twice, and ends with exit code 1.
            lines.writelines(f"{post.model_dump_json()}\n" for post in source if seen.add(post) is None)
    for number in range(1, rounds + 1):
        before = stored(killed)
        _one(archive, killed, random, is_frozen=not number % FROZEN_EVERY)
        read, there = acknowledged(killed), stored(killed)
        assert min(read, posts) <= there, "cursors are ahead of the store"
        assert there >= before, "posts are gone"
        _say(f"round {number}: {before} -> {there} posts, {read} acknowledged")
    found, expected = _whole(archive, killed), _whole(archive, alone)
    for table, rows in expected.items():
        _say(f"{table}: {len(rows)} rows, {'equal' if rows == found[table] else 'NOT EQUAL'}")
    database = SqliteDatabase(killed / STORE)
    try:
        findings = verify(database)
    finally:
        database.close()
    _say(f"counted from scratch: {findings or 'everything agrees'}")
    return 0 if found == expected and not findings else 1


def _one(archive: Path, folder: Path, random: Random, *, is_frozen: bool) -> None:
    """Let a process store something, and kill it; a frozen one keeps out a second one before that."""
    goal = stored(folder) + random.randrange(POSTS_A_ROUND // 2)
    process = _start(archive, folder)
    try:
        deadline = time.monotonic() + DEADLINE_S
        while stored(folder) < goal:
            assert process.is_alive(), "it was to be killed before its end"
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(POLL_S)
        time.sleep(random.random() * POLL_S)
        if is_frozen:
            assert process.pid is not None
            os.kill(process.pid, signal.SIGSTOP)
            second = _start(archive, folder)
            second.join(DEADLINE_S)
            assert second.exitcode not in (None, 0), "two write to one store"
    finally:
        process.kill()
        process.join()


def _whole(archive: Path, folder: Path) -> dict[str, list[DbRow]]:
    process = _start(archive, folder)
    process.join(DEADLINE_S)
    assert process.exitcode == 0
    return contents_of(folder)


def _start(archive: Path, folder: Path) -> ForkProcess:
    """A process of its own, as the command makes it, but for the time that its imports take."""
    process = multiprocessing.get_context("fork").Process(target=_run_command, args=(archive, folder))
    process.start()
    return process


def _run_command(archive: Path, folder: Path) -> None:
    os.environ["TGWIRE_INGEST__STATE_DIR"] = str(folder)
    sys.argv[:] = ["tgwire", "replay", str(archive), "--to", "store", "--store", str(folder / STORE), "--quiet"]
    tgwire()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

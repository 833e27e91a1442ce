"""The long form: ``python -m tests.chaos.embedded --rounds 60 --seed 1``. Exit code 0 when every promise held."""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from benchmarks.generator import generate
from ingest.replay.cursors import FILE_NAME
from sinks.store.sqlite.database import SqliteDatabase
from sinks.store.upkeep.verification import verify
from tests.chaos.embedded.test_killed import POLL_S, count, replay, start
from tests.support.store.raw_states import raw_states

POSTS_A_ROUND = 400
"""More than a process stores between two looks: none comes to its end before it is killed."""
STATES = 300
"""Behind the posts: edits, deletions, returns, copies."""
FROZEN_EVERY = 4
DEADLINE_S = 600.0


def main() -> int:
    """Kill and freeze replays into a store, then compare it with one that was left alone."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.embedded", description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tgwire-embedded-") as folder:
        return _run(Path(folder), chosen.rounds, Random(chosen.seed))


def _run(folder: Path, rounds: int, random: Random) -> int:
    archive, killed, alone = folder / "posts.jsonl", folder / "killed", folder / "alone"
    posts = rounds * POSTS_A_ROUND
    with archive.open("w") as lines:
        for source in (generate(posts, seed=random.randrange(1000)), raw_states(random.randrange(1000), STATES)):
            lines.writelines(f"{post.model_dump_json()}\n" for post in source)
    for number in range(1, rounds + 1):
        before = _stored(killed)
        _one(archive, killed, random, is_frozen=not number % FROZEN_EVERY)
        acknowledged = count(killed / FILE_NAME, "SELECT coalesce(sum(published), 0) FROM cursors")
        stored = _stored(killed)
        assert min(acknowledged, posts) <= stored, "cursors are ahead of the store"
        assert stored >= before, "posts are gone"
        print(f"round {number}: {before} -> {stored} posts, {acknowledged} acknowledged", flush=True)
    found, expected = replay(archive, killed), replay(archive, alone)
    for table, rows in expected.items():
        print(f"{table}: {len(rows)} rows, {'equal' if rows == found[table] else 'NOT EQUAL'}")
    database = SqliteDatabase(killed / "tgwire.db")
    try:
        findings = verify(database)
    finally:
        database.close()
    print(f"counted from scratch: {findings or 'everything agrees'}")
    return 0 if found == expected and not findings else 1


def _stored(folder: Path) -> int:
    return count(folder / "tgwire.db", "SELECT count(*) FROM posts")


def _one(archive: Path, folder: Path, random: Random, *, is_frozen: bool) -> None:
    """Let a process store something, and kill it; a frozen one keeps out a second one before that."""
    goal = _stored(folder) + random.randrange(POSTS_A_ROUND // 2)
    process = start(archive, folder)
    try:
        deadline = time.monotonic() + DEADLINE_S
        while _stored(folder) < goal:
            assert process.poll() is None, "it was to be killed before its end"
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(POLL_S)
        time.sleep(random.random() * POLL_S)
        if is_frozen:
            process.send_signal(signal.SIGSTOP)
            assert start(archive, folder).wait(DEADLINE_S) != 0, "two write to one store"
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())

"""``tgwire replay --direct`` as a user runs it: ``python -m benchmarks.direct [POSTS]``, 20,000 unless given.

Generated posts are replayed with one job and with two, in turns. A figure is the best of three runs, less that of a run
of 2,000 posts, in which each process has loaded its models too: CPU microseconds a post, in user and kernel mode, of
all processes and of the parent, which reads, looks for duplicates and writes; and microseconds a post by the clock.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.generator import generate
from benchmarks.results import Row, Table, show
from schemas.base import to_json

POSTS = 20_000
FEW = 2_000
ROUNDS = 3
JOBS = (1, 2)
COMMAND = """
import json, os
from tgwire.cli import main
try:
    main()
finally:
    user, system, children_user, children_system, _ = os.times()
    print(json.dumps([user + system, children_user + children_system]))
"""


class Cost(NamedTuple):
    """Seconds that a run took."""

    parent: float
    """CPU of the first process."""
    children: float
    """CPU of those that it started."""
    wall: float


def measure(posts: int = POSTS) -> Table:
    """One row for each number of jobs."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        many, few = _archive(folder / "many.jsonl", posts), _archive(folder / "few.jsonl", FEW)
        runs: dict[tuple[int, Path], list[Cost]] = {(jobs, path): [] for jobs in JOBS for path in (many, few)}
        for _ in range(ROUNDS):
            for (jobs, path), costs in runs.items():
                costs.append(_run(path, jobs, folder / "out"))
    best = {key: Cost(*map(min, zip(*costs, strict=True))) for key, costs in runs.items()}
    rows = []
    for jobs in JOBS:
        spent = [
            (whole - start) / (posts - FEW) * 1e6
            for whole, start in zip(best[jobs, many], best[jobs, few], strict=True)
        ]
        parent, children, wall = spent
        rows.append(Row(f"jobs {jobs}", parent + children, (("parent", parent), ("by the clock", wall))))
    return Table("direct", "replay --direct", "CPU us a post", tuple(rows))


def _archive(path: Path, posts: int) -> Path:
    path.write_bytes(b"".join(to_json(post) + b"\n" for post in generate(posts, seed=1)))
    return path


def _run(path: Path, jobs: int, out: Path) -> Cost:
    arguments = ["replay", str(path), "--direct", str(out), "--force", "--jobs", str(jobs)]
    began = time.perf_counter()
    command = [sys.executable, "-c", COMMAND, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - ours
    wall = time.perf_counter() - began
    parent, children = json.loads(done.stdout.splitlines()[-1])
    return Cost(parent, children, wall)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.direct", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("posts", type=int, nargs="?", default=POSTS, help="how many are replayed (%(default)s)")
    show(measure(parser.parse_args().posts))

"""Memory of a process that holds the core, and of the duplicate index: ``python -m benchmarks.memory``."""

import gc
import os
from pathlib import Path

from benchmarks.generator import generate
from benchmarks.results import Row, Table, show
from processors.core.dedup import DedupIndex
from processors.core.outcomes import Analyzed
from processors.resources import load_analyzer

POSTS = 20_000


def measure(posts: int = POSTS) -> Table:
    """Resident memory before anything, with models and tables, and with an index of so many posts.

    Run it in a process of its own: memory that others have freed hides what is used here.
    """
    start_mb = _rss_mb()
    analyzer = load_analyzer()
    for post in generate(200, seed=2):
        analyzer.analyze(post)
    gc.collect()
    loaded_mb = _rss_mb()
    index = DedupIndex()
    for post in generate(posts, seed=1):
        outcome = analyzer.analyze(post)
        if isinstance(outcome, Analyzed):
            index.decide(outcome.analyzed)
    gc.collect()
    full_mb = _rss_mb()
    return Table(
        "memory",
        "Resident memory",
        "MB",
        (
            Row("imports", start_mb),
            Row("with models and tables", loaded_mb),
            Row(f"with an index of {len(index):,} posts", full_mb),
            Row("index, for 1,000 posts", (full_mb - loaded_mb) / len(index) * 1000),
        ),
    )


def _rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    show(measure())

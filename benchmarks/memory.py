"""Memory of a process that holds the core, and of the duplicate index: ``python -m benchmarks.memory``."""

import gc
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import BinaryIO, TypeVar

from benchmarks.generator import generate
from benchmarks.results import Row, Table, show
from processors.core.dedup import DedupIndex
from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.fingerprint_records import post_fingerprint
from processors.core.dedup.homes import EPOCH
from processors.core.outcomes import Analyzed
from processors.loading import load_analyzer
from processors.stream.stages.analyze_and_dedup import AnalyzeStage
from schemas import FingerprintBatch, PostFingerprint

POSTS = 20_000
WARM_POSTS = 200
_LENGTH_BYTES = 4

T = TypeVar("T")


def measure(posts: int = POSTS) -> Table:
    """Resident memory with models and tables loaded, and what an index of so many posts adds.

    Each in a process of its own: memory that others have freed would hide what is used.
    """
    with tempfile.NamedTemporaryFile() as analyzed:
        imports_mb, loaded_mb = _apart(_with_models, posts, analyzed.name)
        index_mb = _apart(_index_mb, analyzed.name)
    rows = (
        Row("imports", imports_mb),
        Row("with models and tables", loaded_mb),
        Row(f"index of {posts:,} posts", index_mb),
        Row("index, for 1,000 posts", index_mb / posts * 1000),
    )
    return Table("memory", "Resident memory", "MB", rows)


def _apart(function: Callable[..., T], *arguments: object) -> T:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(function, *arguments).result()


def _with_models(posts: int, path: str) -> tuple[float, float]:
    """Megabytes before and after; leaves records of fingerprints in a file."""
    imports_mb = _rss_mb()
    analyzer = load_analyzer()
    for post in generate(WARM_POSTS, seed=2):
        analyzer.analyze(post)
    loaded_mb = _rss_mb()
    with Path(path).open("wb") as file:
        posts_of_a_record: list[PostFingerprint] = []
        for post in generate(posts, seed=1):
            outcome = analyzer.analyze(post)
            if isinstance(outcome, Analyzed):
                posts_of_a_record.append(post_fingerprint(outcome.post, outcome.fingerprint))
            if len(posts_of_a_record) == AnalyzeStage.slice_posts:
                _write(file, posts_of_a_record)
        _write(file, posts_of_a_record)
    return imports_mb, loaded_mb


def _write(file: BinaryIO, posts: list[PostFingerprint]) -> None:
    """A record as the topic has it, behind its length; the posts are taken from the list."""
    value = FingerprintBatch(VERSION, EPOCH, tuple(posts)).to_bytes()
    file.write(len(value).to_bytes(_LENGTH_BYTES) + value)
    posts.clear()


def _index_mb(path: str) -> float:
    index = DedupIndex()
    start_mb = _rss_mb()
    with Path(path).open("rb") as file:
        while length := file.read(_LENGTH_BYTES):
            index.fold_silently([(FingerprintBatch.read(file.read(int.from_bytes(length))), 0)])
    gc.collect()
    return _rss_mb() - start_mb


def _rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    show(measure())

"""Memory and CPU of duplicate detection as the window fills: ``python -m benchmarks.dedup --posts 1000000``.

Fingerprints are timed over posts of ``benchmarks.generator``. The index is then filled with invented sketches through
the records of its log, as a worker on a new machine would: posts of eight days by one channel in 3,000, one in ten a
copy of an earlier one of the last two days. JSON goes to stdout; ``--plot`` draws it (extra ``bench``).

CPU times are of this process, in microseconds a post; memory is what the process grew by.
"""

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.generator import generate
from processors.core.dedup import DedupIndex
from processors.core.dedup.fingerprint import VERSION, fingerprints
from processors.core.dedup.homes import EPOCH
from processors.core.dedup.minhash import PERMUTATIONS, pack
from processors.core.text.clean import clean
from processors.core.text.folding import fold_all
from processors.stream.stages.analyze_and_dedup import AnalyzeStage
from processors.stream.state.dedup_state import SLICE
from processors.stream.state.snapshots import Snapshots
from schemas import Fingerprint, FingerprintBatch, PostFingerprint
from schemas.rank import Rank, StateClass, microseconds

DAYS = 8
"""A window of seven days, and today."""
CHANNELS = 3000
COPY_SHARE = 0.1
CHANGED = 0.2
"""Share of the values of its signature in which a copy differs."""
CHUNK = 5000
START = datetime(2026, 1, 1, tzinfo=UTC)
A_RECORD = AnalyzeStage.slice_posts
"""Posts of a record."""


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1_000_000, help="posts in the window")
    parser.add_argument("--plot", type=Path, help="file for the plot")
    options = parser.parse_args()
    result = measure(options.posts)
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")
    if options.plot is not None:
        plot(result, options.plot)


def measure(posts: int) -> dict[str, Any]:
    """All figures for a window of so many posts."""
    fingerprint_us = _fingerprint_us()
    filler = _Filler(posts)
    index, growth = filler.run()
    return {
        "posts": posts,
        "fingerprint_us": fingerprint_us,
        "growth": growth,
        "rebuild_from_log_s": round(filler.cpu_s, 1),
        "bound_hits": index.bound_hits,
        **_files(index),
    }


def _fingerprint_us() -> float:
    """The best of five rounds: a machine that does other things at the same time only adds to it."""
    texts = [clean(post.text).text for post in generate(2000, seed=1)]
    posts = [(text, (), folded) for text, folded in zip(texts, fold_all(texts), strict=True)]
    rounds = []
    for _ in range(5):
        began = time.process_time()
        for start in range(0, len(posts), AnalyzeStage.slice_posts):
            fingerprints(posts[start : start + AnalyzeStage.slice_posts])
        rounds.append(time.process_time() - began)
    return round(min(rounds) / len(posts) * 1e6, 1)


class _Filler:
    """Fills an index, and takes its measure at sizes that double."""

    def __init__(self, posts: int) -> None:
        self._posts = posts
        self._random = np.random.default_rng(1)
        self._originals: list[NDArray[np.uint16]] = []
        self.cpu_s = 0.0

    def run(self) -> tuple[DedupIndex, list[dict[str, Any]]]:
        """The index, and a row of figures for each size."""
        index, steps, mark, last = DedupIndex(), [], 10_000, 0
        # So that nothing of the machinery counts.
        DedupIndex().fold_silently([(FingerprintBatch.read(value), 0) for value in self._values(0)])
        self._originals.clear()
        base = _resident_bytes()
        decode_s = index_s = self.cpu_s = 0.0
        for start in range(0, self._posts, CHUNK):
            values = self._values(start)
            began = time.process_time()
            records = [(FingerprintBatch.read(value), 0) for value in values]
            decoded = time.process_time()
            for begin in range(0, len(records), SLICE):  # so many as the worker handles together
                index.fold_silently(records[begin : begin + SLICE])
            decode_s, index_s = decode_s + decoded - began, index_s + time.process_time() - decoded
            del values, records
            size = start + CHUNK
            if size >= mark or size >= self._posts:
                steps.append(self._row(index, base, decode_s, index_s, size - last))
                self.cpu_s += decode_s + index_s
                mark, last, decode_s, index_s = mark * 2, size, 0.0, 0.0
        return index, steps

    def _row(self, index: DedupIndex, base: int, decode_s: float, index_s: float, posts: int) -> dict[str, Any]:
        gc.collect()
        size = len(index)
        return {
            "posts": size,
            "index_us": round(index_s / posts * 1e6, 1),
            "decode_us": round(decode_s / posts * 1e6, 1),
            "resident_bytes_a_post": round((_resident_bytes() - base) / size),
            "array_bytes_a_post": round(index.nbytes / size),
        }

    def _values(self, start: int) -> list[bytes]:
        posts = list(self._posts_from(start))
        slices = [tuple(posts[begin : begin + A_RECORD]) for begin in range(0, len(posts), A_RECORD)]
        return [FingerprintBatch(VERSION, EPOCH, some).to_bytes() for some in slices]

    def _posts_from(self, start: int) -> Iterator[PostFingerprint]:
        signatures = self._random.integers(0, 1 << 16, (CHUNK, PERMUTATIONS), np.uint16)
        leads = self._random.integers(0, 1 << 32, (CHUNK, 2)).tolist()
        for row, signature in enumerate(signatures):
            number = start + row
            if self._originals and self._random.random() < COPY_SHARE:
                is_changed = self._random.random(PERMUTATIONS) < CHANGED
                original = self._originals[self._random.integers(len(self._originals))]
                signature = np.where(is_changed, signature, original)
            elif self._random.random() < COPY_SHARE:
                self._originals.append(signature)
                del self._originals[: -max(1, self._posts // 100)]
            sketch = pack(signature.tolist(), [], (leads[row][0], leads[row][1]), 60)
            posted_us = microseconds(START + timedelta(days=DAYS * number / self._posts))
            yield PostFingerprint(
                channel_id=number % CHANNELS + 1,
                message_id=number + 1,
                revision=number,
                rank=Rank(posted_us, StateClass.COLLECTED),
                language="en",
                posted_us=posted_us,
                fingerprint=Fingerprint(number, sketch),
            )


def _files(index: DedupIndex) -> dict[str, Any]:
    """Saving, opening again, and what stays resident when all days are closed."""
    posts = len(index)
    with tempfile.TemporaryDirectory() as folder:
        files = Snapshots(Path(folder), "")
        save_s = _seconds(lambda: files.save(index, posts))
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        began = time.perf_counter()
        saved = Snapshots(Path(folder), "").open()
        assert saved is not None
        again = DedupIndex(saved=saved.days, runs=saved.runs)
        open_s = time.perf_counter() - began
        assert len(again) == posts
    return {"save_s": save_s, "open_s": round(open_s, 2), "file_bytes_a_post": round(size / posts)}


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 2)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def plot(result: dict[str, Any], path: Path) -> None:
    """Draw the growth."""
    from matplotlib.figure import Figure

    growth = result["growth"]
    posts = [step["posts"] for step in growth]
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    memory, cpu = figure.subplots(1, 2)
    memory.plot(posts, [step["resident_bytes_a_post"] for step in growth], "o-", label="resident")
    memory.plot(posts, [step["array_bytes_a_post"] for step in growth], "s--", label="arrays, with room to grow")
    memory.axhline(1024, color="grey", linestyle=":")
    memory.set(title="Bytes a post", xlabel="posts in the window", xscale="log", ylim=(0, None))
    both = [step["index_us"] + result["fingerprint_us"] for step in growth]
    cpu.plot(posts, both, "o-", label="fingerprint, query and insert")
    cpu.plot(posts, [step["index_us"] for step in growth], "s--", label="query and insert")
    cpu.axhline(90, color="grey", linestyle=":")
    cpu.set(title="Microseconds of CPU a post", xlabel="posts in the window", xscale="log", ylim=(0, None))
    for axes in (memory, cpu):
        axes.legend()
        axes.grid(alpha=0.3)
    figure.savefig(path)


if __name__ == "__main__":
    main()

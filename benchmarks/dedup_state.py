"""A worker that starts with a full window: ``python -m benchmarks.dedup_state --posts 1000000``.

A window of eight days of invented posts is written to a snapshot, in a process of its own. Another one opens it, and
folds new posts of the last day into it: one in ten a copy of a post of the window, one in twenty an edit of the last
two days.
CPU times are of this process, in microseconds a post, without the decoding of records; memory is what it grew by, and
``peak`` the greatest. ``--days`` spreads the posts over more days, as an archive does; ``--shared`` starts from a
shared folder, as a new worker does.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup import DedupIndex
from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.homes import EPOCH
from processors.core.dedup.minhash import BANDS, PERMUTATIONS, pack
from processors.core.dedup.post_table import COLLECTED, EXACT, FIRST_LEAD, NO_ROW, POST, TEXT
from processors.core.dedup.record_rows import hashed
from processors.core.dedup.segment import Segment
from processors.core.dedup.segment_image import chunks, packed
from processors.stream.state.resident_memory import ResidentFiles
from processors.stream.state.snapshot_store import FolderStore
from processors.stream.state.snapshots import Snapshots
from schemas import Fingerprint, FingerprintBatch, PostFingerprint, post_key
from schemas.rank import Rank, StateClass
from schemas.times import DAY_MS

DAYS = 8
FIRST_DAY = 20_454
"""2026-01-01."""
CHANNELS = 3000
KNOWN = 2000
"""Posts of each day whose keys and signatures the new posts may have again."""
CHANGED = 0.2
FOLDED = 100_000
WARM_UP = 20_000
TOGETHER = 80
SAVE_EVERY = 50_000
LARGE_DAY = 100_000
LOG = "benchmark"
_DAY_US = 1000 * DAY_MS
_ARRIVED_MS = 1


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1_000_000, help="posts in the snapshot")
    parser.add_argument("--days", type=int, default=DAYS, help="days that they are of")
    parser.add_argument("--folded", type=int, default=FOLDED, help="new posts")
    parser.add_argument("--shared", action="store_true", help="start from a shared folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for work in (_write, _measure):
            process = get_context("spawn").Process(target=work, args=(Path(folder), options))
            process.start()
            process.join()
            if process.exitcode:
                sys.exit(process.exitcode)


def _write(folder: Path, options: argparse.Namespace) -> None:
    index, snapshots = DedupIndex(), _snapshots(folder / "first", folder, options)
    for number in range(options.days):
        rows = options.posts * (number + 1) // options.days - options.posts * number // options.days
        index.days.replace(FIRST_DAY + number, packed(_day(number, rows, options).chunks()))
        if rows > LARGE_DAY:
            snapshots.save(index, 1)
    again = DedupIndex(saved=index.days.images())
    snapshots.save(again, 1)
    if options.shared:
        snapshots.publish()


def _snapshots(local: Path, folder: Path, options: argparse.Namespace) -> Snapshots:
    return Snapshots(local, LOG, (FolderStore(folder / "shared"), "0") if options.shared else None)


def _day(number: int, rows: int, options: argparse.Namespace) -> Segment:
    random = np.random.default_rng(number)
    posts, texts = np.zeros(rows, POST), np.zeros(rows, TEXT)
    for name in ("identity", "revision"):
        posts[name] = random.integers(1, 1 << 63, rows)
    posts["channel"] = np.arange(rows) % CHANNELS + 1
    posts["message"] = number * options.posts + np.arange(rows) + 1
    posts["posted"] = (FIRST_DAY + number) * _DAY_US + np.arange(rows) * _DAY_US // max(rows, 1)
    posts["moment"], posts["state"], posts["text"] = posts["posted"], COLLECTED, np.arange(rows)
    for row in range(min(KNOWN, rows)):
        posts["identity"][row] = hashed(post_key(*_ids(posts, row)))
    texts["values"][:, :BANDS] = random.integers(0, 1 << 63, (rows, BANDS)) * 2 + 1
    texts["values"][:, EXACT] = random.integers(0, 1 << 63, rows)
    texts["values"][:, FIRST_LEAD:] = random.integers(0, 1 << 32, (rows, 2))
    texts["language"], texts["shingles"] = hashed("en"), 60
    texts["owners"], texts["residents"] = NO_ROW, 1
    texts["owners"][:, 0] = texts["owners"][:, 2] = np.arange(rows)
    tables = Segment().arrays() | {"posts": posts, "texts": texts}
    return Segment(packed(chunks(tables, _ARRIVED_MS)))


def _ids(posts: NDArray[np.void], row: int) -> tuple[int, int]:
    return posts["channel"].item(row), posts["message"].item(row)


def _measure(folder: Path, options: argparse.Namespace) -> None:
    files = [path.stat() for path in (folder / "first").iterdir()]
    base, descriptors = _resident(), _descriptors()
    began = time.perf_counter()
    snapshots = _snapshots(folder / ("second" if options.shared else "first"), folder, options)
    saved = snapshots.open()
    assert saved is not None
    index = DedupIndex(7, saved.days, saved.last, saved.runs)
    del saved  # it would hold the files that later saves replace
    opened_s = time.perf_counter() - began
    result: dict[str, Any] = {
        "posts": len(index),
        "file_bytes_a_post": round(sum(file.st_size for file in files) / len(index)),
        "array_bytes_a_post": round(index.nbytes / len(index)),
        "files": len(files),
        "ready_s": round(opened_s, 2),
        "resident_mb_after_start": _megabytes(_resident() - base),
        "descriptors": _descriptors() - descriptors,
        "mappings": Path("/proc/self/maps").read_text().count("\n"),
    }
    result |= _fold(index, snapshots, options.folded, base)
    result["descriptors_at_work"] = _descriptors() - descriptors
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")


def _fold(index: DedupIndex, snapshots: Snapshots, folded: int, base: int) -> dict[str, Any]:
    cpu_s, save_s, peak, known = 0.0, list[float](), 0, 0
    posts, resident = (
        _posts(index, folded + WARM_UP),
        ResidentFiles(lambda: snapshots.release(index), lambda: index.nbytes),
    )
    for start in range(0, folded + WARM_UP, TOGETHER):
        some = [post for _, post in zip(range(TOGETHER), posts, strict=False)]
        record = FingerprintBatch(VERSION, EPOCH, some)
        began, before = time.process_time(), len(index)
        index.fold_silently([(record, _ARRIVED_MS)])
        spent = time.process_time() - began
        known += len(some) - (len(index) - before)
        if start >= WARM_UP:
            cpu_s += spent
        if start % 800 == 0:
            peak = max(peak, _resident() - base)
        began = time.process_time()
        resident.look()
        cpu_s += time.process_time() - began if start >= WARM_UP else 0.0
        if (start + TOGETHER) % SAVE_EVERY < TOGETHER:
            began = time.perf_counter()
            snapshots.save(index, 2 + start)
            snapshots.release(index)
            save_s.append(round(time.perf_counter() - began, 2))
    return {
        "fold_us": round(cpu_s / folded * 1e6, 1),
        "known": known,
        "save_s": save_s,
        "resident_mb_peak": _megabytes(peak),
        "anonymous_mb_at_end": _anonymous_mb(),
        "resident_mb_at_end": _megabytes(_resident() - base),
    }


def _posts(index: DedupIndex, count: int) -> Iterator[PostFingerprint]:
    """New posts of the last day."""
    random = np.random.default_rng(99)
    days = sorted(index.days)[-DAYS:]
    known = {day: [index.days.rows(day, name)[:KNOWN].copy() for name in ("posts", "texts")] for day in days}
    last_us = days[-1] * _DAY_US + 23 * _DAY_US // 24
    for number in range(count):
        signature = random.integers(0, 1 << 16, PERMUTATIONS).astype("<u2")
        (channel, message), posted_us = (number % CHANNELS + 1, 1_000_000_000 + number), last_us
        luck = random.random()
        posts, texts = known[days[random.integers(len(days))]]
        latest = known[days[-1 - random.integers(2)]][0]
        row = int(random.integers(len(posts)))
        if luck < 0.1:
            original = np.ascontiguousarray(texts["values"][row, :BANDS]).view("<u2")
            signature = np.where(random.random(PERMUTATIONS) < CHANGED, signature, original)
        elif luck < 0.15:
            (channel, message), posted_us = _ids(latest, row), latest["posted"].item(row)
        first, second = random.integers(0, 1 << 32, 2).tolist()
        yield PostFingerprint(
            channel_id=channel,
            message_id=message,
            revision=number,
            rank=Rank(last_us + number, StateClass.COLLECTED),
            language="en",
            posted_us=posted_us,
            fingerprint=Fingerprint(number + 1, pack(signature.tolist(), [], (first, second), 60)),
        )


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _anonymous_mb() -> float:
    status = Path("/proc/self/status").read_text().split()
    return round(int(status[status.index("RssAnon:") + 1]) / 1e3, 1)


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def _megabytes(size: int) -> float:
    return round(size / 1e6, 1)


if __name__ == "__main__":
    main()

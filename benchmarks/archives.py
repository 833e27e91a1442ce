"""What reading archives costs: ``python -m benchmarks.archives [MEGABYTES]``.

MB/s and posts/s are of CPU time, memory is the highest resident size of a process of its own for each row.
"""

import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.generator import generate
from ingest.sources import ReadOptions, open_sources
from ingest.sources.containers.zstd_library import zstd
from ingest.sources.record_source import RecordSource
from schemas import RawPost

_POSTS = 3_000
_UNPACKED = 1_000_000


def _tdl(posts: list[RawPost], size: int) -> Iterator[bytes]:
    yield b'{"id":1088459257,"messages":['
    written = number = 0
    while written < size:
        post = posts[number % len(posts)]
        number += 1
        row = {"id": number, "type": "message", "file": "", "date": 1_600_000_000 + number * 60, "text": post.text}
        line = (b"," if number > 1 else b"") + json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
        written += len(line)
        yield line
    yield b"]}"


def _jsonl(posts: list[RawPost], size: int) -> Iterator[bytes]:
    written = number = 0
    while written < size:
        number += 1
        line = posts[number % len(posts)].model_copy(update={"message_id": number}).to_json() + b"\n"
        written += len(line)
        yield line


FORMATS: dict[str, tuple[str, Callable[[list[RawPost], int], Iterator[bytes]]]] = {
    "tdl export": ("export.json", _tdl),
    "JSON lines": ("posts.jsonl", _jsonl),
}


_OPEN: dict[str, Callable[[Path], Any]] = {
    ".gz": lambda path: gzip.GzipFile(path, "wb", 3),
    ".zst": lambda path: zstd.open(path, "wb", level=3),
}


def _packed(path: Path, suffix: str) -> Path:
    packed = path.with_name(path.name + suffix)
    with path.open("rb") as source, _OPEN[suffix](packed) as target:
        while chunk := source.read(1 << 20):
            target.write(chunk)
    return packed


def measure(path: Path, mode: str) -> None:
    """Read a file, splitting alone or with mapping, and print what it took; runs in a process of its own."""
    (source,) = open_sources(path, ReadOptions(), sys.stdin.buffer).sources
    assert isinstance(source, RecordSource)
    began = time.process_time()
    count = sum(1 for _ in (source.splits() if mode == "split" else source.read()))
    used_s = time.process_time() - began
    sys.stdout.write(f"{count} {used_s} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")


def main() -> None:
    """Measure every format, plain and packed."""
    size = (int(sys.argv[1]) if len(sys.argv) > 1 else 100) * _UNPACKED
    posts = list(generate(_POSTS, 1))
    sys.stdout.write(f"{'what':34}{'MB/s':>8}{'posts/s':>10}{'MB resident':>13}\n")
    with tempfile.TemporaryDirectory() as folder:
        for title, (name, write) in FORMATS.items():
            path = Path(folder, name)
            with path.open("wb") as stream:
                stream.writelines(write(posts, size))
            rows = [(f"{title}, splitting", path, "split"), (f"{title}, to RawPost", path, "map")]
            rows += [(f"{title}{suffix}, splitting", _packed(path, suffix), "split") for suffix in (".gz", ".zst")]
            for label, file, mode in rows:
                _row(label, file, mode, path.stat().st_size)
            for file in Path(folder).iterdir():
                file.unlink()


def _row(label: str, file: Path, mode: str, size: int) -> None:
    command = [sys.executable, "-m", "benchmarks.archives", mode, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    count, used_s, resident = done.stdout.split()
    rate, megabytes = int(count) / float(used_s), size / float(used_s) / 1e6
    sys.stdout.write(f"{label:34}{megabytes:8.0f}{rate:10,.0f}{int(resident) / 1024:13.0f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(Path(sys.argv[2]), sys.argv[1])
    else:
        main()

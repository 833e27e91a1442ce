"""What reading archives costs: ``python -m benchmarks.archives [MEGABYTES]``.

MB/s and posts/s are of CPU time, memory is the highest resident size of a process of its own for each row. The first
row is the machine's own measure: no tgwire, but a loop over lines that hands each message of a Telegram Desktop export
to orjson.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from benchmarks.generator import generate
from ingest.sources import ReadOptions, open_sources
from ingest.sources.containers.zstd_library import zstd
from ingest.sources.record_source import RecordSource
from schemas import EntityKind, RawPost

_POSTS = 3_000
_UNPACKED = 1_000_000
_PLACEHOLDER = "(File not included. Change data exporting settings to download.)"


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


def _tdesktop(posts: list[RawPost], size: int) -> Iterator[bytes]:
    """As Telegram Desktop lays it out: one blank a level."""
    yield b'{\n "name": "Wire News",\n "type": "public_channel",\n "id": 1088459257,\n "messages": ['
    written = number = 0
    while written < size:
        text = json.dumps(_desktop_message(posts[number % len(posts)], number + 1), ensure_ascii=False, indent=1)
        message = (",\n  " if number else "\n  ").encode() + text.replace("\n", "\n  ").encode()
        number += 1
        written += len(message)
        yield message
    yield b"\n ]\n}"


def _tdesktop_on_one_line(posts: list[RawPost], size: int) -> Iterator[bytes]:
    yield b'{"name":"Wire News","type":"public_channel","id":1088459257,"messages":['
    written = number = 0
    while written < size:
        text = json.dumps(
            _desktop_message(posts[number % len(posts)], number + 1), ensure_ascii=False, separators=(",", ":")
        )
        message = (b"," if number else b"") + text.encode()
        number += 1
        written += len(message)
        yield message
    yield b"]}"


def _desktop_message(post: RawPost, number: int) -> dict[str, Any]:
    photo = {"photo": _PLACEHOLDER, "width": 1280, "height": 720} if post.media else {}
    parts, end = [], 0
    for entity in post.entities:
        kind = "link" if entity.kind is EntityKind.URL else entity.kind.value
        parts.append({"type": "plain", "text": post.text[end : entity.start]})
        parts.append({"type": kind, "text": post.text[entity.start : entity.end]})
        end = entity.end
    parts = [part for part in (*parts, {"type": "plain", "text": post.text[end:]}) if part["text"]]
    texts = [part["text"] if part["type"] == "plain" else part for part in parts]
    return {
        "id": number,
        "type": "message",
        "date": "2020-09-13T12:26:40",
        "date_unixtime": str(1_600_000_000 + number * 60),
        "from": "Wire News",
        "from_id": "channel1088459257",
        **photo,
        "text": texts[0] if len(parts) == 1 and parts[0]["type"] == "plain" else texts,
        "text_entities": parts,
    }


def _jsonl(posts: list[RawPost], size: int) -> Iterator[bytes]:
    written = number = 0
    while written < size:
        number += 1
        line = posts[number % len(posts)].model_copy(update={"message_id": number}).to_json() + b"\n"
        written += len(line)
        yield line


FORMATS: dict[str, tuple[str, Callable[[list[RawPost], int], Iterator[bytes]]]] = {
    "Telegram Desktop": ("result.json", _tdesktop),
    "Telegram Desktop, one line": ("result.json", _tdesktop_on_one_line),
    "tdl export": ("export.json", _tdl),
    "JSON lines": ("posts.jsonl", _jsonl),
}


_OPEN: dict[str, Callable[[Path], Any]] = {
    ".gz": lambda path: gzip.GzipFile(path, "wb", 3),
    ".zst": lambda path: zstd.open(path, "wb", level=3),
}


def packed(path: Path, suffix: str) -> Path:
    """A packed copy of a file beside it."""
    copy = path.with_name(path.name + suffix)
    with path.open("rb") as source, _OPEN[suffix](copy) as target:
        while chunk := source.read(1 << 20):
            target.write(chunk)
    return copy


def _bare(path: Path) -> Iterator[object]:
    """Messages of an export that has a blank for each level."""
    with path.open("rb") as lines:
        held: list[bytes] = []
        for line in lines:
            if line == b"  {\n":
                held = [line]
            elif line in (b"  },\n", b"  }\n"):
                yield orjson.loads(b"".join([*held, b"}"]))
            else:
                held.append(line)


def _items(path: Path, mode: str) -> Iterator[object]:
    if mode == "bare":
        return _bare(path)
    (source,) = open_sources(path, ReadOptions(), sys.stdin.buffer).sources
    assert isinstance(source, RecordSource)
    return source.splits() if mode == "split" else source.read()


def measure(path: Path, mode: str) -> None:
    """Read a file, splitting alone or with mapping, and print what it took; runs in a process of its own."""
    items = _items(path, mode)
    began = time.process_time()
    count = sum(1 for _ in items)
    used_s = time.process_time() - began
    sys.stdout.write(f"{count} {used_s} {peak_kb()}\n")


def peak_kb() -> int:
    """Highest resident size of this program; getrusage would count that of the process that started it, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def main() -> None:
    """Measure every format, plain and packed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archives", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("megabytes", type=int, nargs="?", default=100, help="size of each file (%(default)s)")
    size = parser.parse_args().megabytes * _UNPACKED
    posts = list(generate(_POSTS, 1))
    sys.stdout.write(f"{'what':34}{'MB/s':>8}{'posts/s':>10}{'MB resident':>13}\n")
    with tempfile.TemporaryDirectory() as folder:
        for title, (name, write) in FORMATS.items():
            path = Path(folder, name)
            with path.open("wb") as stream:
                stream.writelines(write(posts, size))
            rows = [("a loop over lines and orjson", path, "bare")] if write is _tdesktop else []
            rows += [(f"{title}, splitting", path, "split"), (f"{title}, to RawPost", path, "map")]
            rows += [(f"{title}{suffix}, splitting", packed(path, suffix), "split") for suffix in (".gz", ".zst")]
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

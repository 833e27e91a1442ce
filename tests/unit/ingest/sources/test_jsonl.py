"""Files of JSON lines that grow, change, or hold monsters."""

import io
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from ingest.errors import SourceChangedError
from ingest.sources import Position, Rejected, Source, SourceItem, json_lines_source
from ingest.sources.base import MAX_INPUT_BYTES
from schemas import Lane, RawPost, RejectReason


def _source(path: Path) -> Source:
    return json_lines_source(path, f"news/{path.name}", Lane.BACKFILL)


def _line(text: str, end: str = "\n") -> bytes:
    return f'{{"text": "{text}"}}{end}'.encode()


def _read(path: Path, after: Position | None = None) -> list[SourceItem]:
    return list(_source(path).read(after))


def _texts(items: list[SourceItem]) -> list[str]:
    return [item.entry.text if isinstance(item.entry, RawPost) else "rejected" for item in items]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.jsonl"


def test_appended_lines_are_read_on_with_their_own_line_numbers(path: Path) -> None:
    path.write_bytes(_line("a") + b"\n" + _line("b"))
    last = _read(path)[-1]
    path.write_bytes(path.read_bytes() + _line("c"))
    (item,) = _read(path, last.position)
    assert (_texts([item]), item.line) == (["c"], 4)


def test_a_last_line_in_writing_is_rejected_now_and_read_when_it_is_whole(path: Path) -> None:
    path.write_bytes(_line("a") + b'{"text": ')
    first, broken = _read(path)
    assert isinstance(broken.entry, Rejected)
    assert broken.position is None
    path.write_bytes(path.read_bytes() + b'"b"}\n')
    assert _texts(_read(path, first.position)) == ["b"]


def test_a_whole_last_line_without_line_end_is_read_once(path: Path) -> None:
    path.write_bytes(_line("a", end=""))
    (item,) = _read(path)
    path.write_bytes(path.read_bytes() + b"\n" + _line("b"))
    (appended,) = _read(path, item.position)
    assert (_texts([appended]), appended.line) == (["b"], 2)


def test_windows_line_ends(path: Path) -> None:
    path.write_bytes(_line("a", "\r\n") + b"\r\n" + _line("b", "\r\n"))
    assert [item.line for item in _read(path)] == [1, 3]


def test_a_file_that_shrank_is_an_error(path: Path) -> None:
    path.write_bytes(_line("a") + _line("b"))
    position = _read(path)[-1].position
    path.write_bytes(_line("a"))
    with pytest.raises(SourceChangedError, match=r"news/a\.jsonl.*13 bytes, fewer than the 27 that were read"):
        _read(path, position)


def test_a_file_whose_read_part_changed_is_an_error(path: Path) -> None:
    path.write_bytes(_line("a") * 3)
    position = _read(path)[0].position
    path.write_bytes(_line("b") + _line("a") * 2)
    with pytest.raises(SourceChangedError, match="begin with the 13 bytes"):
        _read(path, position)


def test_a_change_behind_the_position_is_none(path: Path) -> None:
    path.write_bytes(_line("a") * 2)
    position = _read(path)[0].position
    path.write_bytes(_line("a") + _line("b"))
    assert _texts(_read(path, position)) == ["b"]


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_line_without_end_is_passed_in_constant_memory(end: str, path: Path) -> None:
    with path.open("wb") as file:
        file.write(_line("a") + b'{"text": "')
        for _ in range(5):
            file.write(b"x" * MAX_INPUT_BYTES)
        file.write(b'"}' + end.encode() + (_line("b") if end else b""))
    tracemalloc.start()
    items = _read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert _texts(items) == ["a", "rejected", "b"][: len(items)]
    assert isinstance(items[1].entry, Rejected)
    assert (items[1].entry.reason, items[1].entry.line, items[1].entry.offset) == (RejectReason.TOO_LARGE, 2, 14)
    assert (items[1].position is None) == (not end)
    assert peak < 3 * MAX_INPUT_BYTES


def test_the_longest_line_is_read(path: Path) -> None:
    path.write_bytes(_line("x" * (MAX_INPUT_BYTES - 13)) + _line("b"))
    assert [len(text) for text in _texts(_read(path))] == [MAX_INPUT_BYTES - 13, 1]


def test_a_big_file_is_streamed(path: Path) -> None:
    with path.open("wb") as file:
        for _ in range(5_000):
            file.write(_line("x" * 1000))
    tracemalloc.start()
    count = sum(1 for _ in _source(path).read())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 5_000
    assert peak < 1_000_000


def test_a_pipe_gives_each_line_as_it_comes() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as stream, os.fdopen(write_end, "wb", buffering=0) as writer:
        reader: Iterator[SourceItem] = json_lines_source(stream, "stdin", Lane.LIVE).read()
        for text in ("a", "b"):
            writer.write(_line(text))
            assert _texts([next(reader)]) == [text]
        writer.close()
        assert next(reader, None) is None


def test_a_stream_is_left_open() -> None:
    stream = cast(BinaryIO, io.BytesIO(_line("a")))
    assert _texts(list(json_lines_source(stream, "stdin", Lane.LIVE).read())) == ["a"]
    assert not stream.closed

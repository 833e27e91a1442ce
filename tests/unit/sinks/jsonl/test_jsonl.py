"""JSON lines: names of files, what a crash leaves, and disks that take nothing."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from runtime.settings.sink import JsonlSinkSettings
from schemas import RejectReason
from schemas.topics import NORMALIZED
from sinks.contract import Batch, Message, Written
from sinks.errors import SinkLockedError, SinkPlaceError, SinkUnavailableError
from sinks.jsonl import JsonlSink
from sinks.jsonl.lines import lines_of
from tests.support.sink_records import NOW_MS, POSTS, VERDICTS, batch, key, post, verdict

FIRST = f"{NORMALIZED.name}.2026-03-01.0001.jsonl"


class Calendar:
    """Today, as a test sets it."""

    def __init__(self) -> None:
        self.today = date(2026, 3, 1)

    def __call__(self) -> date:
        return self.today


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


Open = Callable[..., JsonlSink]


@pytest.fixture
def make(tmp_path: Path, calendar: Calendar) -> Iterator[Open]:
    """Opens sinks on one folder, each in place of the one before."""
    opened: list[JsonlSink] = []

    def make(**changes: Any) -> JsonlSink:
        for sink in opened:
            sink.close()
        sink = JsonlSink(JsonlSinkSettings(folder=tmp_path, **changes), calendar)
        opened.append(sink)
        if sink.open([POSTS, VERDICTS])[POSTS].offset < 0:
            sink.move(POSTS, 0)
            sink.move(VERDICTS, 0)
        return sink

    yield make
    for sink in opened:
        sink.close()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.jsonl"))


def keys(path: Path) -> list[str]:
    return [json.loads(line)["key"] for line in path.read_text().splitlines()]


def test_each_topic_and_each_day_has_a_file(make: Open, tmp_path: Path, calendar: Calendar) -> None:
    sink = make()
    sink.write(batch(POSTS, 0, post(1)))
    sink.write(batch(VERDICTS, 0, verdict(1, None), None, keys=(key(9),)))
    sink.write(batch(POSTS, 1, post(2)))
    calendar.today = date(2026, 3, 2)
    sink.write(batch(POSTS, 2, post(3)))
    assert files(tmp_path) == [
        "posts.duplicates.2026-03-01.0001.jsonl",
        FIRST,
        "posts.normalized.2026-03-02.0001.jsonl",
    ]
    assert keys(tmp_path / FIRST) == [key(1), key(2)]
    withdrawn = (tmp_path / "posts.duplicates.2026-03-01.0001.jsonl").read_text().splitlines()[1]
    assert json.loads(withdrawn) == {"type": "withdrawn", "key": key(9)}


def test_a_file_that_is_large_enough_is_followed_by_another(make: Open, tmp_path: Path) -> None:
    sink = make(max_bytes=3000)
    for number in range(10):
        sink.write(batch(POSTS, number, post(number + 1, text="x" * 1000)))
    names = files(tmp_path)
    assert names[:2] == [FIRST, FIRST.replace("0001", "0002")]
    assert [key(number) for number in range(1, 11)] == [each for name in names for each in keys(tmp_path / name)]


def test_files_that_are_complete_can_be_taken_away(make: Open, tmp_path: Path) -> None:
    sink = make(max_bytes=1)
    for number in range(3):
        sink.write(batch(POSTS, number, post(number + 1)))
    (tmp_path / FIRST).unlink()
    sink = make(max_bytes=1)
    assert sink.write(batch(POSTS, 3, post(4))) == Written(4)
    assert files(tmp_path)[-1] == FIRST.replace("0001", "0004")


def test_lines_that_a_crash_has_left_are_cut_off(make: Open, tmp_path: Path) -> None:
    make().write(batch(POSTS, 0, post(1)))
    whole = (tmp_path / FIRST).read_bytes()
    (tmp_path / FIRST).write_bytes(whole + b'{"key": "half')
    sink = make()
    assert (tmp_path / FIRST).read_bytes() == whole
    sink.write(batch(POSTS, 1, post(2)))
    assert keys(tmp_path / FIRST) == [key(1), key(2)]


@pytest.mark.parametrize("content", [None, b"", b"{}\n"])
def test_a_file_that_was_cut_or_moved_is_refused_in_words(make: Open, tmp_path: Path, content: bytes | None) -> None:
    make().write(batch(POSTS, 0, post(1)))
    (tmp_path / FIRST).unlink()
    if content is not None:
        (tmp_path / FIRST).write_bytes(content)
    with pytest.raises(SinkPlaceError, match=r"bytes, but \d+ were written: it was cut, moved or replaced"):
        make()


def test_a_full_disk_is_waited_for_and_nothing_is_twice(
    make: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = make()
    sink.write(batch(POSTS, 0, post(1)))
    write = os.write

    def half(descriptor: int, data: memoryview) -> int:
        if len(data) < 200:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data[: len(data) // 2])

    monkeypatch.setattr("sinks.jsonl.sink.os.write", half)
    for _ in range(3):
        with pytest.raises(SinkUnavailableError, match="No space left on device"):
            sink.write(batch(POSTS, 1, post(2), post(3)))
    monkeypatch.undo()
    assert sink.write(batch(POSTS, 1, post(2), post(3))) == Written(3)
    assert keys(tmp_path / FIRST) == [key(1), key(2), key(3)]


def test_a_full_disk_under_the_side_file_leaves_the_offset_where_it_was(
    make: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = make()
    sink.write(batch(POSTS, 0, post(1)))

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "offsets.json")

    monkeypatch.setattr("sinks.offsets_file.replace_file", full)
    with pytest.raises(SinkUnavailableError, match=r"offsets\.json: No space left"):
        sink.write(batch(POSTS, 1, post(2)))
    monkeypatch.undo()
    sink = make()
    assert keys(tmp_path / FIRST) == [key(1)]
    assert sink.write(batch(POSTS, 1, post(2))) == Written(2)
    assert keys(tmp_path / FIRST) == [key(1), key(2)]


def test_a_read_only_disk_ends_the_sink_in_words(make: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = make()

    def read_only(*_: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("sinks.jsonl.sink.os.ftruncate", read_only)
    with pytest.raises(SinkPlaceError, match="Read-only file system: make it writable"):
        sink.write(batch(POSTS, 0, post(1)))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sink = JsonlSink(JsonlSinkSettings(folder=tmp_path / "file" / "inside"))
    with pytest.raises(SinkPlaceError, match=r"file/inside.*Not a directory"):
        sink.open([POSTS])
    sink.close()


def test_a_second_process_is_refused(make: Open, tmp_path: Path) -> None:
    make()
    second = JsonlSink(JsonlSinkSettings(folder=tmp_path))
    with pytest.raises(SinkLockedError, match=r"another process \(pid \d+\) writes there, which may be frozen"):
        second.open([POSTS])
    second.close()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"type": "sink_offsets", "version": 2}', "written by a newer tgwire"),
        (b"{", r"damaged \(the file: "),
        (b'{"type": "sink_offsets", "version": 1, "offsets": [{"topic": 5}]}', r"damaged \(offsets\.0\.topic: "),
    ],
)
def test_a_side_file_that_cannot_be_read_is_refused(make: Open, tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "offsets.json").write_bytes(content)
    with pytest.raises(SinkPlaceError, match=words):
        make()


def test_a_record_is_written_byte_for_byte() -> None:
    value = b'{"key": "tg:1:2",  "text": "\\u0000 \xf0\x9f\x91\x8d"}'
    assert lines_of([Message(0, b"k", value, NOW_MS)]) == ([value + b"\n"], [])


def test_a_record_of_several_lines_becomes_one() -> None:
    value = b'{\n "a": "x\\ny",\r\n "b": [123456789012345678901234567890, 1.10]\n}'
    line = b'{"a":"x\\ny","b":[123456789012345678901234567890,1.10]}\n'
    assert lines_of([Message(0, b"k", value, NOW_MS)]) == ([line], [])


@pytest.mark.parametrize(
    ("name", "value", "reason", "field", "words"),
    [
        (b"k", b'{"a"', RejectReason.INVALID_JSON, None, "invalid JSON"),
        (b"k", b'{"a": nul}', RejectReason.INVALID_JSON, None, "invalid JSON at byte 7"),
        (b"k", b'{"a": "\\ud800"}', RejectReason.INVALID_JSON, None, "invalid JSON"),
        (b"k", b'{"a": "\xff"}', RejectReason.INVALID_JSON, None, "invalid UTF-8 at byte 7"),
        (b"k", b'{"a": {"b": [01]}}', RejectReason.INVALID_JSON, None, "invalid JSON at byte"),
        (b"k", b'{"a": NaN}', RejectReason.INVALID_JSON, None, "invalid JSON at byte"),
        (b"k", b"{} {}", RejectReason.INVALID_JSON, None, "invalid JSON"),
        (b"k", b"[1]", RejectReason.INVALID_FIELD, None, "not an object"),
        (b"\xff", None, RejectReason.INVALID_FIELD, "key", "a key that is not UTF-8 at byte 0"),
        (None, None, RejectReason.INVALID_FIELD, "key", "neither key nor value"),
    ],
)
def test_what_cannot_be_a_line_is_refused(
    name: bytes | None, value: bytes | None, reason: RejectReason, field: str | None, words: str
) -> None:
    lines, [refusal] = lines_of([Message(0, name, value, NOW_MS)])
    assert lines == []
    assert (refusal.reason, refusal.field) == (reason, field)
    assert words in refusal.text


def test_a_batch_with_a_refusal_writes_nothing(make: Open, tmp_path: Path) -> None:
    sink = make()
    written = sink.write(Batch(POSTS, 0, 2, [batch(POSTS, 0, post(1)).messages[0], Message(1, b"k", b"{", NOW_MS)]))
    assert (written.next_offset, len(written.refused)) == (0, 1)
    assert files(tmp_path) == []

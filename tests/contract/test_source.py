"""What every source of raw posts does, whatever it reads."""

import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.errors import SourceUnreadableError
from ingest.sources import Item, JsonLinesSource, Rejected, Source, TextSource
from schemas import Lane, RawPost, RejectReason

GOOD_LINES = [{"channel_id": 7, "message_id": n, "text": f"слово {n} 👍", "date": 1_700_000_000 + n} for n in (1, 2, 3)]


def _jsonl(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines)


GOOD = [json.dumps(line).encode() for line in GOOD_LINES]
BAD = [
    b"{broken",
    b'"no object"',
    b'{"text": "\xff"}',
    b'{"text": 1}',
    b'{"type": "raw_post", "schema_version": 9}',
    b'{"text": "a", "date": "2024-01-01T00:00:00"}',
]


@dataclass(frozen=True)
class Case:
    """A kind of source over some input."""

    files: dict[str, bytes]
    open: Callable[[Path], Source]
    posts: int
    rejected: int
    is_file: bool = True


def _text(folder: Path) -> Source:
    return TextSource(folder / "a.txt", folder.name, Lane.BACKFILL)


def _lines(folder: Path) -> Source:
    return JsonLinesSource(folder / "a.jsonl", f"{folder.name}/a.jsonl", Lane.BACKFILL)


def _pipe(folder: Path) -> Source:
    return JsonLinesSource(io.BytesIO((folder / "a.jsonl").read_bytes()), "stdin", Lane.BACKFILL)


MIXED = _jsonl(GOOD[0], *BAD[:3], GOOD[1], b"", *BAD[3:], GOOD[2])
CASES = {
    "text": Case({"a.txt": "Новость\n\nТекст".encode()}, _text, 1, 0),
    "text, empty": Case({"a.txt": b""}, _text, 0, 1),
    "text, nothing to see": Case({"a.txt": "\u200b\u2060\n".encode()}, _text, 0, 1),
    "text, blank behind a header": Case({"a.txt": b"---\nmessage_id: 5\n---\n \n"}, _text, 0, 1),
    "text with a header": Case({"a.txt": b"---\nmessage_id: 5\ntitle: T\n---\nbody"}, _text, 1, 0),
    "text with a sidecar": Case({"a.txt": b"body", "a.toml": b"message_id = 5"}, _text, 1, 0),
    "text, invalid UTF-8": Case({"a.txt": b"ab\n\xff"}, _text, 0, 1),
    "JSON lines": Case({"a.jsonl": _jsonl(*GOOD)}, _lines, 3, 0),
    "JSON lines without ids": Case({"a.jsonl": _jsonl(b'{"text": "a"}', b'{"text": "b"}')}, _lines, 2, 0),
    "JSON lines, some bad": Case({"a.jsonl": MIXED}, _lines, 3, 6),
    "JSON lines, last line open": Case({"a.jsonl": MIXED + GOOD[0]}, _lines, 4, 6),
    "JSON lines, empty": Case({"a.jsonl": b""}, _lines, 0, 0),
    "a pipe": Case({"a.jsonl": MIXED}, _pipe, 3, 6, is_file=False),
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    result: Case = request.param
    return result


@pytest.fixture
def folder(case: Case, tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    for name, content in case.files.items():
        (folder / name).write_bytes(content)
    return folder


def _posts(items: list[Item]) -> list[RawPost]:
    return [item.entry for item in items if isinstance(item.entry, RawPost)]


def _rejections(items: list[Item]) -> list[Rejected]:
    return [item.entry for item in items if isinstance(item.entry, Rejected)]


def test_bad_input_is_reported_and_stops_nothing(case: Case, folder: Path) -> None:
    items = list(case.open(folder).read())
    assert (len(_posts(items)), len(_rejections(items))) == (case.posts, case.rejected)


def test_every_run_gives_the_same(case: Case, folder: Path) -> None:
    assert list(case.open(folder).read()) == list(case.open(folder).read())


def test_keys_and_names_do_not_depend_on_where_the_folder_lies(case: Case, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "backup" / "news"
    shutil.copytree(folder, elsewhere)
    assert list(case.open(folder).read()) == list(case.open(elsewhere).read())


def test_no_record_and_no_message_holds_an_absolute_path(case: Case, folder: Path) -> None:
    source = case.open(folder)
    items = list(source.read())
    told = [post.model_dump_json() for post in _posts(items)] + [str(rejected) for rejected in _rejections(items)]
    assert not [line for line in [*told, source.name] if str(folder.parent) in line]


def test_a_record_names_its_source(case: Case, folder: Path) -> None:
    source = case.open(folder)
    for item in source.read():
        if isinstance(item.entry, RawPost):
            assert (item.entry.source.kind, item.entry.source.name) == (source.kind, source.name)
            assert item.entry.source.position == item.line
        else:
            assert item.entry.source == source.name
            assert item.entry.message


def test_every_position_resumes_without_loss_or_repeat(case: Case, folder: Path) -> None:
    items = list(case.open(folder).read())
    for number, item in enumerate(items):
        assert item.position is not None
        assert list(case.open(folder).read(item.position)) == items[number + 1 :]


def test_positions_grow(case: Case, folder: Path) -> None:
    offsets = [item.position.offset for item in case.open(folder).read() if item.position is not None]
    assert offsets == sorted(set(offsets))
    assert all(offset > 0 for offset in offsets)


def test_unknown_dates_stay_null_and_the_lane_is_the_one_asked_for(case: Case, folder: Path) -> None:
    for post in _posts(list(case.open(folder).read())):
        assert post.lane is Lane.BACKFILL
        assert post.collected_at is None
        assert (post.posted_at is None) == (post.channel.id != 7)


def test_a_reader_can_be_left_halfway(case: Case, folder: Path) -> None:
    reader = case.open(folder).read()
    next(reader, None)
    del reader  # a file left open would be a ResourceWarning, and so an error


def test_identity_distinguishes_files_and_is_stable(case: Case, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "backup" / "news"
    shutil.copytree(folder, elsewhere)
    identities = [case.open(folder).identity, case.open(folder).identity, case.open(elsewhere).identity]
    if case.is_file:
        assert identities[0] == identities[1] != identities[2]
    else:
        assert identities == [None] * 3


def test_a_file_that_is_gone_is_an_error_that_names_it(case: Case, folder: Path) -> None:
    source = case.open(folder)
    shutil.rmtree(folder)
    assert source.total_bytes is None
    if case.is_file:
        with pytest.raises(SourceUnreadableError, match="news/a"):
            list(source.read())


def test_reasons_are_distinguished(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(_jsonl(*BAD))
    rejections = _rejections(list(JsonLinesSource(path, "n/a.jsonl", Lane.LIVE).read()))
    version, field, broken = RejectReason.UNKNOWN_SCHEMA_VERSION, RejectReason.INVALID_FIELD, RejectReason.INVALID_JSON
    assert [r.reason for r in rejections] == [broken, broken, broken, field, version, field]
    assert [r.line for r in rejections] == [1, 2, 3, 4, 5, 6]

"""Sources of posts of ours: plain text and JSON lines."""

import io
import json
from pathlib import Path
from typing import ClassVar

from ingest.sources import Source, json_lines_source, open_sources, text_source
from ingest.sources.options import ReadOptions
from schemas import Channel, Lane, Media, MediaKind, PostSource, RawPost, RejectReason
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

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


def _text(folder: Path) -> Source:
    return text_source(folder / "a.txt", folder.name, Lane.BACKFILL)


def _lines(folder: Path) -> Source:
    return json_lines_source(folder / "a.jsonl", f"{folder.name}/a.jsonl", Lane.BACKFILL)


def _pipe(folder: Path) -> Source:
    return json_lines_source(io.BytesIO((folder / "a.jsonl").read_bytes()), "stdin", Lane.BACKFILL)


MIXED = _jsonl(GOOD[0], *BAD[:3], GOOD[1], b"", *BAD[3:], GOOD[2])
CASES_OF_OURS = {
    "text": Case({"a.txt": "Новость\n\nТекст".encode()}, 1, 0, open=_text),
    "text, empty": Case({"a.txt": b""}, 0, 1, open=_text),
    "text, nothing to see": Case({"a.txt": "\u200b\u2060\n".encode()}, 0, 1, open=_text),
    "text, blank behind a header": Case({"a.txt": b"---\nmessage_id: 5\n---\n \n"}, 0, 1, open=_text),
    "text with a header": Case({"a.txt": b"---\nmessage_id: 5\ntitle: T\n---\nbody"}, 1, 0, open=_text),
    "text with a sidecar": Case({"a.txt": b"body", "a.toml": b"message_id = 5"}, 1, 0, open=_text),
    "text, invalid UTF-8": Case({"a.txt": b"ab\n\xff"}, 0, 1, open=_text),
    "JSON lines": Case({"a.jsonl": _jsonl(*GOOD)}, 3, 0, open=_lines, encodings=("utf-8-sig", "utf-16", "utf-32")),
    "JSON lines without ids": Case({"a.jsonl": _jsonl(b'{"text": "a"}', b'{"text": "b"}')}, 2, 0, open=_lines),
    "JSON lines, some bad": Case({"a.jsonl": MIXED}, 3, 6, open=_lines),
    "JSON lines, last line open": Case({"a.jsonl": _jsonl(*BAD) + GOOD[0]}, 1, 6, open=_lines),
    "JSON lines, empty": Case({"a.jsonl": b""}, 0, 0, open=_lines),
    "a pipe": Case({"a.jsonl": MIXED}, 3, 6, open=_pipe, is_file=False),
}


class TestOurs(SourceContract):
    CASES: ClassVar[dict[str, Case]] = CASES_OF_OURS

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        messages = (
            {"channel_id": 7, "message_id": number, "text": text, "date": 1_700_000_000} for number, text in given
        )
        return {"a.jsonl": _jsonl(*(json.dumps(each).encode() for each in messages))}

    def test_unknown_dates_stay_null(self, case: Case, folder: Path) -> None:
        for post in posts(self.items(case, folder)):
            assert post.lane is Lane.BACKFILL
            assert (post.posted_at is None) == (post.channel.id != 7)


def test_reasons_are_distinguished(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(_jsonl(*BAD))
    found = rejections(list(json_lines_source(path, "n/a.jsonl", Lane.LIVE).read()))
    version, field, broken = RejectReason.UNKNOWN_SCHEMA_VERSION, RejectReason.INVALID_FIELD, RejectReason.INVALID_JSON
    assert [r.reason for r in found] == [broken, broken, broken, field, version, field]
    assert [r.line for r in found] == [1, 2, 3, 4, 5, 6]


def test_one_raw_post_with_media_is_ours_whatever_its_file_is_named(tmp_path: Path) -> None:
    """The first list within it is one of its media, and no list of posts."""
    media = (Media(kind=MediaKind.PHOTO, id="9"),)
    post = RawPost(channel=Channel(id=7), message_id=3, text="a", media=media, source=PostSource(kind="telegram"))
    (tmp_path / "a.json").write_bytes(post.to_json() + b"\n")
    (source,) = open_sources(tmp_path / "a.json", ReadOptions(), io.BytesIO()).sources
    assert source.kind == "jsonl"
    assert [found.media for found in posts(list(source.read()))] == [media]


def test_archives_of_one_channel_may_overlap(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(_jsonl(*GOOD[:2]))
    (tmp_path / "b.jsonl").write_bytes(_jsonl(*GOOD[1:]))
    items = [item for each in open_sources(tmp_path, ReadOptions(), io.BytesIO()).sources for item in each.read()]
    assert [post.message_id for post in posts(items)] == [1, 2, 2, 3]
    assert rejections(items) == []

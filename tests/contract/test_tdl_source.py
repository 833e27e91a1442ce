"""Exports of tdl."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ingest.sources.base import NoPostKind
from schemas import Channel, Media, MediaKind
from tests.contract.source_contract import Case, SourceContract, posts, rejections

MESSAGES: list[dict[str, Any]] = [
    {"id": 12, "type": "message", "file": "6141001032633356278.jpg", "date": 1_780_980_391, "text": "Новость 😅"},
    {"id": 11, "type": "message", "file": "report.pdf", "date": 1_780_980_000, "text": '},{"id":7,"type":"message"'},
    {"id": 10, "type": "message", "file": "", "date": 1_780_979_000, "text": "third"},
]


def export(messages: list[dict[str, Any]], **layout: Any) -> bytes:
    return json.dumps({"id": 1341930464, "messages": messages}, ensure_ascii=False, **layout).encode()


PLAIN = export(MESSAGES, separators=(",", ":"))
BAD: list[dict[str, Any]] = [
    {"id": 0, "type": "message", "file": "", "date": 1_780_979_000, "text": "zero"},
    {"id": 2**63, "type": "message", "file": "", "date": 1_780_979_000, "text": "large"},
    {"id": 9, "type": "message", "file": "", "date": "yesterday", "text": "date"},
    {"id": 8, "type": "message", "file": "", "date": 1_780_979_000, "text": ["list"]},
]
WITHOUT_CONTENT = [{"id": 12, "type": "message", "file": "a.mp4"}, {"id": 11, "type": "message", "file": ""}]


class TestTdl(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "with content": Case({"a.json": PLAIN}, posts=3, encodings=("utf-8-sig", "utf-16", "utf-16-le", "utf-32")),
        "indented": Case({"a.json": export(MESSAGES, indent=4)}, posts=3),
        "without content": Case({"a.json": export(WITHOUT_CONTENT)}, posts=1, no_posts={NoPostKind.EMPTY: 1}),
        "bad messages": Case({"a.json": export([MESSAGES[0], *BAD, MESSAGES[2]])}, posts=2, rejected=4),
        "broken message": Case({"a.json": PLAIN.replace(b'"report.pdf"', b"report")}, posts=2, rejected=1),
        "cut": Case({"a.json": PLAIN[:-30]}, posts=2, rejected=1, has_open_end=True),
        "cut behind the messages": Case({"a.json": PLAIN[:-1]}, posts=3, rejected=1, has_open_end=True),
    }

    def test_fields(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_bytes(PLAIN)
        first, second, _ = posts(self.items(Case({"a.json": b""}), tmp_path))
        assert first.channel == Channel(id=1341930464)
        assert (first.message_id, first.text) == (12, "Новость 😅")
        assert first.posted_at == datetime(2026, 6, 9, 4, 46, 31, tzinfo=UTC)
        assert first.media == (Media(kind=MediaKind.PHOTO, id="6141001032633356278"),)
        assert second.media == (Media(kind=MediaKind.DOCUMENT, file_name="report.pdf"),)

    def test_a_rejection_names_record_byte_and_field(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_bytes(export([MESSAGES[0], BAD[2]]))
        (rejected,) = rejections(self.items(Case({"a.json": b""}), tmp_path))
        assert (rejected.record, rejected.field) == (2, "date")
        assert (tmp_path / "a.json").read_bytes()[rejected.offset :].startswith(b'{"id": 9')

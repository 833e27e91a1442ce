"""Comments in JSON, which editors and scripts leave there."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.sources import open_sources
from ingest.sources.json_comments import utf8_json, without_comments
from ingest.sources.options import ReadOptions
from schemas import RawPost
from tests.support.linear import is_linear

ROWS = [
    {"message_id": n, "date": "2024-05-01T12:00:00Z", "text": f"Ferry {n} // see http://example.org/*"}
    for n in (1, 2, 3)
]
TEXT = json.dumps(ROWS, indent=1)


def _posts(path: Path) -> list[str]:
    entries = [
        item.entry for source in open_sources(path, ReadOptions(), io.BytesIO()).sources for item in source.read()
    ]
    assert all(isinstance(entry, RawPost) for entry in entries)
    return [entry.text for entry in entries if isinstance(entry, RawPost)]


@pytest.mark.parametrize(
    "text",
    [
        f"// exported\n{TEXT}",
        f"/* exported\n by a script */ {TEXT}",
        f"# exported\n\n# twice\n{TEXT}",
        TEXT.replace(" {", " // the next\n {"),
        TEXT.replace('"date"', '/* when */ "date"'),
        TEXT.replace(",\n", ", /* a */ // b\n"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_comments_cost_nothing(text: str, encoding: str, tmp_path: Path) -> None:
    (tmp_path / "posts.json").write_text(text, encoding=encoding)
    assert _posts(tmp_path / "posts.json") == [row["text"] for row in ROWS]


def test_lines_may_have_them(tmp_path: Path) -> None:
    lines = "// exported\n" + "".join(f"{json.dumps(row)} // read\n" for row in ROWS)
    (tmp_path / "posts.jsonl").write_text(lines)
    assert len(_posts(tmp_path / "posts.jsonl")) == 3


def test_an_address_behind_a_missing_quote_is_no_comment() -> None:
    text = b'[{"id": 1, "text": "see, "link": "http://example.org"},\n{"id": 2, "link": "http://example.org"}]'
    assert without_comments(text) == text


def test_bytes_keep_their_places_across_reads() -> None:
    text = (b"// a comment\n" + b'{"text": "http://example.org"}, // \xd0\xb1\n' * 20_000) + b"[" + b"1," * 1_000_000
    text = b"[" + text
    clean = utf8_json(io.BytesIO(text)).read()
    assert len(clean) == len(text)
    assert clean == text.replace(b"// a comment", b" " * 12).replace(b"// \xd0\xb1", b" " * 5)


@pytest.mark.parametrize("piece", [b"/*\n", b"/**/", b"1//x\n", b'"\n', b"/", b"#\n"])
def test_comments_take_time_by_their_length_alone(piece: bytes) -> None:
    def reading(count: int) -> Callable[[], object]:
        text = b"[\n//\n" + piece * count
        return lambda: utf8_json(io.BytesIO(text)).read()

    assert is_linear(reading(20_000), reading(200_000))

"""Why an input was refused is said without a piece of it: reasons go to logs, dead letters and terminals."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ingest.sources.base import Rejected
from ingest.sources.post_line import parse_line
from ingest.sources.text import TextSource
from processors.core.decode import RAW_POST, decode, decode_fingerprints
from processors.core.outcomes import Reject
from schemas import Lane
from schemas.field_path import field_path

SECRET = "the minister resigns tomorrow"
POST: dict[str, Any] = {
    "type": "raw_post", "channel": {"id": 5}, "message_id": 7, "text": "x", "source": {"kind": "jsonl"},
}  # fmt: skip
SPOILT: list[dict[str, Any]] = [
    {"counters": {"reactions": {SECRET: -1}}},
    {"counters": {"reactions": {SECRET: {SECRET: 1}}}},
    {"counters": {"views": SECRET}},
    {"counters": SECRET},
    {"channel": {"id": SECRET}},
    {"channel": {"id": 5, "title": [SECRET]}},
    {"message_id": SECRET},
    {"posted_at": SECRET},
    {"edited_at": SECRET},
    {"text": [SECRET]},
    {"entities": [{"kind": SECRET, "start": 0, "end": 1}]},
    {"entities": {SECRET: 1}},
    {"media": [{"kind": "poll", "poll": {"question": "?", "answers": [{"text": "yes", "voters": SECRET}]}}]},
    {"media": SECRET},
    {"forward": {"channel_id": SECRET}},
    {"reply_to": {"message_id": SECRET}},
    {"schema_version": SECRET},
    {"schema_version": {SECRET: 1}},
    {"schema_version": "resigns"},
    {"type": SECRET, "text": 1},
    {"source": SECRET, "album_id": SECRET},
]  # fmt: skip


def said(reject: object) -> str:
    assert isinstance(reject, Rejected | Reject), reject
    return f"{reject.message} {reject.field}"


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda spoilt: "-".join(spoilt))
def test_no_reason_repeats_what_was_posted(spoilt: dict[str, Any]) -> None:
    line = json.dumps(POST | spoilt).encode()
    short = json.dumps({key: value for key, value in (POST | spoilt).items() if key != "type"} | {"text": 1}).encode()
    lines = [parse_line(line, 1, "a.jsonl"), parse_line(short, 1, "a.jsonl")]
    message = decode(RAW_POST, line)
    for reject in (*lines, message, decode_fingerprints(line, epoch=1)):
        assert not {"minister", "resigns", "tomorrow"} & set(re.findall(r"\w+", said(reject))), reject


def test_the_place_ends_before_a_key_that_somebody_wrote() -> None:
    line = json.dumps(POST | {"counters": {"reactions": {SECRET: -1}}}).encode()
    rejected, reject = parse_line(line, 1, "a.jsonl"), decode(RAW_POST, line)
    assert isinstance(rejected, Rejected)
    assert isinstance(reject, Reject)
    assert (rejected.field, reject.field) == ("counters.reactions", "counters.reactions")


def test_places_of_the_contract_are_whole() -> None:
    assert field_path(("media", 0, "poll", "answers", 2, "voters")) == "media.0.poll.answers.2.voters"
    assert field_path(("original", SECRET, 3)) == "original"
    assert field_path(()) is None


@pytest.mark.parametrize(
    "text", [f"---\ntitle: T\n{SECRET}: he said\n---\n", f"---\ntitle: T\n{SECRET}: a\n{SECRET}: b\n---\n"]
)
def test_no_line_of_a_text_is_repeated_as_a_key(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text)
    (item,) = TextSource(path, "news", Lane.LIVE).read()
    assert isinstance(item.entry, Rejected)
    assert "minister" not in str(item.entry)
    assert item.entry.line is not None


def test_broken_toml_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Rain.")
    (tmp_path / "a.toml").write_text("title = {minister = 1, minister = 2}\n")
    (item,) = TextSource(tmp_path / "a.txt", "news", Lane.LIVE).read()
    assert isinstance(item.entry, Rejected)
    assert "broken TOML" in item.entry.message
    assert "minister" not in item.entry.message

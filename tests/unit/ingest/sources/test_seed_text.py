"""Text seeds: ids, headers, and what is wrong with them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.sources import Rejected, SourceItem, text_source
from ingest.sources.base import MAX_INPUT_BYTES
from ingest.sources.containers.disk_file import PlainFile
from ingest.sources.options import GivenChannel, ReadOptions
from ingest.sources.seed_text.reader import TextSource
from schemas import Channel, Lane, PostSource, RawPost, RejectReason, synthetic_id

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
FULL = """---
title: Wire: News
username: @wire
channel_id: 7
message_id: 42
posted_at: 2024-05-01T15:00:00+03:00
edited_at: 1714564800
---
"""


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    return tmp_path / "a.txt"


def _item(seed: Path) -> SourceItem:
    (item,) = text_source(seed, "news", Lane.BACKFILL).read()
    return item


def _post(seed: Path) -> RawPost:
    entry = _item(seed).entry
    assert isinstance(entry, RawPost), entry
    return entry


def _rejected(seed: Path) -> Rejected:
    entry = _item(seed).entry
    assert isinstance(entry, Rejected), entry
    return entry


def test_a_bare_file(seed: Path) -> None:
    seed.write_bytes("Заголовок 👍\r\n\n текст \n".encode())
    assert _post(seed) == RawPost(
        channel=Channel(id=synthetic_id("news"), title="news"),
        message_id=synthetic_id("news/a"),
        text="Заголовок 👍\r\n\n текст \n",
        source=PostSource(kind="text", name="news/a.txt"),
        lane=Lane.BACKFILL,
    )


def test_the_channel_may_be_given_where_a_header_does_not_say_it(seed: Path) -> None:
    options = ReadOptions(channel=GivenChannel(id=5, username="wirenews"))
    for content, channel in (("abc", 5), ("---\ntitle: Wire\n---\nabc", 5), ("---\nchannel_id: 7\n---\nabc", 7)):
        seed.write_text(content)
        (item,) = TextSource(PlainFile(seed, "news"), options).read()
        assert isinstance(item.entry, RawPost)
        assert item.entry.channel.id == channel


def test_a_derived_id_is_warned_of_alike_for_all_texts_of_a_folder(seed: Path, tmp_path: Path) -> None:
    said = set()
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("abc")
        source = text_source(tmp_path / name, "2024/news", Lane.BACKFILL)
        assert list(source.read())
        said.update(source.warnings)
    (warning,) = said
    assert warning.startswith("news: the id of channel news is unknown")


def test_a_byte_order_mark_is_not_text(seed: Path) -> None:
    seed.write_bytes(b"\xef\xbb\xbfabc")
    assert _post(seed).text == "abc"


def test_front_matter(seed: Path) -> None:
    seed.write_text(FULL + "\nbody\n---\nmore")
    post = _post(seed)
    assert post.channel == Channel(id=7, username="wire", title="Wire: News")
    assert (post.message_id, post.posted_at, post.edited_at) == (42, NOON, NOON)
    assert post.text == "\nbody\n---\nmore"


def test_front_matter_with_windows_line_ends_and_empty_values(seed: Path) -> None:
    seed.write_bytes(b"---\r\nmessage_id: 42\r\nposted_at:\r\n---\r\nbody\r\n")
    assert (_post(seed).message_id, _post(seed).posted_at, _post(seed).text) == (42, None, "body\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "---\nA line that a divider opens\n---\nbody",
        "---\n\ntitle: not in the block\n---\n",
        "---",
        "----\ntitle: x\n----\n",
        "body\n---\ntitle: x\n---\n",
        "---\nПрезидент: цитата\n---\n",
        "---\nMinister: a quote\n---\nNews",
        "---\nTitles won today:\nnone\n---\n",
    ],
)
def test_a_divider_is_text(text: str, seed: Path) -> None:
    seed.write_text(text)
    assert _post(seed).text == text


@pytest.mark.parametrize(
    ("header", "line", "field", "message"),
    [
        ("title: T\nposted_at: 2024-05-01T12:00:00", 3, "posted_at", "time zone is missing"),
        ("title: T\nposted_at: soon", 3, "posted_at", "not an ISO 8601"),
        ("channel_id: -100", 2, "channel_id", "not the id of a channel"),
        ("message_id: 4x", 2, "message_id", "expected a whole number"),
        ("title: T\nmesage_id: 4", 3, "mesage_id", "unknown; known are channel_id"),
        ("title: T\ntitle: U", 3, "title", "given twice"),
        ("title: T\njust words", 3, None, "expected key: value"),
        ("edited_at: 0", 2, "edited_at", "no date"),
        ("posted_at: 9999-01-01T00:00:00Z", 2, "posted_at", "outside the years 1970 to 2105"),
        ("channel_id: 9223372036854775808", 2, "channel_id", "less than 9007199254740992"),
    ],
)
def test_a_bad_header_is_named_by_line_and_field(
    header: str, line: int, field: str | None, message: str, seed: Path
) -> None:
    seed.write_text(f"---\n{header}\n---\nbody")
    rejected = _rejected(seed)
    assert (rejected.source, rejected.line, rejected.field) == ("news/a.txt", line, field)
    assert rejected.reason is RejectReason.INVALID_FIELD
    assert message in rejected.message


@pytest.mark.parametrize(
    ("header", "line", "field", "meant"),
    [
        ("titel: T", 2, "titel", "title"),
        ("Title: T", 2, "Title", "title"),
        ("source: x\nmesage_id: 4", 3, "mesage_id", "message_id"),
        ("Channel ID: 4", 2, "Channel ID", "channel_id"),
        ("posted-at: 2024-05-01T12:00:00Z", 2, "posted-at", "posted_at"),
        ("user_name: wire", 2, "user_name", "username"),
    ],
)
def test_a_misspelt_header_is_not_read_as_text(header: str, line: int, field: str, meant: str, seed: Path) -> None:
    seed.write_text(f"---\n{header}\n---\nbody")
    rejected = _rejected(seed)
    assert (rejected.line, rejected.field) == (line, field)
    assert rejected.message == f"unknown; did you mean {meant}?"


@pytest.mark.parametrize("text", ["---\ntitle: T", "---\ntitle: T\n\nbody", "---\ntitle: T\n" + "title: T\n" * 500])
def test_a_header_without_end(text: str, seed: Path) -> None:
    seed.write_text(text)
    assert "not closed" in _rejected(seed).message


def test_a_sidecar_leaves_the_text_untouched(seed: Path) -> None:
    seed.write_text("body")
    seed.with_suffix(".toml").write_text(
        'title = "Wire"\nmessage_id = 42\nposted_at = 2024-05-01T12:00:00Z\nedited_at = 1714564800\n'
    )
    post = _post(seed)
    assert (post.channel, post.message_id) == (Channel(id=synthetic_id("Wire"), title="Wire"), 42)
    assert (post.posted_at, post.edited_at, post.text) == (NOON, NOON, "body")


@pytest.mark.parametrize(
    ("sidecar", "line", "field", "message"),
    [
        (b'title = "T"\nposted_at = 2024-05-01T12:00:00\n', 2, "posted_at", "time zone is missing"),
        (b"posted_at = 2024-05-01\n", 1, "posted_at", "ISO 8601 with a time zone"),
        (b"title = 5\n", 1, "title", "expected text"),
        (b"id = 5\n", 1, "id", "unknown"),
        (b"title = \n", None, None, "broken TOML"),
        (b"title = '\xff'\n", None, None, "invalid UTF-8 at byte 9"),
    ],
)
def test_a_bad_sidecar_is_named(sidecar: bytes, line: int | None, field: str | None, message: str, seed: Path) -> None:
    seed.write_text("body")
    seed.with_suffix(".toml").write_bytes(sidecar)
    rejected = _rejected(seed)
    assert (rejected.source, rejected.line, rejected.field) == ("news/a.toml", line, field)
    assert message in rejected.message


def test_two_headers_are_one_too_many(seed: Path) -> None:
    seed.write_text(FULL + "body")
    seed.with_suffix(".toml").write_text("message_id = 5\n")
    assert "keep one" in _rejected(seed).message


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_invalid_utf8_is_named_by_line_and_byte(start: bytes, seed: Path) -> None:
    seed.write_bytes(start + b"ab\ncd\xff")
    rejected = _rejected(seed)
    assert (rejected.line, rejected.offset, rejected.field) == (2, len(start) + 5, "text")


def test_a_file_above_the_limit_is_rejected_unread(seed: Path) -> None:
    with seed.open("wb") as file:
        file.truncate(MAX_INPUT_BYTES * 1000)
    assert _rejected(seed).reason is RejectReason.TOO_LARGE


def test_an_edited_file_or_sidecar_is_another_source_and_the_same_post(seed: Path) -> None:
    source = text_source(seed, "news", Lane.BACKFILL)
    seed.write_text("a")
    identities, keys = [source.identity], [_post(seed).message_id]
    seed.write_text("ab")
    identities.append(source.identity)
    keys.append(_post(seed).message_id)
    seed.with_suffix(".toml").write_text('title = "T"')
    identities.append(source.identity)
    assert len(set(identities)) == 3
    assert len(set(keys)) == 1

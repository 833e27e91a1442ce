"""One JSON line: what becomes of each form, and the reason for each defect."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from ingest.sources import Rejected
from schemas import (
    Channel,
    Counters,
    ForwardOrigin,
    Lane,
    MediaKind,
    PostSource,
    RawPost,
    RejectReason,
    Reply,
    numbered_id,
    synthetic_id,
)
from tests.support.json_line import parse_line

_FULL = b'{"type": "raw_post", "channel": {"id": 7}, "message_id": 9, "source": {"kind": "x"}'
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def _parse(fields: dict[str, Any] | bytes, line_no: int = 3) -> RawPost | Rejected:
    line = fields if isinstance(fields, bytes) else orjson.dumps(fields)
    return parse_line(line, line_no, "news/a.jsonl", Lane.LIVE, offset=100)


def _post(fields: dict[str, Any] | bytes) -> RawPost:
    entry = _parse(fields)
    assert isinstance(entry, RawPost), entry
    return entry


def _rejected(fields: dict[str, Any] | bytes) -> Rejected:
    entry = _parse(fields)
    assert isinstance(entry, Rejected), entry
    return entry


def test_the_shortest_post() -> None:
    assert _post({"text": "a"}) == RawPost(
        channel=Channel(id=synthetic_id("news/a.jsonl"), title="news/a.jsonl"),
        message_id=numbered_id(3),
        text="a",
        source=PostSource(kind="jsonl", name="news/a.jsonl", position=3),
        lane=Lane.LIVE,
    )


def test_a_full_post_keeps_its_source_but_travels_on_the_lane_asked_for() -> None:
    post = RawPost(
        channel=Channel(id=7, username="wire"),
        message_id=9,
        posted_at=NOON,
        text="a",
        source=PostSource(kind="telethon", name="account"),
        original={"id": 9, "x": [1, None]},
    )
    assert _post(post.model_dump_json().encode()) == post.model_copy(update={"lane": Lane.LIVE})


@pytest.mark.parametrize(
    ("fields", "channel"),
    [
        ({"channel_id": 7}, Channel(id=7)),
        ({"channel": 7}, Channel(id=7)),
        ({"channel": 7, "title": "T"}, Channel(id=7, title="T")),
        ({"channel": {"id": 7, "username": "wire", "title": "T"}}, Channel(id=7, username="wire", title="T")),
        ({"channel_id": 7, "channel": "T"}, Channel(id=7, title="T")),
        ({"channel": "T"}, Channel(id=synthetic_id("T"), title="T")),
        ({"channel": "@Wire"}, Channel(id=synthetic_id("@wire"), username="Wire")),
        ({"username": "wire", "title": "T"}, Channel(id=synthetic_id("@wire"), username="wire", title="T")),
        ({"username": "@wire"}, Channel(id=synthetic_id("@wire"), username="wire")),
        ({"title": "T"}, Channel(id=synthetic_id("T"), title="T")),
        ({"channel_id": -1001234567890}, Channel(id=1234567890)),
        ({"channel_id": -1000000000042}, Channel(id=42)),
        ({"channel_id": "1234567890"}, Channel(id=1234567890)),
        ({"channel_id": " 1234567890 "}, Channel(id=1234567890)),
        ({"channel_id": 1234567890.0}, Channel(id=1234567890)),
        ({"channel_id": "1234567890.0"}, Channel(id=1234567890)),
        ({"channel_id": -1001234567890.0}, Channel(id=1234567890)),
        ({"channel": "https://t.me/Wire/5"}, Channel(id=synthetic_id("@wire"), username="Wire")),
        ({"channel": "t.me/c/1234567890/5"}, Channel(id=1234567890)),
        ({"channel": "https://wirenews.t.me/5"}, Channel(id=synthetic_id("@wirenews"), username="wirenews")),
        ({"channel": "//www.telegram.dog/Wire"}, Channel(id=synthetic_id("@wire"), username="Wire")),
        ({"channel_id": "channel1234567890"}, Channel(id=1234567890)),
        ({"channel": "-1001234567890"}, Channel(id=1234567890)),
        ({"channel": {"id": "-1001234567890", "title": "T"}}, Channel(id=1234567890, title="T")),
    ],
)
def test_channels(fields: dict[str, Any], channel: Channel) -> None:
    assert _post({"text": "a"} | fields).channel == channel


@pytest.mark.parametrize(
    "date",
    [
        "2024-05-01T12:00:00Z",
        "2024-05-01T15:00:00+03:00",
        1714564800,
        "20240501T120000+0000",
        "1714564800",
        1714564800.0,
        "1714564800.0",
        1714564800_000,
        "1714564800000",
        1714564800_000_000,
        1714564800_000_000_000,
    ],
)
@pytest.mark.parametrize("key", ["date", "posted_at"])
def test_dates(key: str, date: str | float) -> None:
    assert _post({"text": "a", key: date}).posted_at == NOON


def test_fractions_of_a_second_are_kept() -> None:
    quarter_past = NOON.replace(microsecond=250_000)
    for date in (1714564800.25, "1714564800.25", 1714564800250):
        assert _post({"text": "a", "date": date}).posted_at == quarter_past


def test_ids_and_dates_inside_of_other_fields_are_read_alike() -> None:
    post = _post(
        {
            "text": "a",
            "album_id": "99",
            "forward": {"channel_id": "channel7", "message_id": "8", "posted_at": "1714564800"},
            "reply_to": {"message_id": "9", "channel_id": -1000000000010},
            "counters": {"observed_at": 1714564800000, "views": "12", "replies": 3.0},
            "media": [{"kind": "photo", "message_id": "11"}],
        }
    )
    assert post.album_id == 99
    assert post.forward == ForwardOrigin(channel_id=7, message_id=8, posted_at=NOON)
    assert post.reply_to == Reply(message_id=9, channel_id=10)
    assert post.counters == Counters(observed_at=NOON, views=12, replies=3)
    assert post.media[0].message_id == 11


def test_message_ids_by_both_names() -> None:
    assert [_post({"text": "a", key: 5}).message_id for key in ("message_id", "id")] == [5, 5]
    assert [_post({"text": "a", key: "5"}).message_id for key in ("message_id", "id")] == [5, 5]


def test_text_may_be_missing_beside_media_or_a_deletion() -> None:
    assert _post({"media": [{"kind": "photo"}]}).media[0].kind is MediaKind.PHOTO
    assert _post({"is_deleted": True, "channel_id": 7, "message_id": 9}).is_deleted


def test_other_fields_are_ignored_and_nulls_are_unknown() -> None:
    post = _post({"text": "a", "uid": "x", "lists": [], "date": None, "channel_id": None, "id": None, "counters": None})
    assert (post.posted_at, post.counters, post.message_id) == (None, None, numbered_id(3))


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    line = b'{"text": "a \\ud83d b \\ud83d\\udc4d", "original": {"\\udc00": ["\\ud800"]}}'
    post = _post(line)
    assert post.text == "a \ufffd b 👍"
    assert post.original == {"\ufffd": ["\ufffd"]}
    assert post.model_dump_json()


def test_a_byte_order_mark_is_tolerated_on_the_first_line_alone() -> None:
    line = b"\xef\xbb\xbf" + b'{"text": "a"}'
    assert isinstance(_parse(line, line_no=1), RawPost)
    assert isinstance(_parse(line, line_no=2), Rejected)


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({}, "text", "neither text nor media"),
        ({"text": None, "media": []}, "text", "neither text nor media"),
        ({"text": ""}, "text", "neither text nor media"),
        ({"text": " \n"}, "text", "neither text nor media"),
        ({"text": ["a"]}, "text", "expected text"),
        ({"text": "a", "date": "2024-05-01T12:00:00"}, "date", "time zone is missing"),
        ({"text": "a", "date": "2024-05-01"}, "date", "time zone is missing"),
        ({"text": "a", "posted_at": "yesterday"}, "posted_at", "not an ISO 8601"),
        ({"text": "a", "date": 0}, "date", "no date"),
        ({"text": "a", "date": "20240501"}, "date", "time zone is missing"),
        ({"text": "a", "date": "2024"}, "date", "not an ISO 8601"),
        ({"text": "a", "date": "-1714564800"}, "date", "no date"),
        ({"text": "a", "forward": {"posted_at": "yesterday"}}, "forward.posted_at", "not an ISO 8601"),
        (
            {"text": "a", "reply_to": {"message_id": 1, "channel_id": -5}},
            "reply_to.channel_id",
            "not the id of a channel",
        ),
        ({"text": "a", "date": 1e30}, "date", "out of range"),
        ({"text": "a", "date": True}, "date", "ISO 8601"),
        ({"text": "a", "date": "0001-01-01T00:00:00+14:00"}, "date", "out of range"),
        ({"text": "a", "edited_at": []}, "edited_at", "ISO 8601"),
        ({"text": "a", "id": "x"}, "id", "expected a whole number"),
        ({"text": "a", "message_id": 0}, "message_id", "greater than 0"),
        ({"text": "a", "message_id": 1.5}, "message_id", "expected a whole number"),
        ({"text": "a", "channel_id": -1001234}, "channel_id", "not the id of a channel"),
        ({"text": "a", "channel_id": 0}, "channel_id", "not the id of a channel"),
        ({"text": "a", "channel_id": -(2 * 10**12)}, "channel_id", "not the id of a channel"),
        ({"text": "a", "channel": "x", "channel_id": "user7"}, "channel_id", "expected a whole number"),
        ({"text": "a", "channel": []}, "channel", "expected a whole number"),
        ({"text": "a", "channel": "t.me/addlist/abc"}, "channel", "a link of Telegram's own"),
        ({"text": "a", "counters": {"views": "many"}}, "counters.views", "expected a whole number"),
        ({"text": "a", "channel": {"id": 1.5}}, "channel.id", "expected a whole number"),
        ({"text": "a", "username": 5}, "username", "expected text"),
        ({"text": "a", "title": {"a": 1}}, "title", "expected text"),
        ({"text": "a", "media": "photo.jpg"}, "media", "expected a list"),
        (
            {"text": "a", "media": [{"kind": "photo", "size_bytes": -1}]},
            "media.0.size_bytes",
            "expected a number of 0 or more",
        ),
        ({"text": "a", "is_deleted": "no"}, "is_deleted", "expected true or false"),
        ({"type": "raw_post", "message_id": 1}, "channel", "required"),
        ({"type": "raw_post", "channel": {"id": 1}, "message_id": 1, "posted_at": 1}, "posted_at", "date"),
    ],
)
def test_invalid_fields_are_named_as_the_input_names_them(fields: dict[str, Any], field: str, message: str) -> None:
    rejected = _rejected(fields)
    assert (rejected.source, rejected.line, rejected.reason) == ("news/a.jsonl", 3, RejectReason.INVALID_FIELD)
    assert rejected.field == field
    assert message in rejected.message


def test_the_payload_of_a_full_post_is_kept_to_the_last_digit() -> None:
    assert _post(_FULL + b', "original": [18446744073709551617, 0.1]}').original == [2**64 + 1, 0.1]


@pytest.mark.parametrize("form", [{"type": "raw_post"}, {}])
def test_an_unknown_schema_version(form: dict[str, Any]) -> None:
    fields = {"schema_version": 2, "text": "a", "channel": {"id": 1}, "message_id": 1, "source": {"kind": "x"}}
    rejected = _rejected(fields | form)
    assert (rejected.reason, rejected.field) == (RejectReason.UNKNOWN_SCHEMA_VERSION, "schema_version")


@pytest.mark.parametrize(
    ("line", "offset", "message"),
    [
        (b'{"text": "a', 100, "broken JSON"),
        (b"", 100, "empty"),
        (b"[1]", 100, "expected a JSON object"),
        (b"null", 100, "expected a JSON object"),
        (b'{"text": NaN}', 109, "broken JSON at column 10"),
        ('{"текст": nope}'.encode(), 115, "broken JSON at column 11"),
        (b'{"text": "ab\xffcd"}', 112, "invalid UTF-8 at byte 12"),
        (b'{"text": "\\ud83d", "x": NaN}', 109, "broken JSON"),
        (b'{"text": "\xed\xa0\x80"}', 110, "invalid UTF-8"),
        (_FULL + b', "original": [NaN]}', 198, "broken JSON at column 99"),
        (_FULL + b', "original": [1e999]}', 198, "number is infinity"),
        (_FULL + b', "text": "ab\xffcd"}', 196, "invalid UTF-8 at byte 96"),
        (b'{"a": ' * 5000, 100, "broken JSON"),
        (b'{"x": "\\ud800", "a": ' * 5000, 100, "broken JSON"),
    ],
)
def test_what_is_no_json_is_named_by_line_and_byte(line: bytes, offset: int, message: str) -> None:
    rejected = _rejected(line)
    assert (rejected.reason, rejected.line) == (RejectReason.INVALID_JSON, 3)
    assert message in rejected.message
    assert rejected.offset is not None
    assert rejected.offset >= offset


def test_a_rejection_reads_as_one_line_and_holds_no_text() -> None:
    rejected = _rejected({"text": "СЕКРЕТ", "id": "СЕКРЕТ"})
    assert str(rejected).startswith("news/a.jsonl, line 3, byte 100, field id: ")
    assert "СЕКРЕТ" not in str(rejected)


@pytest.mark.parametrize(
    ("forward", "expected"),
    [
        ("https://t.me/Alpha/5", ForwardOrigin(channel_username="Alpha", message_id=5)),
        ("t.me/s/alpha/5?single", ForwardOrigin(channel_username="alpha", message_id=5)),
        ("https://t.me/c/501/5", ForwardOrigin(channel_id=501, message_id=5)),
        ("https://telegram.dog/alpha/5", ForwardOrigin(channel_username="alpha", message_id=5)),
        ("//www.t.me/alpha/5/", ForwardOrigin(channel_username="alpha", message_id=5)),
        ("HTTPS://Alpha.T.me/5", ForwardOrigin(channel_username="Alpha", message_id=5)),
        ("https://t.me/alpha/3/5?thread=3", ForwardOrigin(channel_username="alpha", message_id=5)),
        ("t.me/c/501/3/5", ForwardOrigin(channel_id=501, message_id=5)),
        ({"channel_username": "@alpha", "message_id": 5}, ForwardOrigin(channel_username="alpha", message_id=5)),
        ({"name": "Alpha"}, ForwardOrigin(name="Alpha")),
    ],
)
def test_a_forward_may_be_given_as_a_link_to_its_origin(forward: object, expected: ForwardOrigin) -> None:
    assert _post({"text": "News", "forward": forward}).forward == expected


@pytest.mark.parametrize(
    "forward",
    ["https://t.me/alpha", "https://t.me/addlist/5", "https://t.me/c/0/5", "t.me/c/1000000000000/5", "Alpha News"],
)
def test_a_forward_that_is_no_link_to_a_post_is_refused(forward: str) -> None:
    rejected = _parse({"text": "News", "forward": forward})
    assert isinstance(rejected, Rejected)
    assert rejected.field == "forward"
    assert rejected.message == "expected an object, or a link to a post: https://t.me/name/42"


def _full(**fields: Any) -> dict[str, Any]:
    post = RawPost(channel=Channel(id=7), message_id=9, text="a", source=PostSource(kind="telethon"), collected_at=NOON)
    return {**post.model_dump(mode="json"), **fields}


def _order_at(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def test_a_full_post_keeps_its_order() -> None:
    assert _post(_full(order=_order_at(NOON))).order == 1_714_564_800_000_000
    assert _post(_full(order=None)).order is None
    assert _post(_full()).order is None


def test_an_order_may_be_of_now_and_not_later() -> None:
    line = orjson.dumps(_full(order=_order_at(NOON)))
    assert isinstance(parse_line(line, 1, "a.jsonl", now=lambda: NOON), RawPost)
    earlier = parse_line(line, 1, "a.jsonl", offset=40, now=lambda: NOON - timedelta(hours=1, microseconds=1))
    assert isinstance(earlier, Rejected)
    assert (earlier.reason, earlier.field, earlier.line, earlier.offset) == (RejectReason.INVALID_FIELD, "order", 1, 40)
    assert earlier.message == "1714564800000000 is 3,600 s later than now: no collector has handed this on"


@pytest.mark.parametrize("order", [_order_at(datetime(2105, 1, 1, tzinfo=UTC)), (1 << 53) - 1, 1 << 53, -1, "1", 1.5])
def test_an_order_that_no_collector_can_have_given_is_named(order: object) -> None:
    assert _rejected(_full(order=order)).field == "order"


@pytest.mark.parametrize("order", [5, "third", _order_at(NOON), 1 << 60])
def test_a_short_line_has_no_order_even_if_it_names_one(order: object) -> None:
    assert _post({"text": "a", "order": order}).order is None

"""What the models refuse, and what they keep."""

import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from schemas import Channel, Counters, DuplicateRecord, Lane, Media, MediaKind, PostSource, RawPost
from schemas.contract.examples import EXAMPLES


def raw(**fields: Any) -> RawPost:
    least: dict[str, Any] = {"channel": Channel(id=1), "message_id": 1, "source": PostSource(kind="x")}
    return RawPost(**(least | fields))


def from_json(moment: str) -> RawPost:
    document = '{"channel": {"id": 1}, "message_id": 1, "source": {"kind": "x"}, "posted_at": "%s"}'
    return RawPost.model_validate_json(document % moment)


@pytest.mark.parametrize("value", [1 << 70, json.loads("[" * 250 + "]" * 250)], ids=["large", "deep"])
def test_json_is_that_of_pydantic_also_of_what_a_source_wrote(value: Any) -> None:
    post = raw(original={"value": value})
    assert post.to_json() == post.model_dump_json().encode()


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda r: type(r).__name__)
def test_a_record_of_values_that_are_valid_is_as_one_that_was_checked(record: Any) -> None:
    fields = {name: getattr(record, name) for name in sorted(record.model_fields_set)}
    built = type(record).model_construct(**fields)
    assert (built, built.to_json()) == (record, record.to_json())
    assert (built.model_fields_set, built.model_copy(update=fields)) == (record.model_fields_set, record)
    assert pickle.loads(pickle.dumps(built)) == record


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda r: type(r).__name__)
def test_records_are_immutable(record: Any) -> None:
    for name in type(record).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(record, name, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"message_id": "1"},
        {"message_id": 1.0},
        {"message_id": True},
        {"text": b"bytes"},
        {"is_deleted": 1},
        {"lane": "live"},
        {"posted_at": "2024-01-01T00:00:00Z"},
        {"entities": []},
    ],
)
def test_nothing_is_converted_between_types(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        raw(**fields)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2024-01-01T00:00:00", "timezone"),
        ("2024-01-01", "timezone"),
        ("1700000000", "ISO 8601"),
        ("2024", "ISO 8601"),
        ("2024-02-30T00:00:00Z", "ISO 8601"),
        ("yesterday", "ISO 8601"),
        ("", "ISO 8601"),
        ("0001-01-01T00:00:00+14:00", "outside the years"),
        ("9999-12-31T23:59:59-01:00", "outside the years"),
        ("1969-12-31T23:59:59Z", "outside the years 1970 to 2105"),
        ("2106-01-01T00:00:00Z", "outside the years 1970 to 2105"),
        ("2105-12-31T23:59:59-00:01", "outside the years 1970 to 2105"),
        ("2106-02-07T06:28:16Z", "outside the years 1970 to 2105"),
    ],
)
def test_a_moment_is_never_guessed(moment: str, expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        from_json(moment)


@pytest.mark.parametrize(
    "moment", ["2024-01-01T03:00:00+03:00", "2024-01-01T00:00:00Z", "2024-01-01t00:00:00z", "2024-01-01 00:00:00.000Z"]
)
def test_a_moment_is_read_into_utc(moment: str) -> None:
    assert from_json(moment).posted_at == datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("moment", ["1970-01-01T00:00:00+00:00", "2105-12-31T23:59:59.999999+00:00"])
def test_the_first_and_the_last_moment_are_taken(moment: str) -> None:
    assert from_json(moment).posted_at == datetime.fromisoformat(moment)


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        raw(posted_at=datetime(2024, 1, 1))  # noqa: DTZ001 - the subject of the test


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_lacks_are_refused(value: float) -> None:
    with pytest.raises(ValidationError):
        Media(kind=MediaKind.VIDEO, duration_s=value)
    with pytest.raises(ValidationError):
        raw(original={"a": [value]})


@pytest.mark.parametrize("name", ["text", "original"])
def test_a_lone_surrogate_is_refused_before_it_can_fail_to_be_sent(name: str) -> None:
    with pytest.raises(ValidationError, match="unicode"):
        raw(**{name: "half an emoji: \ud83d"})


def test_control_characters_and_astral_text_are_kept() -> None:
    text = "\x00\x0b\u2028\U0001f539\u202e"
    assert RawPost.model_validate_json(raw(text=text).model_dump_json()).text == text


def test_a_field_of_a_newer_writer_is_ignored() -> None:
    document = raw().model_dump_json()[:-1] + ', "sentiment": 1}'
    assert RawPost.model_validate_json(document) == raw()


def test_another_schema_version_is_refused() -> None:
    with pytest.raises(ValidationError, match="schema_version"):
        RawPost.model_validate_json(raw().model_dump_json().replace('"schema_version":1', '"schema_version":2'))


def test_unknown_is_null_and_never_made_up() -> None:
    post = raw()
    assert post.lane is Lane.BACKFILL
    unknown = {
        "posted_at",
        "edited_at",
        "collected_at",
        "order",
        "last_seen_at",
        "forward",
        "reply_to",
        "album_id",
        "counters",
        "original",
    }
    assert {name for name, value in post if value is None} == unknown
    assert {value for _, value in Counters()} == {None}


ID, COUNT, LONG = 2**53, 2**31, 2**63


@pytest.mark.parametrize(
    ("field", "limit", "fields"),
    [
        ("channel.id", ID, lambda n: {"channel": {"id": n}}),
        ("message_id", ID, lambda n: {"message_id": n}),
        ("reply_to.message_id", ID, lambda n: {"reply_to": {"message_id": n}}),
        ("reply_to.channel_id", ID, lambda n: {"reply_to": {"message_id": 1, "channel_id": n}}),
        ("forward.channel_id", ID, lambda n: {"forward": {"channel_id": n}}),
        ("forward.message_id", ID, lambda n: {"forward": {"message_id": n}}),
        ("media.0.message_id", ID, lambda n: {"media": [{"kind": "photo", "message_id": n}]}),
        ("media.0.size_bytes", ID, lambda n: {"media": [{"kind": "photo", "size_bytes": n}]}),
        ("media.0.width_px", COUNT, lambda n: {"media": [{"kind": "photo", "width_px": n}]}),
        ("media.0.height_px", COUNT, lambda n: {"media": [{"kind": "photo", "height_px": n}]}),
        ("media.0.duration_s", COUNT, lambda n: {"media": [{"kind": "photo", "duration_s": n}]}),
        ("counters.views", COUNT, lambda n: {"counters": {"views": n}}),
        ("counters.forwards", COUNT, lambda n: {"counters": {"forwards": n}}),
        ("counters.replies", COUNT, lambda n: {"counters": {"replies": n}}),
        ("counters.reactions.x", COUNT, lambda n: {"counters": {"reactions": {"x": n}}}),
        ("entities.0.start", COUNT, lambda n: {"entities": [{"kind": "bold", "start": n, "end": 1}]}),
        ("entities.0.end", COUNT, lambda n: {"entities": [{"kind": "bold", "start": 0, "end": n}]}),
        ("source.position", ID, lambda n: {"source": {"kind": "test", "position": n}}),
        ("album_id", LONG, lambda n: {"album_id": n}),
    ],
)
def test_numbers_end_where_telegrams_and_ours_do(field: str, limit: int, fields: Callable[[int], Any]) -> None:
    def read(number: int) -> RawPost:
        whole = {"channel": {"id": 1}, "message_id": 1, "source": {"kind": "test"}} | fields(number)
        return RawPost.model_validate_json(json.dumps(whole))

    read(limit - 1)
    for number in (limit, 2**63, 2**64, 10**30, -1 if limit < LONG else -LONG - 1):
        with pytest.raises(ValidationError) as caught:
            read(number)
        (error,) = caught.value.errors()
        assert ".".join(map(str, error["loc"])) == field


@pytest.mark.parametrize(
    "key", ["", "x", "tg:1", "tg:0:1", "tg:1:0", "tg:-1:1", f"tg:{10**16}:1", "tg:1:2\n", "tg:\u0661:1"]
)
def test_a_key_that_none_can_have_is_refused(key: str) -> None:
    with pytest.raises(ValidationError):
        DuplicateRecord(key=key, revision="r", duplicate=None)

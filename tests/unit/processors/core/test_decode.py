import json

import pytest

from processors.core.decode import RAW_POST, decode
from processors.core.outcomes import Reject
from schemas import RawPost, RejectReason

SECRET = "words of the post"
POST = {"channel": {"id": 1}, "message_id": 2, "text": SECRET, "source": {"kind": "test"}}


def _rejected(value: bytes | None) -> Reject:
    rejected = decode(RAW_POST, value)
    assert isinstance(rejected, Reject)
    assert SECRET not in rejected.message
    return rejected


def test_a_valid_value_is_its_model() -> None:
    post = decode(RAW_POST, json.dumps(POST).encode())
    assert isinstance(post, RawPost)
    assert post.text == SECRET


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (b'{"text": "\xd0\xff"}', "invalid UTF-8 at byte 10"),
        ('{"text": "ёё" oops}'.encode(), "invalid JSON at byte 16"),
        (b"", "invalid JSON at byte 0"),
        (json.dumps(POST).encode()[:-5], "invalid JSON at byte"),
        (None, "no value"),
        (b'{"original": ' + b"[" * 5000 + b"]" * 5000 + b"}", "invalid JSON"),
    ],
)
def test_what_is_no_json_is_rejected_with_the_byte(value: bytes | None, place: str) -> None:
    rejected = _rejected(value)
    assert rejected.reason is RejectReason.INVALID_JSON
    assert place in rejected.message


@pytest.mark.parametrize("version", [2, "1", None])
def test_an_unknown_version_is_named(version: object) -> None:
    rejected = _rejected(json.dumps({**POST, "schema_version": version, "message_id": "not read"}).encode())
    assert rejected.reason is RejectReason.UNKNOWN_SCHEMA_VERSION
    assert rejected.field == "schema_version"
    assert repr(version) in rejected.message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"message_id": 0}, "message_id"),
        ({"channel": {"id": -5}}, "channel.id"),
        ({"channel": {}}, "channel.id"),
        ({"posted_at": "2024-01-01T00:00:00"}, "posted_at"),
        ({"text": [SECRET]}, "text"),
        ({"entities": [{"kind": SECRET, "start": 0, "end": 1}]}, "entities.0.kind"),
        ({"type": SECRET}, "type"),
        ({"original": float("nan")}, "original"),
        ({"original": {"a": [1, float("-inf")]}}, "original"),
    ],
)
def test_a_field_at_fault_is_named(change: dict[str, object], field: str) -> None:
    rejected = _rejected(json.dumps({**POST, **change}).encode())
    assert rejected.reason is RejectReason.INVALID_FIELD
    assert rejected.field == field


@pytest.mark.parametrize("value", [b"[]", b"7", b"null"])
def test_a_value_that_is_no_object_is_rejected(value: bytes) -> None:
    assert _rejected(value).reason is RejectReason.INVALID_FIELD

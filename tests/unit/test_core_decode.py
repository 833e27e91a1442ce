import json

import pytest

from processors.core.decode import RAW_POST, decode, decode_analyzed
from processors.core.outcomes import Reject
from schemas import (
    AnalyzedPost,
    Channel,
    DuplicateKind,
    DuplicateLink,
    Fingerprint,
    Lane,
    Language,
    NormalizedPost,
    Provenance,
    RawPost,
    RejectReason,
    Source,
    Tombstone,
)
from schemas.analyzed import AnalyzedHead

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
    ],
)
def test_a_field_at_fault_is_named(change: dict[str, object], field: str) -> None:
    rejected = _rejected(json.dumps({**POST, **change}).encode())
    assert rejected.reason is RejectReason.INVALID_FIELD
    assert rejected.field == field


@pytest.mark.parametrize("value", [b"[]", b"7", b"null"])
def test_a_value_that_is_no_object_is_rejected(value: bytes) -> None:
    assert _rejected(value).reason is RejectReason.INVALID_FIELD


def test_the_analyzed_topic_holds_two_models() -> None:
    provenance = Provenance(source=Source(kind="test"), lane=Lane.LIVE, pipeline_version="1")
    tombstone = Tombstone(key="tg:1:2", channel=Channel(id=1), message_id=2, provenance=provenance)
    assert decode_analyzed(tombstone.model_dump_json().encode()) == tombstone
    for value in (b'{"type": "words of the post"}', b"{}"):
        rejected = decode_analyzed(value)
        assert isinstance(rejected, Reject)
        assert (rejected.field, SECRET in rejected.message) == ("type", False)


def _analyzed(duplicate: DuplicateLink | None = None) -> AnalyzedPost:
    post = NormalizedPost(
        key="tg:1:2",
        revision="r",
        channel=Channel(id=1),
        message_id=2,
        text=SECRET,
        language=Language(code="en"),
        duplicate=duplicate,
        provenance=Provenance(source=Source(kind="test"), lane=Lane.LIVE, pipeline_version="1"),
    )
    return AnalyzedPost(post=post, fingerprint=Fingerprint(exact="x"))


def test_only_the_head_is_read_of_a_post_as_the_analysis_writes_it() -> None:
    head = decode_analyzed(_analyzed().to_json())
    assert isinstance(head, AnalyzedHead)
    assert (head.post.key, head.post.text) == ("tg:1:2", "")
    assert head.post.to_json() == _analyzed().post.to_json()


@pytest.mark.parametrize(
    "value",
    [
        json.dumps(_analyzed().model_dump(mode="json"), indent=1).encode(),
        json.dumps(dict(reversed(_analyzed().model_dump(mode="json").items())), separators=(",", ":")).encode(),
    ],
)
def test_an_analyzed_post_of_another_form_is_read_whole(value: bytes) -> None:
    assert decode_analyzed(value) == _analyzed()


def test_an_analyzed_post_with_a_link_is_read_whole() -> None:
    linked = _analyzed(DuplicateLink(of="tg:1:1", kind=DuplicateKind.EXACT, similarity=1.0))
    assert decode_analyzed(linked.to_json()) == linked


def test_a_field_of_the_head_at_fault_is_named() -> None:
    rejected = decode_analyzed(_analyzed().to_json().replace(b'"message_id":2', b'"message_id":0'))
    assert isinstance(rejected, Reject)
    assert rejected.field == "analyzed.post.message_id"

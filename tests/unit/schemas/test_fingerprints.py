"""The bytes of ``posts.fingerprints``: what was written is read, and nothing else."""

import msgspec
import pytest

from processors.core.decode import decode_fingerprints
from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.homes import EPOCH
from processors.core.outcomes import Reject
from schemas import ChannelName, Fingerprint, FingerprintBatch, Lane, NamedOrigin, Origin, RejectReason
from schemas.fingerprints import MAX_POSTS, SKETCH_BYTES, FingerprintError
from schemas.times import DAY_MS
from tests.support.fingerprints import START_MS, START_US, batch, deletion, sketched, state

POSTS = [
    state(1, sketched(1, 0), moment=7, is_collected=True),
    state(2, "news", language="ru", day=None, is_stale=True)._replace(lane=Lane.BACKFILL, raw_at_ms=START_MS + 5),
    state(3, None, origin=(9, 7), is_repeat=True)._replace(raw_at_ms=START_MS),
    state(4, sketched(2, 1))._replace(origin=Origin(9, 8, START_US), raw_at_ms=START_MS - 40 * DAY_MS),
    state(5, None)._replace(named_origin=NamedOrigin("alpha", 7)),
    state(6, None)._replace(named_origin=NamedOrigin("béta", 7, START_US)),
    deletion(7, moment=8),
    state(2**53 - 1, "news", channel=2**53 - 1, moment=2**53 - 1, revision=2**64 - 1),
    state(1, Fingerprint(2**64 - 1), revision=0),
]
NAMES = [ChannelName("alpha", 501), ChannelName("beta", 502, START_US)]
FIELDS = [
    "format",
    "version",
    "epoch",
    "raw_base_ms",
    "languages",
    "channel_id",
    "message_id",
    "revision",
    "moment_us",
    "flags",
    "language",
    "posted_us",
    "raw_at_ms",
    "exact",
    "sketch",
    "origins",
    "named_origins",
    "names",
]


def test_what_was_written_is_read() -> None:
    written = FingerprintBatch(VERSION, EPOCH, POSTS, NAMES)
    read = FingerprintBatch.read(written.to_bytes())
    assert (list(read.posts), list(read.names)) == (POSTS, NAMES)
    assert (read.version, read.epoch) == (VERSION, EPOCH)
    assert decode_fingerprints(written.to_bytes(), EPOCH) == read
    assert FingerprintBatch.read(batch().to_bytes()) == FingerprintBatch(VERSION, EPOCH, [], ())


def test_a_post_with_a_sketch_takes_up_to_350_bytes() -> None:
    posts = [
        state(10**6 + n, sketched(n, 0), channel=10**9 + n, revision=2**63 + n, moment=START_US)._replace(
            raw_at_ms=START_MS + n * 30
        )
        for n in range(16)
    ]
    assert SKETCH_BYTES < len(batch(posts).to_bytes()) / len(posts) <= 350


def _changed(field: str, value: object) -> bytes:
    columns = msgspec.msgpack.decode(batch(POSTS, NAMES).to_bytes())
    columns[FIELDS.index(field)] = value
    return msgspec.msgpack.encode(columns)


def test_the_fields_are_as_they_are_named_here() -> None:
    columns = msgspec.msgpack.decode(batch(POSTS, NAMES).to_bytes())
    assert len(columns) == len(FIELDS)
    assert columns[FIELDS.index("languages")] == ["en", "ru", ""]
    assert columns[FIELDS.index("names")] == [["alpha", 501, None], ["beta", 502, START_US]]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("channel_id", [0] * 9, "Expected int >= 1"),
        ("channel_id", [2**53] * 9, "Expected int <= 9007199254740991"),
        ("message_id", ["x"] * 9, "Expected int, got str"),
        ("message_id", [1] * 8, "8 values for 9 posts"),
        ("revision", [-1] * 9, "Expected int >= 0"),
        ("moment_us", [2**53] * 9, "Expected int <= 9007199254740991"),
        ("posted_us", [2**62] * 9, "Expected int <= 4291747199999999"),
        ("raw_at_ms", [1.5] * 9, "Expected int, got float"),
        ("flags", [255] * 9, "Expected int <= 127"),
        ("language", [3] * 9, "names no language of the record"),
        ("languages", ["x" * 33], "Expected str of length <= 32"),
        ("exact", b"1234567", "7 bytes for 5 posts, 8 each"),
        ("sketch", b"1" * (SKETCH_BYTES * 2 - 1), "587 bytes for 2 posts, 294 each"),
        ("origins", [[9, [1, 1, None]]], "names a post twice, or none of the record"),
        ("origins", [[1, [1, 1, None]], [1, [1, 2, None]]], "names a post twice, or none of the record"),
        ("origins", [[1, [1, 0, None]]], "Expected int >= 1"),
        ("named_origins", [[1, ["", 1, None]]], "Expected str of length >= 1"),
        ("names", [["x" * 65, 1, None]], "Expected str of length <= 64"),
        ("names", [["alpha", 1, None]] * (MAX_POSTS + 1), f"Expected array of length <= {MAX_POSTS}"),
        ("channel_id", [1] * (MAX_POSTS + 1), f"Expected array of length <= {MAX_POSTS}"),
        ("epoch", "1", "Expected int, got str"),
    ],
)
def test_a_field_that_is_wrong_is_named(field: str, value: object, message: str) -> None:
    rejected = decode_fingerprints(_changed(field, value), EPOCH)
    assert isinstance(rejected, Reject)
    assert (rejected.reason, rejected.field) == (RejectReason.INVALID_FIELD, field)
    assert rejected.message.startswith(message)


@pytest.mark.parametrize(
    ("field", "value", "named"), [("flags", [], "channel_id"), ("languages", [], "language"), ("names", {}, "names")]
)
def test_columns_that_do_not_belong_together_are_named(field: str, value: object, named: str) -> None:
    rejected = decode_fingerprints(_changed(field, value), EPOCH)
    assert isinstance(rejected, Reject)
    assert (rejected.reason, rejected.field) == (RejectReason.INVALID_FIELD, named)


@pytest.mark.parametrize("field", ["format", "version", "epoch"])
def test_another_format_fingerprint_or_table_of_homes_is_another_version(field: str) -> None:
    rejected = decode_fingerprints(_changed(field, 99), EPOCH)
    assert isinstance(rejected, Reject)
    assert (rejected.reason, rejected.field) == (RejectReason.UNKNOWN_SCHEMA_VERSION, field)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{}",
        b'{"type":"fingerprint","key":"tg:1:1"}',
        b"\xc1",
        b"\x92\x01",
        b"\xdd\xff\xff\xff\xff\x01",
        b"\x91" * 100_000,
        b"\xa2\xff\xfe",
        batch(POSTS).to_bytes()[:-1],
        batch(POSTS).to_bytes() + b"x",
    ],
    ids=["nothing", "a number", "JSON", "no type", "cut", "a length that lies", "depth", "UTF-8", "the end", "more"],
)
def test_other_bytes_are_refused_and_no_piece_of_them_is_repeated(value: bytes) -> None:
    with pytest.raises(FingerprintError):
        FingerprintBatch.read(value)
    rejected = decode_fingerprints(value, EPOCH)
    assert isinstance(rejected, Reject)
    assert "tg:1:1" not in rejected.message


def test_no_value_is_refused() -> None:
    rejected = decode_fingerprints(None, EPOCH)
    assert isinstance(rejected, Reject)
    assert rejected.message == "the message has no value"


def test_more_posts_than_a_record_may_hold_are_not_written() -> None:
    with pytest.raises(ValueError, match="more than 10000 posts"):
        batch([POSTS[0]] * (MAX_POSTS + 1)).to_bytes()

"""The records as far as columns need them. Nested parts stay JSON, and are not parsed."""

from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec import Raw, Struct

_NULL, _EMPTY = Raw(b"null"), Raw(b"[]")
Version = Literal[1]
RankPair = tuple[int, int]


class ParquetChannel(Struct):
    """See ``schemas.raw``."""

    id: int
    username: str | None = None
    title: str | None = None


class ParquetSource(Struct):
    """See ``schemas.raw``."""

    kind: str
    name: str | None = None


class ParquetProvenance(Struct):
    """See ``schemas.normalized``."""

    source: ParquetSource
    lane: str
    pipeline_version: str
    collected_at: datetime | None = None
    rank: RankPair = (0, 0)


class ParquetLanguage(Struct):
    """See ``schemas.normalized``."""

    code: str
    confidence: float | None = None
    script: str | None = None


class ParquetCounters(Struct):
    """See ``schemas.raw``."""

    observed_at: datetime | None = None
    views: int | None = None
    forwards: int | None = None
    replies: int | None = None
    reactions: Raw = _NULL
    is_exact: bool | None = None


class ParquetPost(Struct, tag="post", tag_field="type"):
    """See ``schemas.normalized``."""

    key: str
    schema_version: Version
    revision: str
    channel: ParquetChannel
    message_id: int
    text: str
    language: ParquetLanguage
    provenance: ParquetProvenance
    posted_at: datetime | None = None
    edited_at: datetime | None = None
    album_id: int | None = None
    counters: ParquetCounters | None = None
    hashtags: Raw = _EMPTY
    mentions: Raw = _EMPTY
    links: Raw = _EMPTY
    media: Raw = _EMPTY
    quote_lists: Raw = _EMPTY
    forward: Raw = _NULL
    reply_to: Raw = _NULL


class ParquetTombstone(Struct, tag="tombstone", tag_field="type"):
    """See ``schemas.events``."""

    key: str
    schema_version: Version
    channel: ParquetChannel
    message_id: int
    provenance: ParquetProvenance


class ParquetLink(Struct):
    """See ``schemas.normalized``."""

    of: str
    kind: str
    similarity: float


class ParquetDuplicate(Struct, tag="duplicate", tag_field="type"):
    """See ``schemas.events``."""

    key: str
    schema_version: Version
    revision: str
    duplicate: ParquetLink | None
    rank: RankPair | None = None
    posted_at: datetime | None = None
    original_posted_at: datetime | None = None


class ParquetCounterUpdate(Struct, tag="counters", tag_field="type"):
    """See ``schemas.events``."""

    key: str
    schema_version: Version
    counters: ParquetCounters


def text_of(raw: Raw) -> str | None:
    """The JSON of a nested part; None for null. UnicodeDecodeError for what is no UTF-8."""
    text = bytes(raw).decode()
    return None if text == "null" else text


def in_utc(moment: datetime | None) -> datetime | None:
    """A moment in UTC; ValueError without a zone."""
    if moment is None or moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)


POSTS: msgspec.json.Decoder[ParquetPost | ParquetTombstone] = msgspec.json.Decoder(ParquetPost | ParquetTombstone)
DUPLICATES: msgspec.json.Decoder[ParquetDuplicate] = msgspec.json.Decoder(ParquetDuplicate)
COUNTERS: msgspec.json.Decoder[ParquetCounterUpdate] = msgspec.json.Decoder(ParquetCounterUpdate)

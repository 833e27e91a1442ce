"""Flat records: one row each, for engines that know columns and no nested values (docs/engines.md).

They hold what their source records hold, without lists and objects: those that an engine may want are JSON in a string.
A null value removes the row of its key. No string holds a NUL, which PostgreSQL refuses.
"""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from schemas.base import Record, UtcDatetime
from schemas.bounds import COUNT_LIMIT


class ColumnType(StrEnum):
    """What a column holds. JSON has one kind of number, and no time: an engine has to know."""

    STRING = "string"
    JSON = "json"
    """JSON in a string."""
    TIME = "time"
    """ISO 8601 in UTC, in a string."""
    INT32 = "int32"
    INT64 = "int64"
    DOUBLE = "double"
    BOOLEAN = "boolean"


FlatText = Annotated[str, Field(pattern=r"^[^\x00]*$"), ColumnType.STRING]
JsonText = Annotated[str, Field(pattern=r"^[^\x00]*$"), ColumnType.JSON]
Time = Annotated[UtcDatetime, ColumnType.TIME]
Int32 = Annotated[int, Field(ge=-COUNT_LIMIT, lt=COUNT_LIMIT), ColumnType.INT32]
Int64 = Annotated[int, Field(ge=-(1 << 63), le=(1 << 63) - 1), ColumnType.INT64]
Double = Annotated[float, ColumnType.DOUBLE]
Boolean = Annotated[bool, ColumnType.BOOLEAN]


class FlatRecord(Record):
    """A row. Its first column is the Kafka key once more, since some engines do not show a key."""

    TYPE: ClassVar[str]
    """Names the model."""
    VERSION: ClassVar[int] = 1

    key: FlatText = Field(description="Key of the row.")


class FlatPost(FlatRecord):
    """A post: value of ``posts.flat``. A null value: the post was deleted."""

    TYPE: ClassVar[str] = "flat_post"

    revision: FlatText = Field(description="Hash of text, entities and media ids.", examples=["9f86d081884c7d65"])
    channel_id: Int64 = Field(description="Bare positive id of the channel.", examples=[1234567890])
    channel_username: FlatText | None = Field(description="Its public name, without @.", examples=["wirenews"])
    channel_title: FlatText | None = Field(description="Its title as shown.", examples=["Wire News"])
    message_id: Int64 = Field(description="Message id within the channel.", examples=[42])
    posted_at: Time | None = Field(description="When it was posted (UTC); null is unknown.")
    edited_at: Time | None = Field(description="When it was last edited (UTC).")
    collected_at: Time | None = Field(description="When the live collector saw it (UTC).")
    headline: FlatText | None = Field(description="Its headline, if it has one.")
    text: FlatText = Field(description="Clean text.")
    text_length: Int32 = Field(description="Code points of the text.", examples=[212])
    language_code: FlatText = Field(description="Language, ISO 639-1 or und.", examples=["en"])
    language_confidence: Double | None = Field(description="Share of like decisions that are right.", examples=[0.98])
    script: FlatText | None = Field(description="Script of most letters, ISO 15924.", examples=["Latn"])
    quote_count: Int32 = Field(description="Items of its media-quote lists.", examples=[3])
    citation_count: Int32 = Field(description="Its citations.", examples=[1])
    media_count: Int32 = Field(description="Its attachments.", examples=[1])
    is_forward: Boolean = Field(description="Whether it is a forward.")
    album_id: Int64 | None = Field(description="Telegram's grouped_id, when part of an album.")
    view_count: Int64 | None = Field(description="Views at collection.", examples=[12300])
    forward_count: Int64 | None = Field(description="Forwards at collection.")
    reply_count: Int64 | None = Field(description="Comments at collection.")
    has_exact_counts: Boolean | None = Field(description="False where a count is rounded; null: not known.")
    hashtags: JsonText = Field(description="JSON array of hashtags as written.", examples=['["#harbour"]'])
    links: JsonText = Field(description="JSON array of link targets.", examples=['["https://example.org/"]'])
    media: JsonText = Field(description="JSON array of attachments, as in the post's record.")
    lane: FlatText = Field(description="Raw topic it travelled on: live or backfill.", examples=["live"])
    source_kind: FlatText = Field(description="Kind of source it was read from.", examples=["telethon"])
    source_name: FlatText | None = Field(description="File or account it was read from.", examples=["collector-1"])
    rank_us: Int64 = Field(description="provenance.rank: microseconds since 1970.", examples=[1741944415120000])
    rank_class: Int32 = Field(description="provenance.rank: 1 for a collected state, 0 for an archived one.")
    pipeline_version: FlatText = Field(description="Version of the pure pipeline.", examples=["1"])


class FlatQuote(FlatRecord):
    """An item of a media-quote list: value of ``quotes.flat``. A null value: the post does not have it any more."""

    TYPE: ClassVar[str] = "flat_quote"

    post_key: FlatText = Field(description="Key of the post that holds it.", examples=["tg:1234567890:42"])
    ordinal: Int32 = Field(description="Its place in the post, from 0.", examples=[0])
    outlet_id: FlatText | None = Field(description="Id of its first outlet in the registry; null when unknown to it.")
    outlet_name: FlatText = Field(description="Canonical name of its first outlet.", examples=["Financial Times"])
    kind: FlatText = Field(description="How it renders the source.", examples=["mixed"])
    cue: FlatText | None = Field(description="Attribution phrase as written.", examples=["notes that"])
    text: FlatText = Field(description="The item without its marker.")
    outlets: JsonText = Field(description="JSON array of all its outlets, as in the quote's record.")
    posted_at: Time | None = Field(description="When the post was posted (UTC); null is unknown.")
    channel_id: Int64 = Field(description="Bare positive id of the post's channel.", examples=[1234567890])


class FlatCitation(FlatRecord):
    """A citation: value of ``citations.flat``. A null value: the post does not have it any more."""

    TYPE: ClassVar[str] = "flat_citation"

    post_key: FlatText = Field(description="Key of the post that holds it.", examples=["tg:1234567890:42"])
    ordinal: Int32 = Field(description="Its place in the post, from 0.", examples=[0])
    outlet_id: FlatText | None = Field(description="Id of its first outlet.")
    outlet_name: FlatText = Field(description="Canonical name of its first outlet.", examples=["Reuters"])
    kind: FlatText = Field(description="How the statement is attributed.", examples=["report"])
    cue: FlatText | None = Field(description="Attribution phrase as written.", examples=["according to"])
    text: FlatText = Field(description="The statement with its attribution.")
    outlets: JsonText = Field(description="JSON array of all its outlets, as in the citation's record.")
    posted_at: Time | None = Field(description="When the post was posted (UTC); null is unknown.")
    channel_id: Int64 = Field(description="Bare positive id of the post's channel.", examples=[1234567890])


class FlatDuplicate(FlatRecord):
    """What a post repeats, as known now: value of ``duplicates.flat``. A null value: the post was deleted."""

    TYPE: ClassVar[str] = "flat_duplicate"

    duplicate_of: FlatText | None = Field(
        description="Key of the post it repeats; null: none.", examples=["tg:1234567890:41"]
    )
    duplicate_kind: FlatText | None = Field(
        description="How that was found; null: it repeats none.", examples=["exact"]
    )
    similarity: Double | None = Field(description="Share of word pairs in common; null: it repeats none.")
    revision: FlatText = Field(description="Revision of the post that this is about.", examples=["9f86d081884c7d65"])

"""Media-quote lists: what news outlets wrote, as reported by a channel."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from schemas.base import Record, Span, UtcDatetime
from schemas.bounds import Count, PostKey
from schemas.raw import Channel


class Outlet(Record):
    """A news outlet."""

    id: str | None = Field(
        description="Id in the registry, stable over releases; of an outlet that the registry lacks `?` and its folded "
        "name, until the registry takes it in; null in records of older releases.",
        examples=["financial-times", "?harbour lamp"],
    )
    name: str = Field(description="Canonical name.", examples=["Financial Times"])
    country: str | None = Field(default=None, description="ISO 3166-1 alpha-2.", examples=["GB"])
    is_known: bool = Field(description="True when the registry has it.")


class QuoteKind(StrEnum):
    """How an item renders what the outlet published."""

    HEADLINE = "headline"
    DIRECT = "direct"
    INDIRECT = "indirect"
    MIXED = "mixed"


class MediaQuote(Span):
    """One item of a media-quote list; ``text`` is the item without its marker."""

    key: str = Field(description="Post key and position.", examples=["tg:1:2:0"])
    position: Count = Field(description="Ordinal in the post, from 0.")
    marker: str | None = Field(default=None, description="Bullet as written.", examples=["🔹"])
    outlets: tuple[Outlet, ...] = Field(min_length=1, description="Outlets that the item is attributed to.")
    outlet_text: tuple[Span, ...] = Field(description="Their names as written, parallel to outlets.")
    cue: Span | None = Field(default=None, description="Attribution phrase as written.")
    kind: QuoteKind = Field(description="How it renders the source.")
    quotes: tuple[str, ...] = Field(default=(), description="Strings in quotation marks, without the marks.")
    quote_offsets: tuple[tuple[Count, Count], ...] = Field(
        default=(), description="Start and end of each string in quotes, in the record's text."
    )
    cited: tuple[Span, ...] = Field(default=(), description="Persons whom the outlet cites according to the post.")
    topic: Span | None = Field(default=None, description="Heading above the item.")
    language: str | None = Field(
        default=None, description="The item's own language, ISO 639-1 or und.", examples=["en"]
    )
    confidence: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="How much of the evidence that an item can show was there; null: not known.",
    )


class QuoteList(Record):
    """A run of items, with the line that introduces it."""

    lead_in: Span | None = Field(default=None, description="Line or sentence that introduces the list.")
    items: tuple[MediaQuote, ...] = Field(min_length=1, description="Its items in order.")
    confidence: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="How much of the evidence that a list can show was there; null: not known.",
    )


class QuoteRecord(Record):
    """One quote on its own: value of ``quotes``, keyed by the quote's key."""

    type: Literal["quote"] = Field(default="quote", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    post_key: PostKey = Field(description="Key of the post that holds it.")
    revision: str = Field(description="Revision of that post.")
    channel: Channel = Field(description="The post's channel.")
    posted_at: UtcDatetime | None = Field(default=None, description="When the post was posted (UTC).")
    language: str = Field(description="The post's language, ISO 639-1 or und.", examples=["en"])
    lead_in: Span | None = Field(default=None, description="Line that introduces the list.")
    quote: MediaQuote = Field(description="The quote; offsets are in the post's clean text.")

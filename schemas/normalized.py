"""``NormalizedPost``: a post after the pipeline. It has no time of processing, so a replay gives equal bytes."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Record, Span, UtcDatetime
from schemas.bounds import Count, Long, MessageId, PostKey, RankValue
from schemas.citations import Citation
from schemas.quotes import QuoteList
from schemas.raw import Channel, Counters, ForwardOrigin, Lane, Media, PostSource, Reply, TextEntity


class BlockKind(StrEnum):
    """Kinds of text block."""

    HEADLINE = "headline"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    BULLET = "bullet"


class Block(Span):
    """A piece of the layout; a bullet's ``text`` starts after its marker."""

    kind: Literal[BlockKind.HEADLINE, BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.BULLET] = Field(
        description="What it is."
    )
    marker: str | None = Field(default=None, description="Leading bullet or emoji as written.", examples=["🔹"])


class SectionKind(StrEnum):
    """Kinds of section."""

    MEDIA_DESCRIPTION = "media_description"
    EMBEDDED = "embedded"
    ADDENDUM = "addendum"


class Section(Record):
    """A part of the post that a line of its own sets apart: a caption, another channel's text, an addition."""

    kind: Literal[SectionKind.MEDIA_DESCRIPTION, SectionKind.EMBEDDED, SectionKind.ADDENDUM] = Field(
        description="What it is."
    )
    start: Count = Field(description="Offset of its first code point, that of the label.")
    end: Count = Field(description="Offset after its last code point.")
    label: Span = Field(description="The line that sets it apart.")
    attributed_to: Span | None = Field(default=None, description="Whose text it is, as written in the label.")
    blocks: tuple[Block, ...] = Field(description="Its blocks in order.")


class Link(Span):
    """A link in the text; ``text`` is what is shown."""

    url: str = Field(description="Target.", examples=["https://example.org/a"])


class LanguageSpan(Record):
    """A part of a mixed post."""

    start: Count = Field(description="Offset of the first code point.", examples=[0])
    end: Count = Field(description="Offset after the last code point.", examples=[120])
    code: str = Field(description="ISO 639-1, or und where the language is not in use.", examples=["en"])


class Language(Record):
    """Language of the text."""

    code: str = Field(description="ISO 639-1, or und when undecided.", examples=["en", "und"])
    confidence: float | None = Field(
        default=None, ge=0, le=1, description="Probability that the code is right; null: no model was asked."
    )
    reason: str | None = Field(
        default=None,
        description="Why it is undecided; for a language that is not in use with its name, where it is known.",
        examples=["no letters", "language not in use: Afrikaans"],
    )
    script: str | None = Field(
        default=None, description="ISO 15924; Kana for Japanese. Null: no letters, or unknown.", examples=["Latn"]
    )
    alternatives: tuple[str, ...] = Field(
        default=(),
        description="Other languages that it may be: the one that leads and is not in use, or sisters of the code; "
        "then those with a share of 0.2.",
        examples=[["af"]],
    )
    spans: tuple[LanguageSpan, ...] = Field(
        default=(), description="Of a mixed post the parts, in order; empty: all is in the one language."
    )
    prior: str | None = Field(
        default=None, description="Version of the channel prior that was used; null: decided by the text alone."
    )


class LanguagePrior(Record):
    """A file: what is known of the languages of channels before a post is read."""

    type: Literal["language_prior"] = Field(default="language_prior", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    channels: dict[str, dict[str, float]] = Field(
        description="Share of each language in a channel, by channel id.", examples=[{"1234567890": {"ru": 0.98}}]
    )


class DuplicateKind(StrEnum):
    """How two posts were found to be the same."""

    EXACT = "exact"
    NEAR = "near"
    PARTIAL = "partial"
    FORWARD = "forward"


class DuplicateLink(Record):
    """The earlier post that a post repeats."""

    of: PostKey = Field(
        description="Key of an earlier post with the same content; the one without a link at the end is canonical.",
        examples=["tg:1234567890:41"],
    )
    kind: DuplicateKind = Field(description="How it was found.")
    similarity: float = Field(ge=0, le=1, description="Estimated share of word pairs in common; 1 for equal texts.")


def with_duplicate(post: bytes, link: DuplicateLink) -> bytes:
    """The JSON of a ``NormalizedPost`` that repeats nothing, with the post that it repeats."""
    # The first such bytes are the field: no object before it has one of that name, and strings escape quotation marks.
    return post.replace(b'"duplicate":null', b'"duplicate":' + link.to_json(), 1)


class Provenance(Record):
    """Where a record comes from and what made it."""

    source: PostSource = Field(description="What the post was read from.")
    lane: Lane = Field(description="Raw topic it travelled on.")
    collected_at: UtcDatetime | None = Field(default=None, description="When the live collector saw it (UTC).")
    rank: RankValue = Field(
        default=(0, 0),
        description="Place among the states of the post: microseconds since 1970, and 1 for a collected state or 0 for "
        "an archived one. The greater one is newer.",
        examples=[[1764000000000000, 1]],
    )
    pipeline_version: str = Field(description="Version of the pure pipeline.", examples=["1"])


class NormalizedPost(Record):
    """A post, cleaned and understood: value of ``posts.normalized``. The last record of a key wins."""

    type: Literal["post"] = Field(default="post", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    key: PostKey = Field(description="tg:<channel id>:<message id>.", examples=["tg:1234567890:42"])
    revision: str = Field(description="Hash of text, entities and media ids.", examples=["9f86d081884c7d65"])
    channel: Channel = Field(description="The channel.")
    message_id: MessageId = Field(description="Message id within the channel.")
    posted_at: UtcDatetime | None = Field(default=None, description="When it was posted (UTC); null is unknown.")
    edited_at: UtcDatetime | None = Field(default=None, description="When it was last edited (UTC).")
    text: str = Field(description="Clean text; all offsets count its code points.")
    entities: tuple[TextEntity, ...] = Field(default=(), description="Entities; offsets in the clean text.")
    blocks: tuple[Annotated[Block | Section, Field(discriminator="kind")], ...] = Field(
        default=(), description="Layout in order."
    )
    links: tuple[Link, ...] = Field(default=(), description="Links.")
    mentions: tuple[Span, ...] = Field(default=(), description="@names.")
    hashtags: tuple[Span, ...] = Field(default=(), description="#tags.")
    language: Language = Field(description="Language of the text.")
    quote_lists: tuple[QuoteList, ...] = Field(default=(), description="Media-quote lists.")
    citations: tuple[Citation, ...] = Field(
        default=(), description="Statements attributed to an outlet, but for the items of media-quote lists."
    )
    duplicate: DuplicateLink | None = Field(
        default=None,
        description="The post it repeats, where that is known at the time of writing; null on posts.normalized, where "
        "posts.duplicates has it.",
    )
    forward: ForwardOrigin | None = Field(default=None, description="Origin, when it is a forward.")
    reply_to: Reply | None = Field(default=None, description="Post answered, when it is a reply.")
    album_id: Long | None = Field(default=None, description="Telegram's grouped_id, when part of an album.")
    media: tuple[Media, ...] = Field(default=(), description="Attachments.")
    counters: Counters | None = Field(default=None, description="Counts at collection.")
    provenance: Provenance = Field(description="Where it comes from.")

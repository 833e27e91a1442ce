"""Citations: single statements that a post attributes to a news outlet, outside of media-quote lists."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from schemas.base import Record, Span, UtcDatetime
from schemas.bounds import ChannelId, Count, PostKey
from schemas.quotes import Outlet
from schemas.raw import Channel


class CitationKind(StrEnum):
    """How a statement is attributed."""

    REPORT = "report"
    QUOTE = "quote"
    INTERVIEW = "interview"
    HEADLINE = "headline"
    CREDIT = "credit"


class CitedOutlet(Outlet):
    """The outlet of a citation; an outlet that the registry lacks has an id of ``?`` and its folded name."""

    text: str = Field(description="Its name as written.", examples=["Reuters"])
    channel_id: ChannelId | None = Field(default=None, description="Its channel, where the id is known.")
    channel_username: str | None = Field(
        default=None, description="Username of its channel: of a link over the name, or the name itself."
    )


class Citation(Span):
    """A statement and the outlet that it is attributed to; ``text`` is the statement with its attribution."""

    key: str = Field(description="Post key and position.", examples=["tg:1:2:0"])
    position: Count = Field(description="Ordinal in the post, from 0.")
    outlets: tuple[CitedOutlet, ...] = Field(min_length=1, description="Outlets that the statement is attributed to.")
    outlet_text: tuple[Span, ...] = Field(description="Their names as written, parallel to outlets.")
    cue: Span | None = Field(default=None, description="Attribution phrase as written; null for credits and headlines.")
    kind: Literal[
        CitationKind.REPORT, CitationKind.QUOTE, CitationKind.INTERVIEW, CitationKind.HEADLINE, CitationKind.CREDIT
    ] = Field(description="How it is attributed: what the outlet reports, its words, words said to it, or no verb.")
    quotes: tuple[str, ...] = Field(default=(), description="Strings in quotation marks, without the marks.")
    quote_offsets: tuple[tuple[Count, Count], ...] = Field(
        default=(), description="Start and end of each string in quotes, in the record's text."
    )
    cited: tuple[Span, ...] = Field(default=(), description="Sources that the outlet itself cites, as written.")
    is_own: bool = Field(default=False, description="True where the channel belongs to the outlet.")
    confidence: float | None = Field(
        default=None, ge=0, le=1, description="Probability that this is a citation, of a model; null: not known."
    )


class CitationRecord(Record):
    """One citation on its own: value of ``citations``, keyed by the citation's key."""

    type: Literal["citation"] = Field(default="citation", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    post_key: PostKey = Field(description="Key of the post that holds it.")
    revision: str = Field(description="Revision of that post.")
    channel: Channel = Field(description="The post's channel.")
    posted_at: UtcDatetime | None = Field(default=None, description="When the post was posted (UTC).")
    language: str = Field(description="The post's language, ISO 639-1 or und.", examples=["en"])
    citation: Citation = Field(description="The citation; offsets are in the post's clean text.")

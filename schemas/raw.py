"""``RawPost``: a post as it was collected, before any analysis."""

import json
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, ValidationInfo
from pydantic_core import to_json

from schemas.base import Record, UtcDatetime
from schemas.bounds import COUNT_LIMIT, ChannelId, Count, Long, MessageId, MomentUs, Size

_encoder = json.JSONEncoder(check_circular=False, allow_nan=False)


def _without_nan(value: JsonValue, info: ValidationInfo) -> JsonValue:
    """From JSON pydantic takes any value as it is, with the NaN and the infinities that JSON does not have."""
    if value is not None and info.mode == "json" and _may_have_nan(value):
        try:
            _encoder.encode(value)
        except ValueError:
            raise ValueError("a number in it is NaN or infinite") from None
    return value


def _may_have_nan(value: JsonValue) -> bool:
    """Whether its JSON has one of the words, in less than half of the time that the exact answer takes."""
    encoded = to_json(value, inf_nan_mode="constants")
    return b"NaN" in encoded or b"Infinity" in encoded


class Lane(StrEnum):
    """Which of the two raw topics a post travels on: live posts never wait behind a backfill."""

    LIVE = "live"
    BACKFILL = "backfill"


class Channel(Record):
    """The channel of a post."""

    id: ChannelId = Field(description="Bare positive channel id.", examples=[1234567890])
    username: str | None = Field(default=None, description="Public name, without @.", examples=["wirenews"])
    title: str | None = Field(default=None, description="Title as shown.", examples=["Wire News"])


class EntityKind(StrEnum):
    """Kinds of Telegram text entity."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strike"
    SPOILER = "spoiler"
    CODE = "code"
    PRE = "pre"
    BLOCKQUOTE = "blockquote"
    TEXT_LINK = "text_link"
    URL = "url"
    EMAIL = "email"
    PHONE = "phone"
    MENTION = "mention"
    TEXT_MENTION = "text_mention"
    HASHTAG = "hashtag"
    CASHTAG = "cashtag"
    BOT_COMMAND = "bot_command"
    BANK_CARD = "bank_card"
    CUSTOM_EMOJI = "custom_emoji"
    UNKNOWN = "unknown"


class TextEntity(Record):
    """Formatting or a link over a range of the text."""

    kind: EntityKind = Field(description="What the range is.")
    start: Count = Field(description="Offset of the first code point of the text.", examples=[0])
    end: Count = Field(description="Offset after the last code point of the text.", examples=[8])
    url: str | None = Field(default=None, description="Target of a text_link.", examples=["https://example.org"])


class MediaKind(StrEnum):
    """Kinds of attachment."""

    PHOTO = "photo"
    VIDEO = "video"
    ANIMATION = "animation"
    AUDIO = "audio"
    VOICE = "voice"
    VIDEO_NOTE = "video_note"
    STICKER = "sticker"
    DOCUMENT = "document"
    POLL = "poll"
    LOCATION = "location"
    CONTACT = "contact"
    WEB_PAGE = "web_page"
    OTHER = "other"


class PollAnswer(Record):
    """A choice of a poll."""

    text: str = Field(description="As written.", examples=["Yes"])
    voters: Count | None = Field(default=None, description="Votes, where they are shown.")


class Poll(Record):
    """A poll or a quiz."""

    question: str = Field(description="As written.", examples=["Will it rain?"])
    answers: tuple[PollAnswer, ...] = Field(description="The choices in order.")
    is_quiz: bool = Field(default=False, description="True when one answer is the right one.")
    is_closed: bool = Field(default=False, description="True when no more votes are taken.")
    voters: Count | None = Field(default=None, description="All voters, where they are shown.")


class Media(Record):
    """Metadata of an attachment; the file itself is not in the record."""

    kind: MediaKind = Field(description="What it is.")
    id: str | None = Field(default=None, description="Stable id of the file.", examples=["5368324170671202286"])
    mime_type: str | None = Field(default=None, description="MIME type.", examples=["video/mp4"])
    file_name: str | None = Field(default=None, description="Name given by the sender. Never use it as a path.")
    size_bytes: Size | None = Field(default=None, description="Size in bytes.", examples=[1048576])
    width_px: Count | None = Field(default=None, description="Width in pixels.", examples=[1280])
    height_px: Count | None = Field(default=None, description="Height in pixels.", examples=[720])
    duration_s: float | None = Field(
        default=None, ge=0, lt=COUNT_LIMIT, description="Length in seconds.", examples=[12.5]
    )
    message_id: MessageId | None = Field(
        default=None, description="Message that carries it, where several were joined to an album."
    )
    poll: Poll | None = Field(default=None, description="The poll, when it is one.")


class ForwardOrigin(Record):
    """Where a forwarded post comes from, as far as it is known."""

    channel_id: ChannelId | None = Field(default=None, description="Bare channel id of the origin.")
    channel_username: str | None = Field(default=None, description="Its public name, without @.")
    message_id: MessageId | None = Field(default=None, description="Message id at the origin.")
    name: str | None = Field(default=None, description="Name of the origin as shown.", examples=["Rybar"])
    posted_at: UtcDatetime | None = Field(default=None, description="When it was posted at the origin (UTC).")


class Reply(Record):
    """The post that a post answers."""

    message_id: MessageId = Field(description="Message id of the post answered.")
    channel_id: ChannelId | None = Field(default=None, description="Its channel; null means the same channel.")


class Counters(Record):
    """Counts as seen at one moment. A count that is not shown is null, never 0."""

    observed_at: UtcDatetime | None = Field(default=None, description="When they were read (UTC).")
    is_exact: bool | None = Field(
        default=None, description="False where a count is rounded, as 12.3K is on t.me/s; null: not known."
    )
    views: Count | None = Field(default=None, description="Views.", examples=[12300])
    forwards: Count | None = Field(default=None, description="Forwards.")
    replies: Count | None = Field(default=None, description="Comments.")
    reactions: dict[str, Count] | None = Field(default=None, description="Reaction -> count.", examples=[{"👍": 12}])


class PostSource(Record):
    """What a post was read from."""

    kind: str = Field(description="Kind of source.", examples=["text", "jsonl", "telethon"])
    name: str | None = Field(default=None, description="File or account; no absolute path.", examples=["seeds/a.txt"])
    position: Size | None = Field(default=None, description="Line number (from 1) or byte offset in it.")


class RawPost(Record):
    """A post as collected: value of ``posts.raw.live`` and ``posts.raw.backfill``."""

    type: Literal["raw_post"] = Field(default="raw_post", description="Names this model.")
    schema_version: Literal[1] = Field(default=1, description="Version of this model.")
    channel: Channel = Field(description="The channel.")
    message_id: MessageId = Field(description="Message id within the channel.", examples=[42])
    posted_at: UtcDatetime | None = Field(default=None, description="When it was posted (UTC).")
    edited_at: UtcDatetime | None = Field(default=None, description="When it was last edited (UTC).")
    collected_at: UtcDatetime | None = Field(default=None, description="When the live collector saw it (UTC).")
    order: MomentUs | None = Field(
        default=None,
        description="Place among the states of the post, in microseconds of the collector's clock; null: not collected "
        "live, but read from an archive.",
        examples=[1764000000000000],
    )
    text: str = Field(default="", description="Text or caption as written.", examples=["Breaking: ..."])
    entities: tuple[TextEntity, ...] = Field(default=(), description="Entities; offsets count code points.")
    media: tuple[Media, ...] = Field(default=(), description="Attachments.")
    forward: ForwardOrigin | None = Field(default=None, description="Origin, when it is a forward.")
    reply_to: Reply | None = Field(default=None, description="Post answered, when it is a reply.")
    album_id: Long | None = Field(default=None, description="Telegram's grouped_id, when part of an album.")
    counters: Counters | None = Field(default=None, description="Counts at collection.")
    is_deleted: bool = Field(default=False, description="True when this reports a deletion.")
    last_seen_at: UtcDatetime | None = Field(
        default=None,
        description="Of a deletion: when the post was last seen unchanged (UTC). It was deleted between then and "
        "collected_at; null: not known.",
        examples=["2025-03-14T10:26:53Z"],
    )
    source: PostSource = Field(description="What it was read from.")
    lane: Lane = Field(default=Lane.BACKFILL, description="Raw topic it travels on.")
    original: Annotated[JsonValue, AfterValidator(_without_nan)] = Field(
        default=None, description="The source's own payload, when it is kept."
    )

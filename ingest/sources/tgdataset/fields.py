"""One post of TGDataset -> RawPost.

Texts are like markdown (``**``). ``forwarded_from_id`` may be a channel or a person, indistinguishably: only the date
of the origin is kept. The author's id is a person's, and never read.
"""

from datetime import datetime
from typing import Any, NamedTuple

from ingest.sources.base import NoPost
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord
from ingest.sources.json_text import parse_object
from ingest.sources.mapping import entities, ids, moments, shapes
from ingest.sources.mapping.markdown import from_markdown
from ingest.sources.mapping.media import kind_of_file
from schemas import ForwardOrigin, Media, MediaKind, RawPost

_NO_FILE = ("", ".none", "none", "null")


class PostParts(NamedTuple):
    """A post as both maps of its channel have it."""

    channel: str
    described: dict[str, Any]
    """What is said of the channel."""
    message_id: str
    text: bytes | None
    media: bytes | None


def post_of(record: ArchiveRecord, part: PostParts, context: ReadContext) -> RawPost | NoPost:
    """The post; raises InvalidRecordError."""
    text = parse_object(part.text) if part.text is not None else {}
    media = parse_object(part.media) if part.media is not None else None
    fields: dict[str, Any] = {**(media or {}), **text}
    channel = context.channel(
        channel_id=ids.channel_id(part.channel, "channel id"),
        username=shapes.text(context, part.described.get("username"), "username"),
        title=shapes.text(context, part.described.get("title"), "title of the channel"),
        fallback="",
    )
    content = entities.text(text.get("message"), "message")
    words, text_entities = from_markdown(content) if context.options.is_markdown else (content, ())
    return context.post(
        channel,
        ids.message_id(part.message_id, "message id"),
        place=record.number,
        posted_at=moments.utc(fields.get("date"), "date"),
        text=words,
        entities=text_entities,
        media=() if media is None else (_media(media, context),),
        forward=_forward(fields, context),
        original=None if not context.options.keeps_original else {"text_message": text or None, "generic_media": media},
    )


def _forward(fields: dict[str, Any], context: ReadContext) -> ForwardOrigin | None:
    if not shapes.flag(context, fields.get("is_forwarded"), "is_forwarded"):
        return None
    posted_at: datetime | None = moments.optional_utc(
        context, fields.get("forwarded_message_date"), "forwarded_message_date"
    )
    return ForwardOrigin(posted_at=posted_at)


def _media(media: dict[str, Any], context: ReadContext) -> Media:
    extension = (shapes.text(context, media.get("extension"), "extension") or "").strip().lower()
    title = shapes.text(context, media.get("title"), "title")
    media_id = ids.media_id(context, media.get("media_id"), "media_id")
    if extension in _NO_FILE:
        return Media(kind=MediaKind.OTHER, id=media_id)
    extension = extension if extension.startswith(".") else f".{extension}"
    kind = MediaKind.PHOTO if extension == ".jpe" else kind_of_file(f"file{extension}")
    name = title if title and kind is not MediaKind.PHOTO else None
    return Media(kind=kind, id=media_id, file_name=name)

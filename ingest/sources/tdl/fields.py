"""One message of a tdl export -> RawPost."""

import re
from typing import Any

from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.mapping import entities, ids, moments, shapes
from ingest.sources.mapping.media import kind_of_file
from ingest.sources.tdl import raw_message
from schemas import Channel, Media, MediaKind, RawPost

_PHOTO = re.compile(r"([0-9]+)\.jpg")
"""tdl names a photo by its id."""


def post_of(record: ArchiveRecord, chat_id: object, context: ReadContext) -> RawPost | NoPost:
    """The post; raises InvalidRecordError."""
    message: Any = record.value
    if not isinstance(message, dict):
        raise InvalidRecordError("expected an object")
    if message.get("type", "message") != "message":
        return NoPost(NoPostKind.SERVICE)
    message_id = ids.message_id(message.get("id"))
    file_name = shapes.text(context, message.get("file"), "file")
    raw = message.get("raw")
    if raw is not None:
        return _with_raw(record, message_id, _channel(chat_id, raw, context), file_name, context)
    if "date" not in message:
        context.warn("exported without --with-content: texts and dates are unknown")
        if file_name is None:
            return NoPost(NoPostKind.EMPTY)
    context.says_attachments = False  # files alone, no polls or places
    return context.post(
        _channel(chat_id, None, context),
        message_id,
        place=record.number,
        posted_at=moments.moment(context, message.get("date"), "date"),
        text=entities.text(message.get("text")),
        media=_media(file_name),
        original=message,
    )


def _with_raw(
    record: ArchiveRecord, message_id: int, channel: Channel, file_name: str | None, context: ReadContext
) -> RawPost | NoPost:
    message: Any = record.value
    raw = message["raw"]
    text, spans = raw_message.text_of(message, context)
    return context.post(
        channel,
        message_id,
        place=record.number,
        posted_at=moments.moment(context, message.get("date") or raw.get("Date"), "date"),
        edited_at=raw_message.edited_at(raw, context),
        text=text,
        entities=spans,
        media=raw_message.media_of(raw, context) or _media(file_name),
        forward=raw_message.forward_of(raw, context),
        reply_to=raw_message.reply_of(raw, channel.id, context),
        album_id=raw_message.album_of(raw, context),
        counters=raw_message.counters_of(raw, context),
        original=message,
    )


def _channel(chat_id: object, raw: object, context: ReadContext) -> Channel:
    """By the chat's id, which may be that of a person or a group: only --raw shows it."""
    peer = raw.get("PeerID") if isinstance(raw, dict) else None
    number: int | None
    if isinstance(peer, dict) and "UserID" in peer:
        context.warn("it is no channel, but a chat with a person")
        number = None  # the id of a person is not published
    else:
        number = ids.channel_id(chat_id, "id of the chat")
        if isinstance(raw, dict) and raw.get("Post") is False:
            context.warn("it is no channel, but a group")
    return context.channel(channel_id=number, fallback=context.file.folder)


def _media(file_name: str | None) -> tuple[Media, ...]:
    if file_name is None:
        return ()
    photo = _PHOTO.fullmatch(file_name)
    if photo:
        return (Media(kind=MediaKind.PHOTO, id=photo[1]),)
    return (Media(kind=kind_of_file(file_name), file_name=file_name),)

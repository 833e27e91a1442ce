"""One message of a tdl export -> RawPost."""

import re
from typing import Any

from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError, Record
from ingest.sources.mapping import entities, ids, moments
from ingest.sources.mapping.media import kind_of_file
from schemas import Channel, Media, MediaKind, RawPost

_PHOTO = re.compile(r"([0-9]+)\.jpg")
"""tdl names a photo by its id."""


def post_of(record: Record, channel: Channel, context: ReadContext) -> RawPost | NoPost:
    """The post; raises InvalidRecordError."""
    message: Any = record.value
    if not isinstance(message, dict):
        raise InvalidRecordError("expected an object")
    if message.get("type") != "message":
        return NoPost(NoPostKind.SERVICE)
    message_id = ids.message_id(message.get("id"))
    file_name = entities.optional_text(message.get("file"))
    if "date" not in message:
        context.warn("exported without --with-content: texts and dates are unknown")
        if file_name is None:
            return NoPost(NoPostKind.EMPTY)
    return context.post(
        channel,
        message_id,
        place=record.number,
        posted_at=moments.moment(context, message.get("date"), "date"),
        text=entities.text(message.get("text")),
        media=_media(file_name),
        original=message,
    )


def _media(file_name: str | None) -> tuple[Media, ...]:
    if file_name is None:
        return ()
    photo = _PHOTO.fullmatch(file_name)
    if photo:
        return (Media(kind=MediaKind.PHOTO, id=photo[1]),)
    return (Media(kind=kind_of_file(file_name), file_name=file_name),)

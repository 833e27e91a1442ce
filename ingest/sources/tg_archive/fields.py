"""One row of ``messages`` -> RawPost."""

from typing import Any

from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.json_text import parse_json
from ingest.sources.mapping import counts, entities, ids, moments, shapes
from ingest.sources.mapping.media import kind_of_file
from schemas import Channel, Media, MediaKind, Poll, PollAnswer, RawPost, Reply

MESSAGE_COLUMNS = ("id", "type", "date", "content", "reply_to", "media_id")
MEDIA_COLUMNS = ("type", "url", "title", "description")
_KINDS = {
    "document": MediaKind.DOCUMENT,
    "contact": MediaKind.CONTACT,
    "webpage": MediaKind.WEB_PAGE,
    "geo": MediaKind.LOCATION,
}


def post_of(record: ArchiveRecord, channel: Channel, context: ReadContext) -> RawPost | NoPost:
    """The post; raises InvalidRecordError.

    ``edit_date`` is not read: reactions move it as well, and the mark that says so is not kept.
    """
    row: Any = record.value
    if row["type"] != "message":
        return NoPost(NoPostKind.SERVICE)
    message_id = ids.message_id(row["id"])
    text = entities.text(row["content"], "content")
    media = _media(row, context)
    answered = ids.optional_message_id(context, row["reply_to"], "reply_to")
    return context.post(
        channel,
        message_id,
        place=record.number,
        posted_at=moments.utc(row["date"], "date"),
        text=text,
        media=media,
        reply_to=Reply(message_id=answered) if answered else None,
        original={name: value for name, value in row.items() if not isinstance(value, bytes)},
    )


def _media(row: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    if row["media_id"] is None:
        return ()
    found = row.get("media") or {}
    if not found:
        context.unknown("media_id", "id in the table of media")
    name = shapes.text(context, found.get("type"), "media.type") or ""
    if name == "poll":
        return (Media(kind=MediaKind.POLL, poll=_poll(found, context)),)
    title = shapes.text(context, found.get("title"), "media.title")
    if name in _KINDS and name != "document":
        return (Media(kind=_KINDS[name]),)
    file_name = title or shapes.text(context, found.get("url"), "media.url")
    if file_name is None:
        return (Media(kind=MediaKind.PHOTO if name == "photo" else _KINDS.get(name, MediaKind.OTHER)),)
    # The program calls every file that it has downloaded a photo; telethon names photos "photo_<date>.jpg".
    kind = kind_of_file(file_name)
    return (Media(kind=kind, file_name=None if kind is MediaKind.PHOTO else title),)


def _poll(found: dict[str, Any], context: ReadContext) -> Poll | None:
    """The choices are JSON in the description: ``[{"label", "count", "percent", "correct"}]``."""
    description = found.get("description")
    try:
        options = parse_json(description.encode()) if isinstance(description, str) else None
    except InvalidRecordError:
        options = None
    if not isinstance(options, list):
        context.warn("a poll's choices cannot be read; they are left out")
        return None
    choices = shapes.objects(context, options, "media.description")
    return Poll(
        question=shapes.text(context, found.get("title"), "media.title") or "",
        answers=tuple(
            PollAnswer(
                text=shapes.text(context, each.get("label"), "media.description.label") or "",
                voters=counts.count(context, each.get("count"), "media.description.count"),
            )
            for each in choices
        ),
        is_quiz=any(shapes.flag(context, each.get("correct"), "media.description.correct") for each in choices),
    )

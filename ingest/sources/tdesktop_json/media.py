"""Attachments of a message. What an exporter writes in place of a file is no name of one."""

import re
from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.mapping import counts, moments, shapes
from ingest.sources.tdesktop_json.text import plain
from schemas import Media, MediaKind, Poll, PollAnswer

_KINDS = {
    "photo": MediaKind.PHOTO,
    "sticker": MediaKind.STICKER,
    "video_message": MediaKind.VIDEO_NOTE,
    "voice_message": MediaKind.VOICE,
    "animation": MediaKind.ANIMATION,
    "video_file": MediaKind.VIDEO,
    "audio_file": MediaKind.AUDIO,
}
_PLACEHOLDER = re.compile(r"\((?:File|Photo|Video|Sticker|Thumbnail)\b[^()]*\)\s*$")
_INVENTED = re.compile(
    r"(?:photo|video|audio|file|sticker|animation|contact|thumb)_[0-9]+(?:@[0-9_-]+)?(?: \([0-9]+\))?\.\w+"
)
"""Names that the exporter gives to files that have none."""
_OTHERS = {
    "contact_information": MediaKind.CONTACT,
    "contact_vcard": MediaKind.CONTACT,
    "location_information": MediaKind.LOCATION,
    "live_location_period_seconds": MediaKind.LOCATION,
    "place_name": MediaKind.LOCATION,
    "game_title": MediaKind.OTHER,
    "game_link": MediaKind.OTHER,
    "invoice_information": MediaKind.OTHER,
    "giveaway_information": MediaKind.OTHER,
    "giveaway_results": MediaKind.OTHER,
    "todo_list": MediaKind.OTHER,
    "paid_stars_amount": MediaKind.OTHER,
}
"""By the first field of a message that is there."""


def media_of(message: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    """Metadata of what is attached; neither phone numbers nor places are kept."""
    if message.get("photo") is not None:
        size = message.get("photo_file_size", message.get("file_size"))
        shapes.text(context, message["photo"], "photo")
        return (_file(message, MediaKind.PHOTO, size, None, context),)
    if message.get("file") is not None or message.get("media_type") is not None:
        return (_document(message, context),)
    if message.get("poll") is not None:
        return (Media(kind=MediaKind.POLL, poll=_poll(message["poll"], context)),)
    if not _OTHERS.keys().isdisjoint(message):
        found = next((kind for name, kind in _OTHERS.items() if message.get(name) is not None), None)
        return () if found is None else (Media(kind=found),)
    return () if message.get("skipReason") is None else (_document(message, context),)


def _document(message: dict[str, Any], context: ReadContext) -> Media:
    """A file of any kind; exteraGram says ``skipReason`` in place of the path of one that it has left out."""
    name = shapes.text(context, message.get("media_type"), "media_type")
    kind = MediaKind.DOCUMENT if name is None else _KINDS.get(name, MediaKind.OTHER)
    return _file(message, kind, message.get("file_size", message.get("size")), _file_name(message, context), context)


def _file(message: dict[str, Any], kind: MediaKind, size: object, name: str | None, context: ReadContext) -> Media:
    given: dict[str, Any] = {
        "mime_type": shapes.text(context, message.get("mime_type", message.get("mimeType")), "mime_type")
        if "mime_type" in message or "mimeType" in message
        else None,
        "file_name": name,
        "size_bytes": size if size is None else counts.size(context, size, "file_size"),
        "width_px": counts.count(context, message["width"], "width") if "width" in message else None,
        "height_px": counts.count(context, message["height"], "height") if "height" in message else None,
        "duration_s": moments.seconds(context, message["duration_seconds"], "duration_seconds")
        if "duration_seconds" in message
        else None,
    }
    return Media(kind=kind, **{field: value for field, value in given.items() if value is not None})


def _file_name(message: dict[str, Any], context: ReadContext) -> str | None:
    """The sender's name of a file: newer exports say it, else the path ends with it."""
    name = shapes.text(context, message.get("file_name"), "file_name")
    if name is None:
        name = (shapes.text(context, message.get("file"), "file") or "").replace("\\", "/").rpartition("/")[2]
        if _INVENTED.fullmatch(name):
            return None
    return None if not name or _PLACEHOLDER.search(name) else name


def _poll(given: object, context: ReadContext) -> Poll | None:
    poll = shapes.optional_object(context, given, "poll")
    if poll is None:
        return None
    answers = shapes.objects(context, poll.get("answers"), "poll.answers")
    return Poll(
        question=plain(context, poll.get("question"), "poll.question"),
        answers=tuple(
            PollAnswer(
                text=plain(context, answer.get("text"), "poll.answers.text"),
                voters=counts.count(context, answer.get("voters"), "poll.answers.voters"),
            )
            for answer in answers
        ),
        is_closed=shapes.flag(context, poll.get("closed"), "poll.closed"),
        voters=counts.count(context, poll.get("total_voters"), "poll.total_voters"),
    )

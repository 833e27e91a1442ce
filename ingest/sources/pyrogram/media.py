"""Attachments of a message. Neither phone numbers nor places are kept."""

from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.mapping import counts, ids, moments, shapes
from ingest.sources.mapping.file_ids import file_id
from ingest.sources.mapping.media import largest
from ingest.sources.mapping.shapes import optional_object as _object
from schemas import Media, MediaKind, Poll, PollAnswer

_FILES = {
    "photo": MediaKind.PHOTO,
    "video": MediaKind.VIDEO,
    "animation": MediaKind.ANIMATION,
    "audio": MediaKind.AUDIO,
    "voice": MediaKind.VOICE,
    "video_note": MediaKind.VIDEO_NOTE,
    "sticker": MediaKind.STICKER,
    "document": MediaKind.DOCUMENT,
}
"""Fields of a message, and the kind that each is; the first that is there is the attachment."""
_OTHERS = {
    "location": MediaKind.LOCATION,
    "venue": MediaKind.LOCATION,
    "contact": MediaKind.CONTACT,
    "web_page": MediaKind.WEB_PAGE,
    "web_page_preview": MediaKind.WEB_PAGE,
    "game": MediaKind.OTHER,
    "dice": MediaKind.OTHER,
    "invoice": MediaKind.OTHER,
    "story": MediaKind.OTHER,
    "giveaway": MediaKind.OTHER,
    "giveaway_result": MediaKind.OTHER,
    "checklist": MediaKind.OTHER,
}


def attachments(context: ReadContext, message: dict[str, Any]) -> tuple[Media, ...]:
    """What is attached to a message."""
    # An animation, a sticker and others may have a "document" beside them for older programs.
    for field, kind in _FILES.items():
        if field in message and (file := _object(context, _largest(context, message[field], field), field)) is not None:
            return (_file(context, file, kind, field),)
    if (poll := _object(context, message.get("poll"), "poll")) is not None:
        return (_poll(context, poll),)
    if (paid := _object(context, message.get("paid_media"), "paid_media")) is not None:
        return _paid(context, paid)
    for field, kind in _OTHERS.items():
        # Pyrogram 0 says of a preview only that there is one.
        if field in message and (message[field] is True or _object(context, message[field], field)):
            return (Media(kind=kind),)
    return _named(context, message.get("media"))


def _largest(context: ReadContext, file: object, field: str) -> object:
    """Of a photo's sizes, which the Bot API lists."""
    if not isinstance(file, list):
        return file
    return largest(context, shapes.objects(context, file, field), field) if file else file


def _named(context: ReadContext, given: object) -> tuple[Media, ...]:
    """By what ``media`` says alone: ``MessageMediaType.VIDEO``, ``video``, or only True."""
    if given is True:
        return (Media(kind=MediaKind.OTHER),)
    name = shapes.text(context, given, "media")
    if name is None:
        return ()
    plain = name.rpartition(".")[2].lower()
    return (Media(kind=_FILES.get(plain) or _OTHERS.get(plain) or _poll_or_other(plain)),)


def _poll_or_other(plain: str) -> MediaKind:
    return MediaKind.POLL if plain == "poll" else MediaKind.OTHER


def _file(context: ReadContext, file: dict[str, Any], kind: MediaKind, field: str) -> Media:
    length = file.get("length")  # a video note is round: its width is its height
    mime_type = shapes.text(context, file.get("mime_type"), f"{field}.mime_type")
    return Media(
        kind=kind,
        id=file_id(context, file.get("file_unique_id"), f"{field}.file_unique_id"),
        mime_type=mime_type or ("image/jpeg" if kind is MediaKind.PHOTO else None),
        file_name=shapes.text(context, file.get("file_name"), f"{field}.file_name"),
        size_bytes=counts.size(context, file.get("file_size"), f"{field}.file_size"),
        width_px=counts.count(context, file.get("width", length), f"{field}.width"),
        height_px=counts.count(context, file.get("height", length), f"{field}.height"),
        duration_s=moments.seconds(context, file.get("duration"), f"{field}.duration"),
    )


def _paid(context: ReadContext, paid: dict[str, Any]) -> tuple[Media, ...]:
    found = []
    for each in shapes.objects(context, paid.get("media") or paid.get("extended_media"), "paid_media.media"):
        kind = _FILES.get((shapes.text(context, each.get("_"), "paid_media.media._") or "").lower())
        found.append(_file(context, each, kind, "paid_media") if kind else Media(kind=MediaKind.OTHER))
    return tuple(found) or (Media(kind=MediaKind.OTHER),)


def _poll(context: ReadContext, poll: dict[str, Any]) -> Media:
    options = shapes.objects(context, poll.get("options"), "poll.options")
    record = Poll(
        question=shapes.words(context, poll.get("question"), "poll.question"),
        answers=tuple(
            PollAnswer(
                text=shapes.words(context, option.get("text"), "poll.options.text"),
                voters=counts.count(context, option.get("voter_count"), "poll.options.voter_count"),
            )
            for option in options
        ),
        is_quiz=(shapes.text(context, poll.get("type"), "poll.type") or "").rpartition(".")[2].lower() == "quiz",
        is_closed=shapes.flag(context, poll.get("is_closed"), "poll.is_closed"),
        voters=counts.count(context, poll.get("total_voter_count"), "poll.total_voter_count"),
    )
    return Media(kind=MediaKind.POLL, id=ids.media_id(context, poll.get("id"), "poll.id"), poll=record)

"""Attachments of a message. Neither phone numbers nor places are kept."""

from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.mapping import counts, entities, moments
from ingest.sources.mapping.file_ids import file_id
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
        file = _largest(message.get(field))
        if isinstance(file, dict):
            return (_file(context, file, kind, field),)
    if isinstance(message.get("poll"), dict):
        return (_poll(context, message["poll"]),)
    paid = message.get("paid_media")
    if isinstance(paid, dict):
        return _paid(context, paid)
    for field, kind in _OTHERS.items():
        if message.get(field):
            return (Media(kind=kind),)
    return _named(message.get("media"))


def _largest(file: object) -> object:
    """Of a photo's sizes, which the Bot API lists."""
    sizes = [each for each in file if isinstance(each, dict)] if isinstance(file, list) else []
    return max(sizes, key=lambda size: (size.get("width") or 0) * (size.get("height") or 0)) if sizes else file


def _named(name: object) -> tuple[Media, ...]:
    """By what ``media`` says alone: ``MessageMediaType.VIDEO``, ``video``, or only True."""
    if not isinstance(name, str):
        return (Media(kind=MediaKind.OTHER),) if name is True else ()
    plain = name.rpartition(".")[2].lower()
    return (Media(kind=_FILES.get(plain) or _OTHERS.get(plain) or _poll_or_other(plain)),)


def _poll_or_other(plain: str) -> MediaKind:
    return MediaKind.POLL if plain == "poll" else MediaKind.OTHER


def _file(context: ReadContext, file: dict[str, Any], kind: MediaKind, field: str) -> Media:
    length = file.get("length")  # a video note is round: its width is its height
    mime_type = entities.optional_text(file.get("mime_type"))
    return Media(
        kind=kind,
        id=file_id(file.get("file_unique_id")),
        mime_type=mime_type or ("image/jpeg" if kind is MediaKind.PHOTO else None),
        file_name=entities.optional_text(file.get("file_name")),
        size_bytes=counts.size(context, file.get("file_size"), f"{field}.file_size"),
        width_px=counts.count(context, file.get("width", length), f"{field}.width"),
        height_px=counts.count(context, file.get("height", length), f"{field}.height"),
        duration_s=moments.seconds(file.get("duration")),
    )


def _paid(context: ReadContext, paid: dict[str, Any]) -> tuple[Media, ...]:
    found = []
    for each in paid.get("media") or paid.get("extended_media") or ():
        kind = _FILES.get(str(each.get("_") or "").lower()) if isinstance(each, dict) else None
        found.append(_file(context, each, kind, "paid_media") if kind else Media(kind=MediaKind.OTHER))
    return tuple(found) or (Media(kind=MediaKind.OTHER),)


def _poll(context: ReadContext, poll: dict[str, Any]) -> Media:
    options = [each for each in poll.get("options") or () if isinstance(each, dict)]
    record = Poll(
        question=_plain(poll.get("question")),
        answers=tuple(
            PollAnswer(
                text=_plain(option.get("text")),
                voters=counts.count(context, option.get("voter_count"), "poll.options.voter_count"),
            )
            for option in options
        ),
        is_quiz=str(poll.get("type") or "").rpartition(".")[2].lower() == "quiz",
        is_closed=bool(poll.get("is_closed")),
        voters=counts.count(context, poll.get("total_voter_count"), "poll.total_voter_count"),
    )
    poll_id = poll.get("id")
    return Media(
        kind=MediaKind.POLL, id=str(poll_id) if isinstance(poll_id, int | str) and poll_id else None, poll=record
    )


def _plain(text: object) -> str:
    """Forks write a text with its entities where there was a bare one."""
    return entities.optional_text(text.get("text") if isinstance(text, dict) else text) or ""

"""Attachments of a message. Neither phone numbers nor places are kept."""

from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.mapping import counts, entities, moments
from ingest.sources.mapping.file_ids import file_id
from ingest.sources.tdlib.classes import class_of, object_of
from schemas import Media, MediaKind, Poll, PollAnswer

_FILES = {
    "messageVideo": ("video", "video", MediaKind.VIDEO),
    "messageAnimation": ("animation", "animation", MediaKind.ANIMATION),
    "messageAudio": ("audio", "audio", MediaKind.AUDIO),
    "messageDocument": ("document", "document", MediaKind.DOCUMENT),
    "messageSticker": ("sticker", "sticker", MediaKind.STICKER),
    "messageVideoNote": ("video_note", "video", MediaKind.VIDEO_NOTE),
    "messageVoiceNote": ("voice_note", "voice", MediaKind.VOICE),
}
"""Class of the content -> its field, the field of the file in it, and what it is."""
_OTHERS = {
    "messageExpiredPhoto": MediaKind.PHOTO,
    "messageExpiredVideo": MediaKind.VIDEO,
    "messageExpiredVideoNote": MediaKind.VIDEO_NOTE,
    "messageExpiredVoiceNote": MediaKind.VOICE,
    "messageLocation": MediaKind.LOCATION,
    "messageLiveLocation": MediaKind.LOCATION,
    "messageVenue": MediaKind.LOCATION,
    "messageContact": MediaKind.CONTACT,
}
_NONE = ("messageAnimatedEmoji", "messageRichMessage")
_PREVIEWS = ("link_preview", "web_page")
"""The second before 1.8.33."""


def attachments(context: ReadContext, content: dict[str, Any]) -> tuple[Media, ...]:
    """What is attached to a message with this content."""
    kind = class_of(content)
    if kind in _FILES:
        field, file_field, media_kind = _FILES[kind]
        return (_file(context, object_of(content.get(field)), file_field, media_kind, field),)
    if kind == "messageText":
        has_preview = any(content.get(name) for name in _PREVIEWS)
        return (Media(kind=MediaKind.WEB_PAGE),) if has_preview else ()
    if kind == "messagePhoto":
        return (_photo(context, content.get("photo")),)
    if kind == "messagePoll":
        return (_poll(context, object_of(content.get("poll"))),)
    if kind == "messagePaidMedia":
        return tuple(_paid(context, object_of(each)) for each in _list(content.get("media")))
    return () if kind in _NONE else (Media(kind=_OTHERS.get(kind, MediaKind.OTHER)),)


def _file(context: ReadContext, given: dict[str, Any], file_field: str, kind: MediaKind, field: str) -> Media:
    file = object_of(given.get(file_field))
    side = given.get("length")  # a video note is round: its width is its height
    return Media(
        kind=kind,
        id=_id(file),
        mime_type=entities.optional_text(given.get("mime_type")),
        file_name=entities.optional_text(given.get("file_name")),
        size_bytes=counts.size(context, file.get("size"), f"{field}.size") or None,
        width_px=counts.count(context, given.get("width", side), f"{field}.width") or None,
        height_px=counts.count(context, given.get("height", side), f"{field}.height") or None,
        duration_s=moments.seconds(given.get("duration")),
    )


def _photo(context: ReadContext, given: object) -> Media:
    sizes = [each for each in _list(object_of(given).get("sizes")) if isinstance(each, dict)]
    largest = max(sizes, key=_pixels, default={})
    return _file(context, largest, "photo", MediaKind.PHOTO, "photo").model_copy(update={"mime_type": "image/jpeg"})


def _paid(context: ReadContext, given: dict[str, Any]) -> Media:
    if class_of(given) == "paidMediaPhoto":
        return _photo(context, given.get("photo"))
    if class_of(given) == "paidMediaVideo":
        return _file(context, object_of(given.get("video")), "video", MediaKind.VIDEO, "video")
    return Media(kind=MediaKind.OTHER)


def _poll(context: ReadContext, poll: dict[str, Any]) -> Media:
    options = [each for each in _list(poll.get("options")) if isinstance(each, dict)]
    total = counts.count(context, poll.get("total_voter_count"), "poll.total_voter_count")
    # Until the account has voted TDLib has 0 for each answer.
    is_shown = not total or any(each.get("voter_count") for each in options)
    answers = tuple(
        PollAnswer(
            text=_plain(each.get("text")),
            voters=counts.count(context, each.get("voter_count"), "poll.options.voter_count") if is_shown else None,
        )
        for each in options
    )
    record = Poll(
        question=_plain(poll.get("question")),
        answers=answers,
        is_quiz=class_of(poll.get("type")) == "pollTypeQuiz",
        is_closed=bool(poll.get("is_closed")),
        voters=total,
    )
    poll_id = poll.get("id")
    return Media(
        kind=MediaKind.POLL, id=str(poll_id) if isinstance(poll_id, int | str) and poll_id else None, poll=record
    )


def _plain(text: object) -> str:
    """The words of a ``formattedText``, or of the string that polls had before 1.8.29."""
    return entities.optional_text(text.get("text") if isinstance(text, dict) else text) or ""


def _id(file: dict[str, Any]) -> str | None:
    return file_id(object_of(file.get("remote")).get("unique_id"))


def _pixels(size: dict[str, Any]) -> int:
    width, height = size.get("width"), size.get("height")
    return width * height if isinstance(width, int) and isinstance(height, int) else 0


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []

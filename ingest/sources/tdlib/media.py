"""Attachments of a message. Neither phone numbers nor places are kept."""

from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.mapping import counts, ids, moments, shapes
from ingest.sources.mapping.file_ids import file_id
from ingest.sources.mapping.media import largest
from ingest.sources.tdlib.classes import class_name, class_of
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
        return (_file(context, shapes.object_of(context, content.get(field), field), file_field, media_kind, field),)
    if kind == "messageText":
        has_preview = any(shapes.object_of(context, content.get(name), name) for name in _PREVIEWS)
        return (Media(kind=MediaKind.WEB_PAGE),) if has_preview else ()
    if kind == "messagePhoto":
        return (_photo(context, content.get("photo")),)
    if kind == "messagePoll":
        return (_poll(context, shapes.object_of(context, content.get("poll"), "poll")),)
    if kind == "messagePaidMedia":
        return tuple(_paid(context, each) for each in shapes.objects(context, content.get("media"), "media"))
    return () if kind in _NONE else (Media(kind=_OTHERS.get(kind, MediaKind.OTHER)),)


def _file(context: ReadContext, given: dict[str, Any], file_field: str, kind: MediaKind, field: str) -> Media:
    file = shapes.object_of(context, given.get(file_field), f"{field}.{file_field}")
    side = given.get("length")  # a video note is round: its width is its height
    return Media(
        kind=kind,
        id=_id(context, file, field),
        mime_type=shapes.text(context, given.get("mime_type"), f"{field}.mime_type"),
        file_name=shapes.text(context, given.get("file_name"), f"{field}.file_name"),
        size_bytes=counts.size(context, file.get("size"), f"{field}.size") or None,
        width_px=counts.count(context, given.get("width", side), f"{field}.width") or None,
        height_px=counts.count(context, given.get("height", side), f"{field}.height") or None,
        duration_s=moments.seconds(context, given.get("duration"), f"{field}.duration"),
    )


def _photo(context: ReadContext, given: object) -> Media:
    photo = shapes.object_of(context, given, "photo")
    size = largest(context, shapes.objects(context, photo.get("sizes"), "photo.sizes"), "photo")
    return _file(context, size, "photo", MediaKind.PHOTO, "photo").model_copy(update={"mime_type": "image/jpeg"})


def _paid(context: ReadContext, given: dict[str, Any]) -> Media:
    if class_of(given) == "paidMediaPhoto":
        return _photo(context, given.get("photo"))
    if class_of(given) == "paidMediaVideo":
        return _file(context, shapes.object_of(context, given.get("video"), "video"), "video", MediaKind.VIDEO, "video")
    return Media(kind=MediaKind.OTHER)


def _poll(context: ReadContext, poll: dict[str, Any]) -> Media:
    options = shapes.objects(context, poll.get("options"), "poll.options")
    total = counts.count(context, poll.get("total_voter_count"), "poll.total_voter_count")
    voters = [counts.count(context, each.get("voter_count"), "poll.options.voter_count") for each in options]
    # Until the account has voted TDLib has 0 for each answer.
    is_shown = not total or any(voters)
    answers = tuple(
        PollAnswer(
            text=shapes.words(context, each.get("text"), "poll.options.text"),
            voters=number if is_shown else None,
        )
        for each, number in zip(options, voters, strict=True)
    )
    record = Poll(
        question=shapes.words(context, poll.get("question"), "poll.question"),
        answers=answers,
        is_quiz=class_name(context, poll.get("type"), "poll.type") == "pollTypeQuiz",
        is_closed=shapes.flag(context, poll.get("is_closed"), "poll.is_closed"),
        voters=total,
    )
    return Media(kind=MediaKind.POLL, id=ids.media_id(context, poll.get("id"), "poll.id"), poll=record)


def _id(context: ReadContext, file: dict[str, Any], field: str) -> str | None:
    remote = shapes.object_of(context, file.get("remote"), f"{field}.remote")
    return file_id(context, remote.get("unique_id"), f"{field}.remote.unique_id")

"""Attachments as gotd's structs: what they are shows by their fields alone."""

import base64
from collections.abc import Callable
from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.mapping import counts, entities, moments
from schemas import Media, MediaKind, Poll, PollAnswer

_PHOTO_TYPE = "image/jpeg"
"""Telegram stores every photo as JPEG."""
_ANIMATED_TYPES = ("video/mp4", "image/gif", "video/webm")


def attachments(media: object, context: ReadContext) -> tuple[Media, ...]:
    """Attachments of a ``MessageMedia``; neither phone numbers nor places are kept."""
    if not isinstance(media, dict):
        return ()
    convert = next((convert for name, convert in _CONVERTERS if name in media), None)
    return convert(media, context) if convert else (Media(kind=MediaKind.OTHER),)


def _photo(media: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    photo = media["Photo"]
    if not isinstance(photo, dict):  # it has expired
        return (Media(kind=MediaKind.PHOTO),)
    sizes = [size for size in photo.get("Sizes") or () if isinstance(size, dict) and size.get("W") and size.get("H")]
    largest = max(sizes, key=lambda size: size["W"] * size["H"], default={})
    number_of_bytes = largest.get("Size") or max(largest.get("Sizes") or (), default=None)
    return (
        Media(
            kind=MediaKind.PHOTO,
            id=_id(photo.get("ID")),
            mime_type=_PHOTO_TYPE,
            size_bytes=counts.size(context, number_of_bytes, "raw.Media.Photo.Sizes"),
            width_px=counts.count(context, largest.get("W"), "raw.Media.Photo.Sizes.W"),
            height_px=counts.count(context, largest.get("H"), "raw.Media.Photo.Sizes.H"),
        ),
    )


def _document(media: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    document = media["Document"]
    if not isinstance(document, dict):  # it has expired
        return (Media(kind=_kind_of_expired(media)),)
    found = [attribute for attribute in document.get("Attributes") or () if isinstance(attribute, dict)]
    frame = next((attribute for attribute in found if attribute.get("W") and attribute.get("H")), {})
    timed = next((attribute for attribute in found if "Duration" in attribute), {})
    name = next((attribute["FileName"] for attribute in found if "FileName" in attribute), None)
    mime_type = entities.optional_text(document.get("MimeType"))
    return (
        Media(
            kind=_kind_of_document(found, mime_type),
            id=_id(document.get("ID")),
            mime_type=mime_type,
            file_name=entities.optional_text(name),
            size_bytes=counts.size(context, document.get("Size"), "raw.Media.Document.Size"),
            width_px=counts.count(context, frame.get("W"), "raw.Media.Document.Attributes.W"),
            height_px=counts.count(context, frame.get("H"), "raw.Media.Document.Attributes.H"),
            duration_s=moments.seconds(timed.get("Duration")),
        ),
    )


def _kind_of_document(attributes: list[dict[str, Any]], mime_type: str | None) -> MediaKind:
    # In this order: a sticker can be a video, an animation is one, and all of them can have a name.
    if any("Stickerset" in attribute for attribute in attributes):
        return MediaKind.STICKER
    if {} in attributes and mime_type in _ANIMATED_TYPES:
        return MediaKind.ANIMATION
    for attribute in attributes:
        if "RoundMessage" in attribute:
            return MediaKind.VIDEO_NOTE if attribute["RoundMessage"] is True else MediaKind.VIDEO
        if "Voice" in attribute:
            return MediaKind.VOICE if attribute["Voice"] is True else MediaKind.AUDIO
    return MediaKind.DOCUMENT


def _kind_of_expired(media: dict[str, Any]) -> MediaKind:
    if media.get("Round") is True:
        return MediaKind.VIDEO_NOTE
    if media.get("Voice") is True:
        return MediaKind.VOICE
    return MediaKind.VIDEO if media.get("Video") is True else MediaKind.DOCUMENT


def _poll(media: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    poll, results = media["Poll"], media.get("Results") or {}
    voters = {_option(each.get("Option")): each.get("Voters") for each in results.get("Results") or ()}
    total = results.get("TotalVoters")
    record = Poll(
        question=_plain(poll.get("Question")),
        answers=tuple(
            PollAnswer(
                text=_plain(answer.get("Text")),
                voters=counts.count(context, voters.get(_option(answer.get("Option"))), "raw.Media.Results.Voters"),
            )
            for answer in poll.get("Answers") or ()
        ),
        is_quiz=poll.get("Quiz") is True,
        is_closed=poll.get("Closed") is True,
        voters=counts.count(context, total, "raw.Media.Results.TotalVoters") if _has_total(results) else None,
    )
    return (Media(kind=MediaKind.POLL, id=_id(poll.get("ID")), poll=record),)


def _has_total(results: dict[str, Any]) -> bool:
    flags = results.get("Flags")
    return type(flags) is not int or bool(flags >> 2 & 1)


def _option(option: object) -> object:
    """Bytes are base64 in Go's JSON; a list of numbers in some versions."""
    if isinstance(option, list):
        return base64.b64encode(bytes(option)).decode()
    return option


def _plain(text: object) -> str:
    return entities.text(text.get("Text") if isinstance(text, dict) else text, "raw.Media.Poll")


def _paid(media: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    found: list[Media] = []
    for extended in media["ExtendedMedia"] if isinstance(media["ExtendedMedia"], list) else ():
        inner = extended.get("Media") if isinstance(extended, dict) else None
        found.extend(attachments(inner, context) or (Media(kind=MediaKind.OTHER),))
    return tuple(found) or (Media(kind=MediaKind.OTHER),)


def _of_kind(kind: MediaKind) -> Callable[[dict[str, Any], ReadContext], tuple[Media, ...]]:
    return lambda media, context: (Media(kind=kind),)


def _id(value: object) -> str | None:
    return str(value) if type(value) is int and value != 0 else None


_CONVERTERS: tuple[tuple[str, Callable[[dict[str, Any], ReadContext], tuple[Media, ...]]], ...] = (
    ("Currency", _of_kind(MediaKind.OTHER)),  # an invoice has a photo and extended media, too
    ("Game", _of_kind(MediaKind.OTHER)),
    ("ExtendedMedia", _paid),
    ("Document", _document),
    ("Photo", _photo),
    ("Poll", _poll),
    ("Webpage", _of_kind(MediaKind.WEB_PAGE)),
    ("PhoneNumber", _of_kind(MediaKind.CONTACT)),
    ("Geo", _of_kind(MediaKind.LOCATION)),
)
"""By a field that only this kind has; in this order."""

"""Attachments as gotd's structs: what they are shows by their fields alone."""

import base64
from collections.abc import Callable
from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.mapping import counts, ids, moments, shapes
from ingest.sources.mapping.media import largest
from schemas import Media, MediaKind, Poll, PollAnswer

_PHOTO_TYPE = "image/jpeg"
"""Telegram stores every photo as JPEG."""
_ANIMATED_TYPES = ("video/mp4", "image/gif", "video/webm")


def attachments(given: object, context: ReadContext) -> tuple[Media, ...]:
    """Attachments of a ``MessageMedia``; neither phone numbers nor places are kept."""
    media = shapes.optional_object(context, given, "raw.Media")
    if media is None:
        return ()
    convert = next((convert for name, convert in _CONVERTERS if name in media), None)
    return convert(media, context) if convert else (Media(kind=MediaKind.OTHER),)


def _photo(media: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    photo = shapes.optional_object(context, media["Photo"], "raw.Media.Photo")
    if photo is None:  # it has expired
        return (Media(kind=MediaKind.PHOTO),)
    sizes = shapes.objects(context, photo.get("Sizes"), "raw.Media.Photo.Sizes")
    size = largest(context, filter(_has_size, sizes), "raw.Media.Photo.Sizes", "W", "H")
    number_of_bytes = size.get("Size")
    if number_of_bytes in (0, None):
        passes = size.get("Sizes")
        number_of_bytes = (
            max((each for each in passes if type(each) is int), default=None) if isinstance(passes, list) else passes
        )
    return (
        Media(
            kind=MediaKind.PHOTO,
            id=ids.media_id(context, photo.get("ID"), "raw.Media.Photo.ID"),
            mime_type=_PHOTO_TYPE,
            size_bytes=counts.size(context, number_of_bytes, "raw.Media.Photo.Sizes"),
            width_px=counts.count(context, size.get("W"), "raw.Media.Photo.Sizes.W"),
            height_px=counts.count(context, size.get("H"), "raw.Media.Photo.Sizes.H"),
        ),
    )


def _document(media: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    document = shapes.optional_object(context, media["Document"], "raw.Media.Document")
    if document is None:  # it has expired
        return (Media(kind=_kind_of_expired(media, context)),)
    found = shapes.objects(context, document.get("Attributes"), "raw.Media.Document.Attributes")
    frame = next((attribute for attribute in found if _has_size(attribute)), {})
    timed = next((attribute for attribute in found if "Duration" in attribute), {})
    name = next((attribute["FileName"] for attribute in found if "FileName" in attribute), None)
    mime_type = shapes.text(context, document.get("MimeType"), "raw.Media.Document.MimeType")
    return (
        Media(
            kind=_kind_of_document(found, mime_type, context),
            id=ids.media_id(context, document.get("ID"), "raw.Media.Document.ID"),
            mime_type=mime_type,
            file_name=shapes.text(context, name, "raw.Media.Document.Attributes.FileName"),
            size_bytes=counts.size(context, document.get("Size"), "raw.Media.Document.Size"),
            width_px=counts.count(context, frame.get("W"), "raw.Media.Document.Attributes.W"),
            height_px=counts.count(context, frame.get("H"), "raw.Media.Document.Attributes.H"),
            duration_s=moments.seconds(context, timed.get("Duration"), "raw.Media.Document.Attributes.Duration"),
        ),
    )


def _has_size(given: dict[str, Any]) -> bool:
    return given.get("W", 0) not in (0, None) and given.get("H", 0) not in (0, None)


def _kind_of_document(attributes: list[dict[str, Any]], mime_type: str | None, context: ReadContext) -> MediaKind:
    # In this order: a sticker can be a video, an animation is one, and all of them can have a name.
    if any("Stickerset" in attribute for attribute in attributes):
        return MediaKind.STICKER
    if {} in attributes and mime_type in _ANIMATED_TYPES:
        return MediaKind.ANIMATION
    for attribute in attributes:
        if "RoundMessage" in attribute:
            is_round = shapes.flag(context, attribute["RoundMessage"], "raw.Media.Document.Attributes.RoundMessage")
            return MediaKind.VIDEO_NOTE if is_round else MediaKind.VIDEO
        if "Voice" in attribute:
            is_voice = shapes.flag(context, attribute["Voice"], "raw.Media.Document.Attributes.Voice")
            return MediaKind.VOICE if is_voice else MediaKind.AUDIO
    return MediaKind.DOCUMENT


def _kind_of_expired(media: dict[str, Any], context: ReadContext) -> MediaKind:
    flags = (("Round", MediaKind.VIDEO_NOTE), ("Voice", MediaKind.VOICE), ("Video", MediaKind.VIDEO))
    found = (kind for name, kind in flags if shapes.flag(context, media.get(name), f"raw.Media.{name}"))
    return next(found, MediaKind.DOCUMENT)


def _poll(media: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    poll = shapes.object_of(context, media["Poll"], "raw.Media.Poll")
    results = shapes.object_of(context, media.get("Results"), "raw.Media.Results")
    listed = shapes.objects(context, results.get("Results"), "raw.Media.Results.Results")
    voters = {_option(each.get("Option")): each.get("Voters") for each in listed}
    total = results.get("TotalVoters")
    record = Poll(
        question=_plain(context, poll.get("Question"), "raw.Media.Poll.Question"),
        answers=tuple(
            PollAnswer(
                text=_plain(context, answer.get("Text"), "raw.Media.Poll.Answers.Text"),
                voters=counts.votes(context, voters, _option(answer.get("Option")), "raw.Media.Results.Voters"),
            )
            for answer in shapes.objects(context, poll.get("Answers"), "raw.Media.Poll.Answers")
        ),
        is_quiz=shapes.flag(context, poll.get("Quiz"), "raw.Media.Poll.Quiz"),
        is_closed=shapes.flag(context, poll.get("Closed"), "raw.Media.Poll.Closed"),
        voters=counts.count(context, total, "raw.Media.Results.TotalVoters") if _has_total(results) else None,
    )
    return (Media(kind=MediaKind.POLL, id=ids.media_id(context, poll.get("ID"), "raw.Media.Poll.ID"), poll=record),)


def _has_total(results: dict[str, Any]) -> bool:
    flags = results.get("Flags")
    return type(flags) is not int or bool(flags >> 2 & 1)


def _option(option: object) -> str:
    """Bytes are base64 in Go's JSON; a list of numbers in some versions."""
    if isinstance(option, list):
        return base64.b64encode(bytes(each for each in option if type(each) is int and 0 <= each < 256)).decode()
    return str(option)


def _plain(context: ReadContext, text: object, field: str) -> str:
    return shapes.text(context, text.get("Text") if isinstance(text, dict) else text, field) or ""


def _paid(media: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    found: list[Media] = []
    for extended in shapes.objects(context, media["ExtendedMedia"], "raw.Media.ExtendedMedia"):
        found.extend(attachments(extended.get("Media"), context) or (Media(kind=MediaKind.OTHER),))
    return tuple(found) or (Media(kind=MediaKind.OTHER),)


def _of_kind(kind: MediaKind) -> Callable[[dict[str, Any], ReadContext], tuple[Media, ...]]:
    return lambda media, context: (Media(kind=kind),)


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

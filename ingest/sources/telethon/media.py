"""Attachments of a message, as Telethon's ``to_dict`` writes them. Neither phone numbers nor places are kept."""

from collections.abc import Callable, Iterator
from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.mapping import counts, ids, moments, shapes
from ingest.sources.mapping.media import kind_of_class, largest
from schemas import Media, MediaKind, Poll, PollAnswer

_MAX_DEPTH = 3
"""Paid media hold media, and a poll's may."""
_SIZES = ("PhotoSize", "PhotoSizeProgressive")


def attachments(context: ReadContext, media: object, depth: int = 0) -> tuple[Media, ...]:
    """Those of a ``MessageMedia``, or of its class's name alone, which some scripts keep."""
    if isinstance(media, str):
        kind = kind_of_class(media.partition("(")[0])
        return (Media(kind=kind),) if kind else ()
    media = shapes.object_of(context, media, "media")
    if depth > _MAX_DEPTH:
        return ()
    name = shapes.text(context, media.get("_"), "media._") or ""
    if name == "MessageMediaPaidMedia":
        return tuple(_paid(context, media, depth))
    if name == "MessageMediaPoll":
        return (_poll(context, media), *attachments(context, media.get("attached_media"), depth + 1))
    convert = _CONVERTERS.get(name)
    if convert is not None:
        return convert(context, media)
    kind = kind_of_class(name)
    return (Media(kind=kind),) if kind else ()


def photo_metadata(context: ReadContext, photo: object) -> Media:
    """A photo; one that has expired is a photo of which nothing is known."""
    given = shapes.optional_object(context, photo, "photo")
    if given is None:
        return Media(kind=MediaKind.PHOTO)
    if given.get("_") == "PhotoEmpty":
        return Media(kind=MediaKind.PHOTO, id=ids.media_id(context, given.get("id"), "photo.id"))
    found = shapes.objects(context, given.get("sizes"), "photo.sizes")
    sizes = [each for each in found if shapes.text(context, each.get("_"), "photo.sizes._") in _SIZES]
    size = largest(context, sizes, "photo", "w", "h")
    progressive = size.get("sizes")
    passes = [each for each in progressive if type(each) is int] if isinstance(progressive, list) else []
    return Media(
        kind=MediaKind.PHOTO,
        id=ids.media_id(context, given.get("id"), "photo.id"),
        mime_type="image/jpeg",
        size_bytes=counts.size(context, max(passes) if passes else size.get("size", progressive or None), "photo.size"),
        width_px=counts.count(context, size.get("w"), "photo.w"),
        height_px=counts.count(context, size.get("h"), "photo.h"),
    )


def document_metadata(context: ReadContext, document: dict[str, Any]) -> Media:
    """A file, whose attributes say what kind it is of."""
    attributes = shapes.objects(context, document.get("attributes"), "document.attributes")
    found = {shapes.text(context, each.get("_"), "document.attributes._"): each for each in attributes}
    video, audio = found.get("DocumentAttributeVideo"), found.get("DocumentAttributeAudio")
    frame = video or found.get("DocumentAttributeImageSize") or {}
    timed = video or audio or {}
    name = found.get("DocumentAttributeFilename") or {}
    return Media(
        kind=_kind_of_document(context, found),
        id=ids.media_id(context, document.get("id"), "document.id"),
        mime_type=shapes.text(context, document.get("mime_type"), "document.mime_type"),
        file_name=shapes.text(context, name.get("file_name"), "document.file_name"),
        size_bytes=counts.size(context, document.get("size"), "document.size"),
        width_px=counts.count(context, frame.get("w"), "document.w"),
        height_px=counts.count(context, frame.get("h"), "document.h"),
        duration_s=moments.seconds(context, timed.get("duration"), "document.duration"),
    )


def _kind_of_document(context: ReadContext, found: dict[str | None, dict[str, Any]]) -> MediaKind:
    # In this order: a sticker can be a video, an animation is one, and all of them can have a name.
    if "DocumentAttributeSticker" in found or "DocumentAttributeCustomEmoji" in found:
        return MediaKind.STICKER
    if "DocumentAttributeAnimated" in found:
        return MediaKind.ANIMATION
    if video := found.get("DocumentAttributeVideo"):
        is_round = shapes.flag(context, video.get("round_message"), "document.round_message")
        return MediaKind.VIDEO_NOTE if is_round else MediaKind.VIDEO
    if audio := found.get("DocumentAttributeAudio"):
        return MediaKind.VOICE if shapes.flag(context, audio.get("voice"), "document.voice") else MediaKind.AUDIO
    return MediaKind.DOCUMENT


def _photo(context: ReadContext, media: dict[str, Any]) -> tuple[Media, ...]:
    return (photo_metadata(context, media.get("photo")),)


def _document(context: ReadContext, media: dict[str, Any]) -> tuple[Media, ...]:
    document = shapes.optional_object(context, media.get("document"), "document")
    if document is not None and document.get("_") != "DocumentEmpty":
        return (document_metadata(context, document),)
    flags = (("round", MediaKind.VIDEO_NOTE), ("voice", MediaKind.VOICE), ("video", MediaKind.VIDEO))
    kind = next(
        (kind for flag, kind in flags if shapes.flag(context, media.get(flag), f"media.{flag}")), MediaKind.DOCUMENT
    )
    return (Media(kind=kind, id=ids.media_id(context, (document or {}).get("id"), "document.id")),)


def _web_page(context: ReadContext, media: dict[str, Any]) -> tuple[Media, ...]:
    # Without the id: a preview that appears or goes is no edit of the post, and ids of media make its revision.
    page = shapes.object_of(context, media.get("webpage"), "webpage")
    is_shown = page.get("_") in (None, "WebPage", "WebPagePending")
    return (Media(kind=MediaKind.WEB_PAGE),) if is_shown else ()


def _paid(context: ReadContext, media: dict[str, Any], depth: int) -> Iterator[Media]:
    for each in shapes.objects(context, media.get("extended_media"), "extended_media"):
        if each.get("_") == "MessageExtendedMedia":
            yield from attachments(context, each.get("media"), depth + 1)
        else:
            width, height = each.get("w"), each.get("h")
            yield Media(
                kind=MediaKind.OTHER,
                width_px=counts.count(context, width, "extended_media.w"),
                height_px=counts.count(context, height, "extended_media.h"),
            )


def _poll(context: ReadContext, media: dict[str, Any]) -> Media:
    poll = shapes.object_of(context, media.get("poll"), "poll")
    results = shapes.object_of(context, media.get("results"), "results")
    # Options are bytes, which dumps write in many ways, but the same way in one file.
    listed = shapes.objects(context, results.get("results"), "results.results")
    voters = {repr(each.get("option")): each.get("voters") for each in listed}
    answers = tuple(
        PollAnswer(
            text=shapes.words(context, answer.get("text"), "poll.answers.text"),
            voters=counts.votes(context, voters, repr(answer.get("option")), "results.voters"),
        )
        for answer in shapes.objects(context, poll.get("answers"), "poll.answers")
    )
    record = Poll(
        question=shapes.words(context, poll.get("question"), "poll.question"),
        answers=answers,
        is_quiz=shapes.flag(context, poll.get("quiz"), "poll.quiz"),
        is_closed=shapes.flag(context, poll.get("closed"), "poll.closed"),
        voters=counts.count(context, results.get("total_voters"), "results.total_voters"),
    )
    return Media(kind=MediaKind.POLL, id=ids.media_id(context, poll.get("id"), "poll.id"), poll=record)


_CONVERTERS: dict[str, Callable[[ReadContext, dict[str, Any]], tuple[Media, ...]]] = {
    "MessageMediaPhoto": _photo,
    "MessageMediaDocument": _document,
    "MessageMediaWebPage": _web_page,
}

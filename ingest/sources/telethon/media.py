"""Attachments of a message, as Telethon's ``to_dict`` writes them. Neither phone numbers nor places are kept."""

from collections.abc import Callable, Iterator
from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.mapping import counts, entities, moments
from ingest.sources.mapping.media import kind_of_class
from schemas import Media, MediaKind, Poll, PollAnswer

_MAX_DEPTH = 3
"""Paid media hold media, and a poll's may."""


def attachments(context: ReadContext, media: object, depth: int = 0) -> tuple[Media, ...]:
    """Those of a ``MessageMedia``, or of its class's name alone, which some scripts keep."""
    if isinstance(media, str):
        kind = kind_of_class(media.partition("(")[0])
        return (Media(kind=kind),) if kind else ()
    if not isinstance(media, dict) or depth > _MAX_DEPTH:
        return ()
    name = str(media.get("_") or "")
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
    if not isinstance(photo, dict):
        return Media(kind=MediaKind.PHOTO)
    if photo.get("_") == "PhotoEmpty":
        return Media(kind=MediaKind.PHOTO, id=_id(photo))
    sizes = [size for size in _dicts(photo.get("sizes")) if size.get("_") in ("PhotoSize", "PhotoSizeProgressive")]
    size = max(sizes, key=_pixels, default={})
    passes = [each for each in _list(size.get("sizes")) if isinstance(each, int)]
    return Media(
        kind=MediaKind.PHOTO,
        id=_id(photo),
        mime_type="image/jpeg",
        size_bytes=counts.size(context, max(passes) if passes else size.get("size"), "photo.size"),
        width_px=counts.count(context, size.get("w"), "photo.w"),
        height_px=counts.count(context, size.get("h"), "photo.h"),
    )


def document_metadata(context: ReadContext, document: dict[str, Any]) -> Media:
    """A file, whose attributes say what kind it is of."""
    found = {str(each.get("_")): each for each in _dicts(document.get("attributes"))}
    video, audio = found.get("DocumentAttributeVideo"), found.get("DocumentAttributeAudio")
    frame = video or found.get("DocumentAttributeImageSize") or {}
    timed = video or audio or {}
    name = found.get("DocumentAttributeFilename") or {}
    return Media(
        kind=_kind_of_document(found),
        id=_id(document),
        mime_type=entities.optional_text(document.get("mime_type")),
        file_name=entities.optional_text(name.get("file_name")),
        size_bytes=counts.size(context, document.get("size"), "document.size"),
        width_px=counts.count(context, frame.get("w"), "document.w"),
        height_px=counts.count(context, frame.get("h"), "document.h"),
        duration_s=moments.seconds(timed.get("duration")),
    )


def _kind_of_document(found: dict[str, dict[str, Any]]) -> MediaKind:
    # In this order: a sticker can be a video, an animation is one, and all of them can have a name.
    if "DocumentAttributeSticker" in found or "DocumentAttributeCustomEmoji" in found:
        return MediaKind.STICKER
    if "DocumentAttributeAnimated" in found:
        return MediaKind.ANIMATION
    if video := found.get("DocumentAttributeVideo"):
        return MediaKind.VIDEO_NOTE if video.get("round_message") else MediaKind.VIDEO
    if audio := found.get("DocumentAttributeAudio"):
        return MediaKind.VOICE if audio.get("voice") else MediaKind.AUDIO
    return MediaKind.DOCUMENT


def _photo(context: ReadContext, media: dict[str, Any]) -> tuple[Media, ...]:
    return (photo_metadata(context, media.get("photo")),)


def _document(context: ReadContext, media: dict[str, Any]) -> tuple[Media, ...]:
    document = media.get("document")
    if isinstance(document, dict) and document.get("_") != "DocumentEmpty":
        return (document_metadata(context, document),)
    flags = (("round", MediaKind.VIDEO_NOTE), ("voice", MediaKind.VOICE), ("video", MediaKind.VIDEO))
    kind = next((kind for flag, kind in flags if media.get(flag)), MediaKind.DOCUMENT)
    return (Media(kind=kind, id=_id(document) if isinstance(document, dict) else None),)


def _web_page(context: ReadContext, media: dict[str, Any]) -> tuple[Media, ...]:
    # Without the id: a preview that appears or goes is no edit of the post, and ids of media make its revision.
    page = media.get("webpage")
    is_shown = not isinstance(page, dict) or page.get("_") in (None, "WebPage", "WebPagePending")
    return (Media(kind=MediaKind.WEB_PAGE),) if is_shown else ()


def _paid(context: ReadContext, media: dict[str, Any], depth: int) -> Iterator[Media]:
    for each in _dicts(media.get("extended_media")):
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
    poll, results = _dict(media.get("poll")), _dict(media.get("results"))
    # Options are bytes, which dumps write in many ways, but the same way in one file.
    voters = {repr(each.get("option")): each.get("voters") for each in _dicts(results.get("results"))}
    answers = tuple(
        PollAnswer(
            text=plain(answer.get("text")),
            voters=counts.count(context, voters.get(repr(answer.get("option"))), "results.voters"),
        )
        for answer in _dicts(poll.get("answers"))
    )
    record = Poll(
        question=plain(poll.get("question")),
        answers=answers,
        is_quiz=bool(poll.get("quiz")),
        is_closed=bool(poll.get("closed")),
        voters=counts.count(context, results.get("total_voters"), "results.total_voters"),
    )
    return Media(kind=MediaKind.POLL, id=_id(poll), poll=record)


def plain(text: object) -> str:
    """The words of a ``TextWithEntities``, or of the bare string that older layouts have."""
    return entities.optional_text(text.get("text") if isinstance(text, dict) else text) or ""


_CONVERTERS: dict[str, Callable[[ReadContext, dict[str, Any]], tuple[Media, ...]]] = {
    "MessageMediaPhoto": _photo,
    "MessageMediaDocument": _document,
    "MessageMediaWebPage": _web_page,
}


def _id(of: dict[str, Any]) -> str | None:
    number = of.get("id")
    return str(number) if isinstance(number, int | str) and not isinstance(number, bool) and number != "" else None


def _pixels(size: dict[str, Any]) -> int:
    width, height = size.get("w"), size.get("h")
    return width * height if isinstance(width, int) and isinstance(height, int) else 0


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]

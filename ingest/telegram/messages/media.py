"""Metadata of what is attached to a Telegram message. Neither phone numbers nor places are kept."""

import math
from collections.abc import Callable

from telethon.tl import types

from ingest.utf16 import readable
from schemas import Media, MediaKind, Poll, PollAnswer
from schemas.bounds import COUNT_LIMIT, bounded
from schemas.keys import ID_LIMIT

PHOTO_MIME_TYPE = "image/jpeg"
"""Telegram stores every photo as JPEG."""


def attachments(media: types.TypeMessageMedia | None) -> tuple[Media, ...]:
    """Attachments of a ``MessageMedia``; a form that is not known here is one of kind other."""
    if media is None:
        return ()
    convert = _CONVERTERS.get(type(media))
    return convert(media) if convert else (Media(kind=MediaKind.OTHER),)


def largest_size(photo: types.Photo) -> types.TypePhotoSize | None:
    """The ``PhotoSize`` of most pixels that a photo can be downloaded in; None when it has none."""
    sizes = [size for size in photo.sizes if isinstance(size, types.PhotoSize | types.PhotoSizeProgressive)]
    return max(sizes, key=lambda size: size.w * size.h, default=None)


def size_bytes(size: types.TypePhotoSize) -> int | None:
    """Bytes of a ``PhotoSize``; a progressive one lists where each of its passes ends."""
    if isinstance(size, types.PhotoSizeProgressive):
        return bounded(max(size.sizes, default=None), ID_LIMIT)
    return bounded(size.size, ID_LIMIT)


def _photo(media: types.MessageMediaPhoto) -> tuple[Media, ...]:
    return (photo_metadata(media.photo),)


def photo_metadata(photo: types.TypePhoto | None) -> Media:
    """Metadata of a photo; only its kind is known of one that has expired."""
    if not isinstance(photo, types.Photo):
        return Media(kind=MediaKind.PHOTO, id=_id(photo))
    size = largest_size(photo)
    return Media(
        kind=MediaKind.PHOTO,
        id=str(photo.id),
        mime_type=PHOTO_MIME_TYPE,
        size_bytes=size_bytes(size) if size else None,
        width_px=bounded(size.w) if size else None,
        height_px=bounded(size.h) if size else None,
    )


def _document(media: types.MessageMediaDocument) -> tuple[Media, ...]:
    document = media.document
    if isinstance(document, types.Document):
        return (document_metadata(document),)
    return (Media(kind=_kind_of_expired(media), id=_id(document)),)


def _kind_of_expired(media: types.MessageMediaDocument) -> MediaKind:
    if media.round:
        return MediaKind.VIDEO_NOTE
    if media.voice:
        return MediaKind.VOICE
    return MediaKind.VIDEO if media.video else MediaKind.DOCUMENT


def document_metadata(document: types.Document) -> Media:
    """Metadata of a document, whose attributes show its kind."""
    found = {type(attribute): attribute for attribute in document.attributes}
    video = found.get(types.DocumentAttributeVideo)
    audio = found.get(types.DocumentAttributeAudio)
    name = found.get(types.DocumentAttributeFilename)
    frame = video or found.get(types.DocumentAttributeImageSize)
    timed = video or audio
    return Media(
        kind=_kind_of_document(found),
        id=str(document.id),
        mime_type=readable(document.mime_type) or None,
        file_name=readable(name.file_name) if name else None,
        size_bytes=bounded(document.size, ID_LIMIT),
        width_px=bounded(frame.w) if frame else None,
        height_px=bounded(frame.h) if frame else None,
        duration_s=_seconds(timed.duration) if timed else None,
    )


def _kind_of_document(found: dict[type, types.TypeDocumentAttribute]) -> MediaKind:
    # In this order: a sticker can be a video, an animation is one, and all of them can have a name.
    if types.DocumentAttributeSticker in found or types.DocumentAttributeCustomEmoji in found:
        return MediaKind.STICKER
    if types.DocumentAttributeAnimated in found:
        return MediaKind.ANIMATION
    if video := found.get(types.DocumentAttributeVideo):
        return MediaKind.VIDEO_NOTE if video.round_message else MediaKind.VIDEO
    if audio := found.get(types.DocumentAttributeAudio):
        return MediaKind.VOICE if audio.voice else MediaKind.AUDIO
    return MediaKind.DOCUMENT


def _poll(media: types.MessageMediaPoll) -> tuple[Media, ...]:
    poll, results = media.poll, media.results
    voters = {answer.option: bounded(answer.voters) for answer in results.results or ()}
    record = Poll(
        question=_plain(poll.question),
        answers=tuple(
            PollAnswer(text=_plain(answer.text), voters=voters.get(answer.option))
            for answer in poll.answers
            if isinstance(answer, types.PollAnswer)
        ),
        is_quiz=bool(poll.quiz),
        is_closed=bool(poll.closed),
        voters=bounded(results.total_voters),
    )
    return (Media(kind=MediaKind.POLL, id=str(poll.id), poll=record), *attachments(media.attached_media))


def _plain(text: types.TextWithEntities | str) -> str:
    return readable(text if isinstance(text, str) else text.text)  # layers before 178 had a bare string


def _web_page(media: types.MessageMediaWebPage) -> tuple[Media, ...]:
    # Without the id: a preview that appears or goes is no edit of the post, and ids of media make its revision.
    is_shown = isinstance(media.webpage, types.WebPage | types.WebPagePending)
    return (Media(kind=MediaKind.WEB_PAGE),) if is_shown else ()


def _paid(media: types.MessageMediaPaidMedia) -> tuple[Media, ...]:
    found: list[Media] = []
    for extended in media.extended_media:
        if isinstance(extended, types.MessageExtendedMedia):
            found.extend(attachments(extended.media))
        else:
            found.append(Media(kind=MediaKind.OTHER, width_px=bounded(extended.w), height_px=bounded(extended.h)))
    return tuple(found)


def _of_kind(kind: MediaKind) -> Callable[[types.TypeMessageMedia], tuple[Media, ...]]:
    return lambda _: (Media(kind=kind),)


def _nothing(_: types.MessageMediaEmpty) -> tuple[Media, ...]:
    return ()


_CONVERTERS: dict[type, Callable[[types.TypeMessageMedia], tuple[Media, ...]]] = {
    types.MessageMediaEmpty: _nothing,
    types.MessageMediaPhoto: _photo,
    types.MessageMediaDocument: _document,
    types.MessageMediaPoll: _poll,
    types.MessageMediaWebPage: _web_page,
    types.MessageMediaPaidMedia: _paid,
    types.MessageMediaGeo: _of_kind(MediaKind.LOCATION),
    types.MessageMediaGeoLive: _of_kind(MediaKind.LOCATION),
    types.MessageMediaVenue: _of_kind(MediaKind.LOCATION),
    types.MessageMediaContact: _of_kind(MediaKind.CONTACT),
}


def _id(empty: types.PhotoEmpty | types.DocumentEmpty | None) -> str | None:
    """Id of a ``PhotoEmpty`` or ``DocumentEmpty``."""
    return None if empty is None else str(empty.id)


def _seconds(value: float) -> float | None:
    return float(value) if math.isfinite(value) and 0 <= value < COUNT_LIMIT else None

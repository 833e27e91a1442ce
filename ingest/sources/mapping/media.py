"""Attachments, as far as archives describe them."""

import mimetypes
from collections.abc import Iterable
from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.mapping import counts
from schemas import MediaKind

_BY_MAIN_TYPE = {"image": MediaKind.PHOTO, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_BY_SUBTYPE = {
    "image/gif": MediaKind.ANIMATION,
    "image/webp": MediaKind.STICKER,
    "application/x-tgsticker": MediaKind.STICKER,
    "audio/ogg": MediaKind.VOICE,
}


def kind_of_file(file_name: str, mime_type: str | None = None) -> MediaKind:
    """The likeliest kind where an archive names a file but not what Telegram took it for."""
    mime_type = mime_type or mimetypes.guess_type(file_name)[0] or ""
    return _BY_SUBTYPE.get(mime_type) or _BY_MAIN_TYPE.get(mime_type.partition("/")[0]) or MediaKind.DOCUMENT


_BY_CLASS = {
    "MessageMediaPhoto": MediaKind.PHOTO,
    "MessageMediaDocument": MediaKind.DOCUMENT,
    "MessageMediaWebPage": MediaKind.WEB_PAGE,
    "MessageMediaPoll": MediaKind.POLL,
    "MessageMediaGeo": MediaKind.LOCATION,
    "MessageMediaGeoLive": MediaKind.LOCATION,
    "MessageMediaVenue": MediaKind.LOCATION,
    "MessageMediaContact": MediaKind.CONTACT,
}


def kind_of_class(name: str) -> MediaKind | None:
    """The kind that Telegram's class of a ``MessageMedia`` says; None for "nothing", ``MessageMediaEmpty``."""
    return None if name in ("", "MessageMediaEmpty") else _BY_CLASS.get(name, MediaKind.OTHER)


def largest(
    context: ReadContext, sizes: Iterable[dict[str, Any]], field: str, width: str = "width", height: str = "height"
) -> dict[str, Any]:
    """Of the sizes of a photo the one with the most pixels; an empty object for none."""
    width_field, height_field = f"{field}.{width}", f"{field}.{height}"

    def pixels(size: dict[str, Any]) -> int:
        shown = (
            counts.count(context, size.get(width), width_field),
            counts.count(context, size.get(height), height_field),
        )
        return (shown[0] or 0) * (shown[1] or 0)

    return max(sizes, key=pixels, default={})

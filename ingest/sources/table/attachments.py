"""The attachment of a row, from its kind, its path or a mere yes."""

import re

from ingest.sources.context import ReadContext
from ingest.sources.mapping import shapes
from ingest.sources.mapping.media import kind_of_file
from ingest.sources.table import cells
from ingest.sources.table.written_out import class_of
from ingest.utf16 import readable
from schemas import Media, MediaKind

_KINDS = {
    **{kind.value.replace("_", ""): kind for kind in MediaKind},
    "image": MediaKind.PHOTO,
    "img": MediaKind.PHOTO,
    "picture": MediaKind.PHOTO,
    "gif": MediaKind.ANIMATION,
    "videofile": MediaKind.VIDEO,
    "videomessage": MediaKind.VIDEO_NOTE,
    "roundvideo": MediaKind.VIDEO_NOTE,
    "voicemessage": MediaKind.VOICE,
    "audiofile": MediaKind.AUDIO,
    "music": MediaKind.AUDIO,
    "file": MediaKind.DOCUMENT,
    "doc": MediaKind.DOCUMENT,
    "application": MediaKind.DOCUMENT,
    "voicenote": MediaKind.VOICE,
    "webpage": MediaKind.WEB_PAGE,
    "link": MediaKind.WEB_PAGE,
    "url": MediaKind.WEB_PAGE,
    "geo": MediaKind.LOCATION,
    "geolive": MediaKind.LOCATION,
    "venue": MediaKind.LOCATION,
}
_KIND_KEYS = ("_", "type", "kind", "media_type")
_NONE = frozenset(("text", "messagetext", "textonly", "no", "false", "0", "00", "empty", "nomedia", "withoutmedia", ""))
"""Without anything between letters and digits."""
_LISTED = re.compile(r"\s*[,;|+&]\s*")
_SEPARATORS = re.compile(r"[/\\]")
_FILE = re.compile(r".*[^/\\]\.[A-Za-z0-9]{2,5}")


def kind_of_name(written: str) -> MediaKind | None:
    """A kind by a tool's name for it: ``photo``, ``MessageMediaPhoto``, ``MessageMediaType.VIDEO``, ``image``."""
    written = class_of(written) or written
    plain = _letters(written.rpartition(".")[2]).removeprefix("message").removeprefix("media")
    return _KINDS.get(plain)


def attachments(context: ReadContext, kind: object, file: object, mime_type: object) -> tuple[Media, ...]:
    """Those of a list of kinds or paths, else at most one; what is named but of no known kind is ``other``."""
    if isinstance(kind, str):
        kind = _listed(kind)
    if isinstance(kind, list) and len(kind) > 1:
        return tuple(
            media for one in kind if not isinstance(one, list) for media in attachments(context, one, None, None)
        )
    if isinstance(kind, list) and kind:
        kind = kind[0]
    kind, file, mime_type = cells.known(kind), cells.known(file), cells.known(mime_type)
    mime = shapes.text(context, mime_type or None, "MIME type")
    name = _file_name(shapes.text(context, None if _is_none(file) else file, "name of the file")) or (
        _file_name(kind) if isinstance(kind, str) and _FILE.fullmatch(kind.strip()) else None
    )
    found = _kind(kind)
    if found is None and (name or mime):
        found = kind_of_file(name or "", mime)
    if found is None and kind is not None and not _is_none(kind):
        found = MediaKind.OTHER
    return () if found is None else (Media(kind=found, file_name=name, mime_type=mime),)


def _listed(written: str) -> str | list[str]:
    """The kinds of ``Photo, Photo, Video``; anything else as it is."""
    parts = _LISTED.split(written.strip())
    are_kinds = len(parts) > 1 and all(kind_of_name(part) is not None or _is_none(part) for part in parts)
    return parts if are_kinds else written


def _is_none(kind: object) -> bool:
    return kind in (False, 0, [], {}) or (isinstance(kind, str) and _letters(kind) in _NONE)


def _letters(written: str) -> str:
    return re.sub(r"[\W_]+", "", written).lower()


def _kind(value: object) -> MediaKind | None:
    if isinstance(value, dict):
        value = next((value[key] for key in _KIND_KEYS if key in value), None)
    return kind_of_name(value) if isinstance(value, str) else None


def _file_name(value: object) -> str | None:
    """The last part of a path: folders are the machine's that made the archive."""
    if not isinstance(value, str) or _letters(value) in _NONE:
        return None
    return readable(_SEPARATORS.split(value.strip())[-1]) or None

"""Pictures that ``collect --media`` has stored (docs/formats.md): found by media id, named by their content."""

import os
import re
import stat
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from hashlib import blake2b
from heapq import merge
from pathlib import Path
from threading import Lock
from typing import IO, Final

import orjson

INDEX: Final = "index.jsonl"
_EXTENSIONS: Final = {"image/gif": "gif", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
TYPES: Final = {extension: kind for kind, extension in _EXTENSIONS.items()}
"""What browsers show that cannot run anything; SVG can."""
_NAME: Final = re.compile(rf"([0-9a-f]{{2}})[0-9a-f]{{62}}\.({'|'.join(TYPES)})")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MOST_NEW: Final = 20_000


class Pictures:
    """The pictures of a folder. Of each id the index keeps 16 bytes in memory: its hash, and where its line is."""

    def __init__(self, folder: Path) -> None:
        """A folder without an index has no pictures; it may get them later."""
        self._folder = folder
        self._lock = Lock()
        self._forget()

    def names(self, media_ids: Iterable[str]) -> dict[str, str]:
        """The names of the files of media ids that are in the folder. OSError: the folder cannot be read."""
        with self._lock:
            try:
                with (self._folder / INDEX).open("rb") as index:
                    self._read_on(index)
                    found = {media_id: self._name(index, media_id) for media_id in media_ids}
            except FileNotFoundError:
                self._forget()
                return {}
        return {media_id: name for media_id, name in found.items() if name is not None and self.path(name) is not None}

    def path(self, name: str) -> Path | None:
        """The file of a name; None where it is none of ours, or not here any more."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        path = self._folder / match[1] / name
        try:
            is_file = stat.S_ISREG(path.lstat().st_mode)
        except OSError:
            return None
        return path if is_file and path.parent.resolve() == self._folder.resolve() / match[1] else None

    def _forget(self) -> None:
        self._keys, self._places = array("q"), array("q")
        self._new: dict[int, int] = {}
        self._end = 0

    def _read_on(self, index: IO[bytes]) -> None:
        """Take in the lines that were written since; a line that is not whole yet is left for the next time."""
        if os.fstat(index.fileno()).st_size < self._end:
            self._forget()  # another index
        index.seek(self._end)
        for line in index:
            if not line.endswith(b"\n"):
                break
            picture = _picture(line)
            if picture is not None:
                self._new[_key(picture[0])] = self._end
            self._end += len(line)
            if len(self._new) > max(_MOST_NEW, len(self._keys) // 2):
                self._fold()

    def _fold(self) -> None:
        keys, places = array("q"), array("q")
        for key, place in merge(zip(self._keys, self._places, strict=True), sorted(self._new.items())):
            keys.append(key)
            places.append(place)
        self._keys, self._places, self._new = keys, places, {}

    def _name(self, index: IO[bytes], media_id: str) -> str | None:
        key = _key(media_id)
        place = self._new.get(key)
        if place is None:
            at = bisect_left(self._keys, key)
            if at == len(self._keys) or self._keys[at] != key:
                return None
            place = self._places[at]
        index.seek(place)
        picture = _picture(index.readline())
        return picture[1] if picture is not None and picture[0] == media_id else None


def _picture(line: bytes) -> tuple[str, str] | None:
    """Media id and name of a line; None where it is not of a picture."""
    try:
        fields = orjson.loads(line)
        media_id, sha256 = fields["media_id"], fields["sha256"]
        extension = _EXTENSIONS.get((fields["mime_type"] or "").lower())
    except (ValueError, KeyError, TypeError, AttributeError):  # cut by a crash, or not ours
        return None
    is_whole = isinstance(media_id, str) and isinstance(sha256, str) and _SHA256.fullmatch(sha256)
    return (media_id, f"{sha256}.{extension}") if is_whole and extension else None


def _key(media_id: str) -> int:
    return int.from_bytes(blake2b(media_id.encode(errors="replace"), digest_size=8).digest(), signed=True)

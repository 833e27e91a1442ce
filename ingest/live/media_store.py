"""Files of posts on disk: named by their content, so that a file is kept once and no sender chooses a name."""

import asyncio
import hashlib
import os
import shutil
from array import array
from bisect import bisect_left
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import orjson

from ingest.errors import MediaFolderError
from schemas import Media

INDEX = "index.jsonl"
_INCOMING = ".incoming"
_EXTENSIONS = {
    "application/pdf": ".pdf",
    "application/x-tgsticker": ".tgs",
    "application/zip": ".zip",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "text/plain": ".txt",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
}
_OTHER_EXTENSION = ".bin"


class FileTooLargeError(Exception):
    """A file turned out larger than it may be."""


class MediaStore:
    """``ab/<sha256>.<extension>`` for each file, and a line of ``index.jsonl`` for each media id.

    For one process at a time. A file counts as stored once its line is written; what a crash leaves behind before
    that is fetched again.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Raises MediaFolderError."""
        self._folder, self._max_bytes = folder, max_bytes
        self._incoming = folder / _INCOMING
        try:
            shutil.rmtree(self._incoming, ignore_errors=True)
            self._incoming.mkdir(parents=True)
            self._stored = _stored_ids(folder / INDEX)
            self._index = (folder / INDEX).open("ab")
            if self._index.tell() and not _ends_with_line(folder / INDEX):
                self._index.write(b"\n")  # a crash cut the last line
        except OSError as error:
            raise MediaFolderError(
                f"{folder}: files cannot be stored there ({error.strerror}). Make it writable, or set "
                "collect.media_dir to another folder."
            ) from error
        self._new: set[int] = set()

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    def has(self, media_id: str) -> bool:
        """Whether a file was stored under this id, by this process or one before it."""
        key = _key(media_id)
        at = bisect_left(self._stored, key)
        return key in self._new or (at < len(self._stored) and self._stored[at] == key)

    async def put(self, media: Media, post_key: str, chunks: AsyncGenerator[bytes, None]) -> int:
        """Store a file as it arrives, and return its size in bytes.

        Raises FileTooLargeError, OSError, and what ``chunks`` raises; nothing is left behind then.
        """
        with NamedTemporaryFile(dir=self._incoming, delete=False) as incoming:
            path = Path(incoming.name)
            try:
                digest, size = hashlib.sha256(), 0
                async with aclosing(chunks):
                    async for chunk in chunks:
                        size += len(chunk)
                        if size > self._max_bytes:
                            raise FileTooLargeError
                        digest.update(chunk)
                        incoming.write(chunk)
                incoming.flush()
                await asyncio.to_thread(os.fsync, incoming.fileno())
                self._keep(path, media, post_key, digest.hexdigest(), size)
            except BaseException:
                with suppress(FileNotFoundError):
                    path.unlink()
                raise
        return size

    def _keep(self, path: Path, media: Media, post_key: str, sha256: str, size: int) -> None:
        extension = _EXTENSIONS.get((media.mime_type or "").lower(), _OTHER_EXTENSION)
        target = self._folder / sha256[:2] / f"{sha256}{extension}"
        target.parent.mkdir(exist_ok=True)
        path.replace(target)
        line = {
            "media_id": media.id,
            "post": post_key,
            "sha256": sha256,
            "size_bytes": size,
            "mime_type": media.mime_type,
        }
        self._index.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        self._index.flush()
        self._new.add(_key(media.id or ""))


def _key(media_id: str) -> int:
    """8 bytes for an id, whatever it looks like: a set of a million str would take 100 MB."""
    return int.from_bytes(hashlib.blake2b(media_id.encode(), digest_size=8).digest(), signed=True)


def _stored_ids(index: Path) -> "array[int]":
    """Keys of the ids in an index, sorted. A line that cannot be read counts as a file that is not there."""
    found: set[int] = set()
    if index.exists():
        with index.open("rb") as lines:
            for line in lines:
                with suppress(ValueError, KeyError, TypeError, AttributeError):
                    found.add(_key(orjson.loads(line)["media_id"]))
    return array("q", sorted(found))


def _ends_with_line(index: Path) -> bool:
    with index.open("rb") as lines:
        lines.seek(-1, os.SEEK_END)
        return lines.read(1) == b"\n"

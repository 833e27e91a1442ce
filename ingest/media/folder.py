"""Files of posts on disk: named by their content, so that a file is kept once and no sender chooses a name."""

import asyncio
import hashlib
import os
from array import array
from bisect import bisect_left
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, suppress
from pathlib import Path

import orjson
import structlog

from ingest.errors import MediaFolderError, MediaFolderLockedError, ReaderLostError
from runtime.file_lock import FileLock, LockHeldError
from schemas import Media
from schemas.plurals import counted

INDEX = "index.jsonl"
_INCOMING, _PART, _LOCK = ".incoming", ".part", ".lock"
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

_log = structlog.stdlib.get_logger(__name__)


class FileTooLargeError(Exception):
    """A file turned out larger than it may be."""


class MediaFolder:
    """``ab/<sha256>.<extension>`` for each file, and a line of ``index.jsonl`` for each media id.

    For one process at a time. A file counts as stored once its line is written; until then its bytes are kept in a
    part, named by the file's id and size, behind which the next attempt goes on.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Raises MediaFolderError, and MediaFolderLockedError when another process stores files there."""
        self._folder, self._max_bytes = folder, max_bytes
        self._incoming = folder / _INCOMING
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(folder)
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
        """Close the index, and leave the folder to others."""
        try:
            self._index.close()
        except OSError as error:  # a full disk: the file whose line was not written is fetched again
            _log.warning("media index not written to its end", folder=str(self._folder), error=error.strerror)
        finally:
            self._lock.close()

    def has(self, media_id: str) -> bool:
        """Whether a file was stored under this id, by this process or one before it."""
        key = _key(media_id)
        at = bisect_left(self._stored, key)
        return key in self._new or (at < len(self._stored) and self._stored[at] == key)

    def received(self, media: Media) -> int:
        """Bytes of a file that are there already."""
        try:
            return self._part(media).stat().st_size
        except FileNotFoundError:
            return 0

    def drop(self, media: Media) -> None:
        """Delete what is there of a file."""
        self._part(media).unlink(missing_ok=True)

    def keep_parts_of(self, wanted: Iterable[Media]) -> None:
        """Delete the parts of all other files."""
        kept = {self._part(media) for media in wanted}
        for path in self._incoming.iterdir():
            if path not in kept:
                path.unlink(missing_ok=True)

    async def put(
        self, media: Media, post_key: str, chunks: Callable[[int], AsyncGenerator[bytes, None]], step: int = 1
    ) -> int:
        """Store a file as it arrives, behind what is there of it already; returns its size in bytes.

        ``chunks`` gives its bytes from an offset on, a multiple of ``step``. Raises FileTooLargeError, ReaderLostError
        when they are not as many as were announced, OSError, and what ``chunks`` raises; what came is kept then.
        """
        part, announced = self._part(media), media.size_bytes
        begun = size = self.received(media) // step * step
        with part.open("ab") as incoming:
            incoming.truncate(size)
            try:
                async with aclosing(chunks(size)) as arriving:
                    async for chunk in arriving:
                        size += len(chunk)
                        self._check(size, media, post_key)
                        incoming.write(chunk)
            finally:
                incoming.flush()
                await asyncio.shield(asyncio.to_thread(os.fsync, incoming.fileno()))
        if announced is not None and size != announced:
            if size == begun:
                self.drop(media)  # what is there leads nowhere
            raise ReaderLostError(f"{post_key}: {counted(size, 'byte')} of a file came instead of {announced:,}")
        self._keep(part, media, post_key, await asyncio.to_thread(_sha256, part), size)
        return size

    def _check(self, size: int, media: Media, post_key: str) -> None:
        if size > self._max_bytes:
            self.drop(media)
            raise FileTooLargeError
        if media.size_bytes is not None and size > media.size_bytes:
            self.drop(media)
            raise ReaderLostError(f"{post_key}: a file is longer than announced, {counted(media.size_bytes, 'byte')}")

    def _part(self, media: Media) -> Path:
        """Of a file whose size is announced otherwise, what is there is of no use."""
        return self._incoming / f"{_key(media.id or '') & (1 << 64) - 1:016x}-{media.size_bytes}{_PART}"

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


def _locked(folder: Path) -> FileLock:
    try:
        return FileLock(folder / _LOCK)
    except LockHeldError as error:
        raise MediaFolderLockedError(
            f"{folder}: another process{error.pid} stores files there. Set collect.media_dir to a folder of its own, "
            "or stop that one."
        ) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


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

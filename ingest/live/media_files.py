"""Fetches the files of posts in the background: never before a post, and never in its way."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from ingest.errors import IngestError, ReaderBusyError, ReaderLostError, TransientError
from ingest.live.media_store import FileTooLargeError, MediaStore
from schemas import Media
from schemas.collecting import CollectSettings

MAX_WAITING = 10_000
"""About 1 KB of memory each."""
_ATTEMPTS = 3
_RETRY_S = 5.0
_log = structlog.stdlib.get_logger(__name__)


class RemoteFile(Protocol):
    """A file that a source can fetch."""

    @property
    def media(self) -> Media:
        """What is known of it; with an id."""

    @property
    def post_key(self) -> str:
        """The message that carries it."""

    def chunks(self) -> AsyncGenerator[bytes, None]:
        """Its bytes, from the start at every call.

        Raises ReaderBusyError and ReaderLostError when it can be asked for again, another IngestError when not.
        """


class MediaFiles:
    """Files that wait, and the task that fetches them one by one.

    What waits is in memory alone: files that wait when the collector stops are left out, and counted as dropped.
    """

    def __init__(self, settings: CollectSettings, registry: CollectorRegistry, *, retry_s: float = _RETRY_S) -> None:
        """Raises MediaFolderError."""
        self._settings, self._retry_s = settings, retry_s
        self._store = MediaStore(settings.media_dir, settings.media_max_bytes)
        self._waiting: asyncio.Queue[RemoteFile] = asyncio.Queue(MAX_WAITING)
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._files = Counter("tgwire_media_files", "Files of posts.", ["outcome"], registry=registry)
        self._bytes = Counter("tgwire_media_bytes", "Bytes of files stored.", registry=registry)
        depth = Gauge("tgwire_media_queue_depth", "Files that wait.", registry=registry)
        depth.set_function(self._waiting.qsize)

    def offer(self, file: RemoteFile) -> None:
        """Fetch a file later, if it is to be had. Never waits or raises."""
        if refusal := self._refusal(file.media):
            self._count(refusal)
            return
        try:
            self._waiting.put_nowait(file)
        except asyncio.QueueFull:
            self._count("dropped")
        if self._waiting.qsize() > MAX_WAITING // 2:
            self._has_room.clear()

    async def room(self) -> None:
        """Wait until half of the queue is free: for whoever can wait, as a backfill can."""
        await self._has_room.wait()

    async def run(self) -> None:
        """Fetch files until cancelled."""
        while True:
            file = await self._waiting.get()
            if self._waiting.qsize() <= MAX_WAITING // 2:
                self._has_room.set()
            self._count(await self._outcome(file))

    def close(self) -> None:
        """Give up what waits; to be called when ``run`` has ended."""
        if left := self._waiting.qsize():
            self._files.labels("dropped").inc(left)
            _log.warning("media_files_left_out", files=left)
        self._store.close()

    def _refusal(self, media: Media) -> str | None:
        if media.id is None or self._store.has(media.id):
            return "known"
        if not self._is_wanted(media.mime_type):
            return "type"
        return "too_large" if (media.size_bytes or 0) > self._settings.media_max_bytes else None

    def _is_wanted(self, mime_type: str | None) -> bool:
        kind = (mime_type or "").lower()
        return any(
            kind == wanted or (wanted.endswith("/*") and kind.startswith(wanted[:-1]))
            for wanted in map(str.lower, self._settings.media_types)
        )

    async def _outcome(self, file: RemoteFile) -> str:
        try:
            return await self._fetch(file)
        except Exception as error:  # noqa: BLE001  # one file must not end the fetching of all others
            # The name alone: what else an error tells may be bytes of an answer.
            _log.error("media_file_failed", post_key=file.post_key, media_id=file.media.id, error=type(error).__name__)
            return "failed"

    async def _fetch(self, file: RemoteFile) -> str:
        """Store a file; returns the outcome."""
        if refusal := self._refusal(file.media):  # it has come meanwhile, with another post or through another account
            return refusal
        attempts = 0
        while True:
            attempts += 1
            try:
                self._bytes.inc(await self._store.put(file.media, file.post_key, _whole(file)))
                return "stored"
            except FileTooLargeError:
                return "too_large"
            except (IngestError, OSError) as error:
                if attempts == _ATTEMPTS or not isinstance(error, TransientError):
                    _log.warning("media_file_failed", post_key=file.post_key, media_id=file.media.id, error=str(error))
                    return "failed"
                await asyncio.sleep(error.wait_s if isinstance(error, ReaderBusyError) else self._retry_s)

    def _count(self, outcome: str) -> None:
        self._files.labels(outcome).inc()


async def _whole(file: RemoteFile) -> AsyncGenerator[bytes, None]:
    """The chunks; ReaderLostError when they are not as many bytes as were announced."""
    size = 0
    async with aclosing(file.chunks()) as chunks:
        async for chunk in chunks:
            size += len(chunk)
            yield chunk
    if file.media.size_bytes is not None and size != file.media.size_bytes:
        raise ReaderLostError(f"{file.post_key}: {size} bytes of a file came instead of {file.media.size_bytes}")

"""Fetches the files of posts in the background, after the posts and without delaying them."""

import asyncio
import sqlite3
import time
from collections.abc import Callable

import structlog
from prometheus_client import CollectorRegistry

from ingest.errors import FileUnavailableError, MediaFolderError, ReaderBusyError
from ingest.media.download_queue import DownloadQueue, ListedFile
from ingest.media.folder import FileTooLargeError, MediaFolder
from ingest.media.metrics import FileOutcome, MediaMetrics
from ingest.media.remote_file import Find, RemoteFile
from runtime.errors import TgwireError, TransientError
from runtime.settings.collect import CollectSettings
from schemas import Media

MAX_WAITING = 10_000
"""Files of which more is kept in memory than their line in the list: about 1 KB each."""
MAX_LISTED = 1_000_000
"""Most files that are listed; a line has some 200 bytes on disk."""
_ATTEMPTS = 3
"""Tries in a row without a new byte after which a file is postponed."""
_RETRY_S = 5.0
_MAX_SLEEP_S = 60.0
"""A longer wait is left to the list: files of other accounts go on meanwhile."""
_PAUSES_S = (300.0, 1800.0, 7200.0, 21_600.0, 86_400.0)
"""Until a file that was postponed is tried again, for the first time, for the second, and so on."""
_POLL_S = 5.0
"""How soon files that another process made due are noticed."""
_DAY_S = 86_400.0
_log = structlog.stdlib.get_logger(__name__)


class _PutOffError(Exception):
    """A file cannot be had now, and is tried again later."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class MediaDownloader:
    """The list of files to fetch, and the task that fetches them one by one.

    A file leaves the list when it is stored, turns out not to be wanted, or is gone for good: a failure, a stop
    or a crash only puts it off, and what was received of it is kept.
    """

    def __init__(
        self,
        settings: CollectSettings,
        registry: CollectorRegistry,
        *,
        retry_s: float = _RETRY_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Opens the folder of files and the list of those to be fetched. Raises MediaFolderError."""
        self._settings, self._retry_s, self._clock = settings, retry_s, clock
        self._store = MediaFolder(settings.media_dir, settings.media_max_bytes)
        self._list = DownloadQueue(settings.media_dir, clock)
        self._store.keep_parts_of(file.media for file in self._list.all())
        self.problem: str | None = None
        """Why no file can be stored at present: the folder or its list, not a file or its source."""
        self._fresh: dict[str, RemoteFile] = {}
        """Files offered by this process: what else is listed has to be found again."""
        self._finders: dict[str, Find] = {}
        self._has_news = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._metrics = MediaMetrics(registry)
        self._metrics.queue_depth.set_function(lambda: len(self._list))
        self._metrics.put_off.set(self._list.put_off_count())

    def find_with(self, account: str, find: Find) -> None:
        """How files that were seen through an account, and are known by the list alone, are found again."""
        self._finders[account] = find

    def offer(self, file: RemoteFile) -> None:
        """Fetch a file later, if it is wanted. Never waits or raises."""
        try:
            refusal = self._refusal(file.media) or self._take(file)
        except sqlite3.Error as error:  # a full disk, above all
            self.problem = self._folder_problem(error)
            _log.error("media file not listed", post_key=file.post_key, error=str(error))
            refusal = "dropped"
        if refusal is not None:
            self._count(refusal)

    def _take(self, file: RemoteFile) -> FileOutcome | None:
        """List a file, or return the outcome that prevents it."""
        media_id = file.media.id or ""
        is_listed = self._list.has(media_id)
        if not is_listed and len(self._list) >= MAX_LISTED:
            return "dropped"
        if len(self._fresh) < MAX_WAITING:
            self._fresh.setdefault(media_id, file)
        if len(self._fresh) > MAX_WAITING // 2:
            self._has_room.clear()
        if is_listed:
            return "known"
        self._list.add(file.media, file.account, file.post_key)
        self._has_news.set()
        return None

    async def wait_for_room(self) -> None:
        """Wait until half of the queue is free: for whoever can wait, as a backfill can."""
        await self._has_room.wait()

    async def run(self) -> None:
        """Download listed files as they become due, until cancelled."""
        while True:
            self._has_news.clear()
            try:
                await self.run_due()
                self._metrics.put_off.set(self._list.put_off_count())
                wait_s = min(self._list.wait_s(), _POLL_S)
            except (sqlite3.Error, OSError) as error:  # whatever the folder has, the task goes on
                if self.problem != (problem := self._folder_problem(error)):
                    _log.error("media folder unusable", error=str(error))
                self.problem, wait_s = problem, _POLL_S
            try:
                async with asyncio.timeout(wait_s):
                    await self._has_news.wait()
            except TimeoutError:
                continue

    async def run_due(self, on_outcome: Callable[[ListedFile, str], None] = lambda _file, _outcome: None) -> None:
        """Fetch what is due, and return when nothing is."""
        while (file := self._list.next()) is not None:
            outcome = await self._work_off(file)
            self._count(outcome)
            on_outcome(file, outcome)

    def make_due(self) -> int:
        """Have what was postponed tried now; returns how many files that are."""
        return self._list.make_due()

    def left(self) -> list[ListedFile]:
        """What is still to be fetched."""
        return list(self._list.all())

    def close(self) -> None:
        """To be called when ``run`` has ended. The next start goes on with what waits."""
        if left := len(self._list):
            _log.info("media files wait for the next start", files=left)
        self._list.close()
        self._store.close()

    def _refusal(self, media: Media) -> FileOutcome | None:
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

    async def _work_off(self, file: ListedFile) -> FileOutcome:
        """Fetch a listed file, or put it off; returns the outcome."""
        try:
            outcome = self._refusal(file.media) or await self._fetch(file)
        except _PutOffError as error:
            is_over = self._clock() - file.listed_at > self._settings.keep_days * _DAY_S
            if not is_over:
                self._delay(file, error)
            outcome = "failed" if is_over else "put_off"
        self._forget(file.media_id)
        if outcome != "put_off":
            self._list.remove(file.media_id)
            self._store.drop(file.media)
        return outcome

    def _delay(self, file: ListedFile, error: _PutOffError) -> None:
        """Tried again later: sooner when bytes came since it was postponed before."""
        received = self._store.received(file.media)
        tries = 0 if received > file.received else file.tries
        wait_s = _PAUSES_S[min(tries, len(_PAUSES_S) - 1)] if error.wait_s is None else error.wait_s
        tries += error.wait_s is None
        self._list.put_off(file.media_id, wait_s, tries=tries, received=received, reason=str(error))
        _log.warning(
            "media file put off",
            post_key=file.post_key,
            media_id=file.media_id,
            received=received,
            wait_s=round(wait_s),
            error=str(error),
        )

    async def _fetch(self, listed: ListedFile) -> FileOutcome:
        """Store a file; returns the outcome, or raises _PutOffError. Only attempts without a new byte are counted."""
        attempts = 0
        while True:
            before = self._store.received(listed.media)
            try:
                file = self._fresh.get(listed.media_id) or await self._found(listed)
                size = await self._store.put(listed.media, listed.post_key, file.chunks, file.step)
            except FileTooLargeError:
                return "too_large"
            except FileUnavailableError as error:
                _log.warning("media file failed", post_key=listed.post_key, media_id=listed.media_id, error=str(error))
                return "failed"
            except (TgwireError, OSError) as error:
                if isinstance(error, OSError | MediaFolderError):
                    self.problem = self._folder_problem(error)
                attempts = 0 if self._store.received(listed.media) > before else attempts + 1
                if attempts >= _ATTEMPTS or not isinstance(error, TransientError):
                    raise _PutOffError(str(error)) from None
                await self._rest(error)
            except (_PutOffError, sqlite3.Error):
                raise
            except Exception as error:  # noqa: BLE001  # one file must not end the fetching of all others
                # The name alone: the text of an error may hold bytes of an answer.
                raise _PutOffError(type(error).__name__) from None
            else:
                self.problem = None
                self._metrics.stored_bytes.inc(size)
                return "stored"

    def _folder_problem(self, error: Exception) -> str:
        return f"files cannot be stored in {self._settings.media_dir}: {error}"

    async def _rest(self, error: TransientError) -> None:
        if not isinstance(error, ReaderBusyError):
            await asyncio.sleep(self._retry_s)
        elif error.wait_s > _MAX_SLEEP_S:
            raise _PutOffError(str(error), error.wait_s)
        else:
            await asyncio.sleep(error.wait_s)

    async def _found(self, listed: ListedFile) -> RemoteFile:
        find = self._finders.get(listed.account)
        if find is None:
            raise _PutOffError(f"account {listed.account}, through which it was seen, is not used at present")
        return await find(listed.channel_id, listed.message_id, listed.media_id)

    def _forget(self, media_id: str) -> None:
        self._fresh.pop(media_id, None)
        if len(self._fresh) <= MAX_WAITING // 2:
            self._has_room.set()

    def _count(self, outcome: FileOutcome) -> None:
        self._metrics.files.labels(outcome).inc()

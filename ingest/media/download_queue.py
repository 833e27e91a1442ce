"""The files that are still to be fetched: durable, so that neither a failure nor a stop loses one for good."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.errors import MediaFolderError
from runtime.private_files import make_private_file
from schemas import Media, MediaKind

FILE_NAME = "waiting.sqlite3"
MAX_PAUSE_S = 86_400.0
"""Longest time until a file is tried again; a clock that was set back cannot make more of it."""
_LAYOUT = """
CREATE TABLE IF NOT EXISTS files (
    media_id TEXT PRIMARY KEY, kind TEXT NOT NULL, mime_type TEXT, size_bytes INTEGER, account TEXT NOT NULL,
    post TEXT NOT NULL, listed_at REAL NOT NULL, due REAL NOT NULL, tries INTEGER NOT NULL, received INTEGER NOT NULL,
    reason TEXT
) STRICT, WITHOUT ROWID
"""
_INDEX = "CREATE INDEX IF NOT EXISTS files_by_due ON files (due)"
_COLUMNS = "media_id, kind, mime_type, size_bytes, account, post, listed_at, due, tries, received, reason"
_IS_DUE = "(due <= :now OR due > :now + :longest)"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that is still to be downloaded, and how much of it is there."""

    media: Media
    account: str
    """Name of the account through which the file was seen."""
    post_key: str
    listed_at: float
    """Unix time at which the file was listed; ``due`` is a Unix time, too."""
    due: float
    tries: int
    """How often the download was postponed in a row, without a new byte in between."""
    received: int
    """Bytes of the file that are in the folder."""
    reason: str | None
    """Why the download was postponed; None when it was not."""

    @property
    def media_id(self) -> str:
        """Telegram's id of the file."""
        return self.media.id or ""

    @property
    def channel_id(self) -> int:
        """Id of the channel whose message carries the file."""
        return int(self.post_key.split(":")[1])

    @property
    def message_id(self) -> int:
        """Id of the message that carries the file."""
        return int(self.post_key.split(":")[2])


class DownloadQueue:
    """``waiting.sqlite3`` in the folder of files. Several processes may look into it, and make files due."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        """Opens the list, or makes it. Raises MediaFolderError."""
        path = folder / FILE_NAME
        self._clock, self._lock = clock, threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            make_private_file(path)  # it shows which channels are watched
            self._database = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
            for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", _LAYOUT, _INDEX):
                self._database.execute(statement)
            self._size = int(self._database.execute("SELECT count(*) FROM files").fetchone()[0])
        except (OSError, sqlite3.Error) as error:
            raise MediaFolderError(
                f"{path}: cannot be used ({error}). Make the folder writable, or delete the file: what it lists is "
                "then fetched only when its posts are read again."
            ) from error

    def __len__(self) -> int:
        return self._size

    def has(self, media_id: str) -> bool:
        """Whether a file of this id is listed."""
        return bool(self._execute("SELECT 1 FROM files WHERE media_id = ?", (media_id,)))

    def add(self, media: Media, account: str, post_key: str) -> None:
        """List a file to be downloaded, due now."""
        now = self._clock()
        values = (media.id, media.kind.value, media.mime_type, media.size_bytes, account, post_key, now, now)
        self._execute(f"INSERT INTO files ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, NULL)", values)  # noqa: S608
        self._size += 1

    def remove(self, media_id: str) -> None:
        """Take a file off the list: it is in the folder, or never will be."""
        self._execute("DELETE FROM files WHERE media_id = ?", (media_id,))
        self._size -= 1

    def put_off(self, media_id: str, wait_s: float, *, tries: int, received: int, reason: str) -> None:
        """Try a file again after a time."""
        due = self._clock() + min(wait_s, MAX_PAUSE_S)
        values = (due, tries, received, reason, media_id)
        self._execute("UPDATE files SET due = ?, tries = ?, received = ?, reason = ? WHERE media_id = ?", values)

    def next(self) -> ListedFile | None:
        """The listed file that is due for the longest time; None when none is."""
        found = self._execute(
            f"SELECT {_COLUMNS} FROM files WHERE {_IS_DUE} ORDER BY due, media_id LIMIT 1",  # noqa: S608
            self._moment(),
        )
        return _listed(found[0]) if found else None

    def wait_s(self) -> float:
        """Seconds until the next file is due; a day when there is none."""
        found = self._execute("SELECT min(due) FROM files")[0][0]
        return MAX_PAUSE_S if found is None else min(max(found - self._clock(), 0.0), MAX_PAUSE_S)

    def put_off_count(self) -> int:
        """Number of listed files that are due later than now."""
        return int(self._execute(f"SELECT count(*) FROM files WHERE NOT {_IS_DUE}", self._moment())[0][0])  # noqa: S608

    def make_due(self) -> int:
        """Have all files that were postponed tried now; returns their number."""
        count = self.put_off_count()
        self._execute("UPDATE files SET due = ?", (self._clock(),))
        return count

    def all(self) -> Iterator[ListedFile]:
        """Every listed file, those due first in front."""
        return map(_listed, self._execute(f"SELECT {_COLUMNS} FROM files ORDER BY due, media_id"))  # noqa: S608

    def close(self) -> None:
        """Close the file of the list."""
        self._database.close()

    def _moment(self) -> dict[str, float]:
        return {"now": self._clock(), "longest": MAX_PAUSE_S}

    def _execute(self, statement: str, values: tuple[object, ...] | dict[str, float] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()


def _listed(row: tuple[Any, ...]) -> ListedFile:
    media_id, kind, mime_type, size_bytes, *rest = row
    media = Media(kind=MediaKind(kind), id=media_id, mime_type=mime_type, size_bytes=size_bytes)
    return ListedFile(media, *rest)

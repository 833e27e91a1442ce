"""What belongs together in a backup, in the order of copying: the ledger must never be ahead of the store."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.ledger.ledger import FILE_NAME as LEDGER
from ingest.ledger.tables import LAYOUT_VERSION as LEDGER_LAYOUT
from ingest.replay.cursors import FILE_NAME as CURSORS
from ingest.replay.cursors import LAYOUT_VERSION as CURSORS_LAYOUT
from runtime.errors import StateLockedError
from runtime.file_lock import FileLock, LockHeldError, lock_of
from runtime.settings.store import SQLITE
from runtime.settings.tree import Settings
from sinks.store.database import Dialect
from sinks.store.migrations import migrations
from sinks.store.sink import WRITER
from tgwire.backup.manifest import PartName
from tgwire.errors import BackupError

OnBytes = Callable[[str, int], None]
"""Called as a part is copied, with its name and the number of bytes since the last call."""
_IN_USE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@dataclass(frozen=True, slots=True)
class BackupPart:
    """A database that is backed up."""

    name: PartName
    path: Path
    file: str
    """Name of the file in a backup."""
    layout: int
    """The newest version of its tables that is known here."""
    lock: Path
    """Who holds this file is its owner."""

    def check_layout(self, layout: int, path: Path) -> None:
        """BackupError for a database of a newer tgwire."""
        if layout > self.layout:
            raise BackupError(
                f"{path}: written by a newer tgwire (layout {layout}; this one knows {self.layout}). Use that one."
            )


def parts(settings: Settings) -> list[BackupPart]:
    """The databases of a folder of state, in the order of copying."""
    folder = settings.ingest.state_dir
    found = [
        _part("ledger", folder / LEDGER, LEDGER_LAYOUT),
        _part("cursors", folder / CURSORS, CURSORS_LAYOUT),
    ]
    address = settings.store.address(folder)
    if address.startswith(SQLITE):
        store = Path(address.removeprefix(SQLITE)).expanduser()
        layout = migrations(Dialect.SQLITE)[-1].number
        found.append(
            BackupPart("store", store, "store.sqlite3", layout, store.with_name(f"{store.name}.{WRITER}.lock"))
        )
    return found


def postgres_store(settings: Settings) -> str | None:
    """The address of a store in PostgreSQL, without its password; None where the store is a file."""
    address = settings.store.address(settings.ingest.state_dir)
    if address.startswith(SQLITE):
        return None
    from tgwire.extras import needs

    with needs("postgres"):
        from sinks.store.postgres.database import without_password

    return without_password(address)


@contextmanager
def faults_in_words(path: Path) -> Iterator[None]:
    """A context in which errors of SQLite become BackupError."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _IN_USE:
            raise BackupError(f"{path}: locked by a process. Stop it first.") from error
        raise BackupError(f"{path}: cannot be copied ({error})") from error


@contextmanager
def changing(path: Path) -> Iterator[sqlite3.Connection]:
    """A database to be changed in one transaction."""
    with faults_in_words(path), closing(sqlite3.connect(path)) as database, database:
        yield database


@contextmanager
def owned(part: BackupPart) -> Iterator[None]:
    """A context in which no other process writes to a database; raises StateLockedError."""
    part.lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(part.lock)
    except LockHeldError as error:
        raise StateLockedError(f"{part.path}: in use by another process{error.pid}. End it first.") from error
    with closing(lock):
        yield


def _part(name: PartName, path: Path, layout: int) -> BackupPart:
    return BackupPart(name, path, path.name, layout, lock_of(path))

"""A SQLite file of the state folder: durable, used by one process at a time, with error messages.

Others may read it meanwhile, so that it can be copied while its owner runs.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from runtime.errors import StateError, StateLockedError
from runtime.file_lock import FileLock, LockHeldError, lock_of
from runtime.private_files import make_private_file
from runtime.unfinished_work import refuse_unfinished

_BUSY_TIMEOUT_S: Final = 5.0
"""Somebody who looks into the file can hold a lock for a moment."""

_FAULTS_OF_THE_DISK = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
)


class _Connection(sqlite3.Connection):
    """Holds the file's lock until it is closed."""

    lock: FileLock

    def close(self) -> None:
        super().close()
        self.lock.close()


class StateFile:
    """A database whose writes become durable together, with ``commit``. Threads may share it.

    Raises StateLockedError when another process holds the file, StateError when it cannot be used.
    """

    def __init__(
        self,
        path: Path,
        layout: Sequence[str],
        version: int,
        *,
        when_damaged: str,
        upgrades: Mapping[int, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        """``layout`` are the statements that create what is missing, ``upgrades`` those that make the next version of a
        file of an older one; ``when_damaged`` is the advice given then.
        """
        self.path = path
        self._when_damaged = when_damaged
        self._lock = threading.RLock()
        self._loss: sqlite3.OperationalError | None = None
        """Why something was not written, or was taken back before it was committed."""
        with self.naming_the_fault():
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = self._own()
            try:
                refuse_unfinished(path.parent)
                make_private_file(path)  # it shows which channels are watched; SQLite's companions get the same rights
                self._database = _connect(path)
            except BaseException:
                lock.close()
                raise
            self._database.lock = lock
            try:
                self._take(layout, version, upgrades)
            except BaseException:
                self._database.close()
                raise

    def _own(self) -> FileLock:
        try:
            return FileLock(lock_of(self.path))
        except LockHeldError as error:
            raise self._locked(error.pid) from error

    def _take(self, layout: Sequence[str], version: int, upgrades: Mapping[int, Sequence[str]]) -> None:
        execute = self._database.execute
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        execute("BEGIN IMMEDIATE")
        (found,) = execute("PRAGMA user_version").fetchone()
        if found > version:
            raise StateError(f"{self.path}: written by a newer tgwire (layout {found}). Use that one.")
        while found not in (0, version):
            if found not in upgrades:
                raise self.damaged(f"layout {found}")
            for statement in upgrades[found]:
                execute(statement)
            found += 1
        for statement in layout:
            execute(statement)
        execute(f"PRAGMA user_version = {version}")
        execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection to the database, for reading; nobody writes within the block."""
        with self._lock, self.naming_the_fault():
            yield self._database

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The database within a transaction, which the next ``commit`` ends."""
        with self._lock, self.naming_the_fault():
            self._refuse_lost()
            with self._noting_loss():
                if not self._database.in_transaction:
                    self._database.execute("BEGIN IMMEDIATE")
                yield self._database

    def commit(self) -> None:
        """Make what was written durable. Raises StateError and StateLockedError; from then on also when something could
        not be written: who tried may have survived that.
        """
        with self._lock, self.naming_the_fault():
            self._refuse_lost()
            if self._database.in_transaction:
                with self._noting_loss():
                    self._database.execute("COMMIT")

    @contextmanager
    def _noting_loss(self) -> Iterator[None]:
        """On a full disk SQLite also takes back the whole transaction, what others wrote before among it."""
        try:
            yield
        except sqlite3.OperationalError as error:
            self._loss = error
            raise

    def _refuse_lost(self) -> None:
        if self._loss is not None:
            raise self._loss

    def close(self) -> None:
        """Commit and let go of the file."""
        try:
            self.commit()
        finally:
            self._database.close()

    @contextmanager
    def naming_the_fault(self) -> Iterator[None]:
        """Errors of the disk and of SQLite become StateError and StateLockedError."""
        try:
            yield
        except OSError as error:
            raise StateError(
                f"{self.path.parent}: cannot be used as state folder ({error.strerror}). "
                "Make it writable, or set ingest.state_dir to another."
            ) from error
        except sqlite3.OperationalError as error:
            code = _code(error)
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise self._locked() from error
            if code in _FAULTS_OF_THE_DISK:
                raise StateError(
                    f"{self.path}: {error}. Make the folder writable and free some space, or set ingest.state_dir."
                ) from error
            raise self.damaged(str(error)) from error
        except sqlite3.DatabaseError as error:
            raise self.damaged(str(error)) from error

    def _locked(self, pid: str = "") -> StateLockedError:
        return StateLockedError(
            f"{self.path}: in use by another process{pid}. "
            "Wait for it to end, or set ingest.state_dir to a folder of its own."
        )

    def damaged(self, problem: str) -> StateError:
        """The error of a file that holds what nobody wrote."""
        return StateError(f"{self.path}: damaged ({problem}). {self._when_damaged}")


def _connect(path: Path) -> _Connection:
    # isolation_level None: transactions begin and end in StateFile and nowhere else.
    return sqlite3.connect(
        path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, factory=_Connection
    )


def _code(error: sqlite3.Error) -> int:
    # Python's own errors, such as text that is no UTF-8, have none.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF

"""The store's file: durable, written by one thread, read by many processes."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from runtime.file_lock import FileLock, LockHeldError
from runtime.private_files import make_private_file
from sinks.store.database import Dialect
from sinks.store.errors import StoreError, StoreInUseError
from sinks.store.migrations import first_meta, outstanding
from sinks.store.sqlite.checkpoints import Checkpoints
from sinks.store.sqlite.faults import faults_in_words
from sinks.store.sqlite.file_system import refuse_network
from sinks.store.sqlite.transaction import SqliteTransaction

_MIB: Final = 1 << 20
_CACHE_KIB: Final = 64 * 1024
_BUSY_TIMEOUT_S: Final = 5.0
_LEAST_VERSION: Final = (3, 38, 0)
"""Upserts, STRICT tables and json_each."""


class SqliteDatabase:
    """The store in one file.

    Raises StoreError where the file cannot be used, NewerStoreError where a newer tgwire wrote it.
    """

    dialect = Dialect.SQLITE

    def __init__(self, path: Path, *, is_migrated: bool = True) -> None:
        """``is_migrated``: bring an older file to the layout of this version, and make one that is not there."""
        self.path = path
        self.name = str(path)
        self._locks: list[FileLock] = []
        if sqlite3.sqlite_version_info < _LEAST_VERSION:
            raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old for a store: 3.38 is needed")
        with faults_in_words(path):
            refuse_network(path)
            if not is_migrated and not path.exists():
                raise StoreError(f"{path}: there is no store. Collect or replay into it first")
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                make_private_file(path)  # posts may come from private channels; SQLite's companions get the same rights
            except PermissionError:
                if is_migrated:
                    raise
                # Another user's file, which this one may read: its owner has given it its rights.
            self._connection = connect(path)
            try:
                self._prepare(is_migrated=is_migrated)
            except BaseException:
                self._connection.close()
                raise
        self._checkpoints = Checkpoints(path)
        self._transaction = SqliteTransaction(self._connection)

    def _prepare(self, *, is_migrated: bool) -> None:
        execute = self._connection.execute
        (layout,) = execute("PRAGMA user_version").fetchone()
        steps = outstanding(self.dialect, self.name, layout)
        if layout == 0:
            execute("PRAGMA auto_vacuum = INCREMENTAL")  # before anything is written, or never
        execute("PRAGMA journal_mode = WAL")
        if not steps:
            return
        if not is_migrated:
            raise StoreError(f"{self.path}: of an older version. Run `tgwire store migrate`")
        execute("BEGIN IMMEDIATE")
        try:
            (layout,) = execute("PRAGMA user_version").fetchone()
            for step in outstanding(self.dialect, self.name, layout):
                for statement in statements(step.sql):
                    execute(statement)
                execute(f"PRAGMA user_version = {step.number}")
            if layout == 0:
                self._connection.executemany("INSERT INTO meta(name, value) VALUES(?, ?)", first_meta())
            execute("COMMIT")
        except BaseException:
            self._take_back()
            raise

    @contextmanager
    def reading(self) -> Iterator[SqliteTransaction]:
        """Read what is committed, in a transaction of its own."""
        with faults_in_words(self.path):
            self._connection.execute("BEGIN")
            try:
                yield self._transaction
            finally:
                self._take_back()

    @contextmanager
    def writing(self) -> Iterator[SqliteTransaction]:
        """Write; the end of the block commits, durably."""
        with faults_in_words(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._transaction
                self._connection.execute("COMMIT")
            except BaseException:
                self._take_back()
                raise
            self._checkpoints.after_commit(self._connection)

    def _take_back(self) -> None:
        # After an error of the disk SQLite has often taken back by itself.
        with suppress(sqlite3.OperationalError):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def reserve(self, table: str, count: int) -> list[int]:
        """Numbers for new rows of a table that counts them."""
        with faults_in_words(self.path):
            found = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        last = found[0] if found else 0
        return list(range(last + 1, last + 1 + count))

    def number_on(self) -> None:
        """Nothing: SQLite sees to it by itself."""

    def compact(self) -> None:
        """Give freed pages back, and clear the log beside the file."""
        with faults_in_words(self.path):
            self._connection.execute("PRAGMA incremental_vacuum").fetchall()
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def own(self, what: str) -> None:
        """Be the only process that does this with the file, until ``close`` or the end of the process."""
        path = self.path.with_name(f"{self.path.name}.{what}.lock")
        with faults_in_words(self.path):
            try:
                lock = FileLock(path)
            except LockHeldError as error:
                raise StoreInUseError(
                    f"{self.path}: another process{error.pid} writes to it. SQLite has one writer: end that one, or "
                    "set store.url to a store of its own, or to a PostgreSQL server for several"
                ) from None
        self._locks.append(lock)

    def close(self) -> None:
        """Close the file."""
        self._checkpoints.close()
        self._connection.close()
        while self._locks:
            self._locks.pop().close()


def connect(path: Path) -> sqlite3.Connection:
    """A connection with the store's settings. Threads may share it, one after the other."""
    connection = sqlite3.connect(
        path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    for setting in (
        "synchronous = FULL",
        f"cache_size = -{_CACHE_KIB}",
        "secure_delete = ON",
        "wal_autocheckpoint = 0",  # Checkpoints does it
        f"journal_size_limit = {64 * _MIB}",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {setting}")
    return connection


def statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: ``executescript`` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""

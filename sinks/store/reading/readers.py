"""Connections that only read, each query within a limit of time: what pages and commands use beside a writer."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

from sinks.store.database import Dialect, Reader
from sinks.store.errors import StoreError
from sinks.store.migrations import outstanding
from sinks.store.sqlite.faults import faults_in_words
from sinks.store.sqlite.transaction import SqliteTransaction

TIMEOUT_S: Final = 2.0
_CACHE_KB: Final = 2_048
"""Of each connection, of which a server has several. With 16 MB pages come no faster: the system keeps the file."""
_STEPS: Final = 100_000
"""Of SQLite's machine between two looks at the clock, for each of which it waits for other threads: milliseconds."""


class StoreReader(Protocol):
    """A store that is only read."""

    dialect: Dialect
    name: str

    def reading(self) -> AbstractContextManager[Reader]:
        """Read what is committed, all of one moment; StoreUnavailableError where it takes too long."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class SqliteReader:
    """The store's file, opened for reading. StoreError where there is none, or of another version."""

    dialect = Dialect.SQLITE

    def __init__(self, path: Path, timeout_s: float = TIMEOUT_S) -> None:
        self.path, self.name = path, str(path)
        self._timeout_s = timeout_s
        self._until = 0.0
        if not path.exists():
            raise StoreError(f"{path}: there is no store. Collect or replay into it first")
        with faults_in_words(path):
            self._connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
            )
            self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
            (layout,) = self._connection.execute("PRAGMA user_version").fetchone()
        if outstanding(self.dialect, self.name, layout):
            self._connection.close()
            raise StoreError(f"{path}: of an older version. Run `tgwire store migrate`")
        self._connection.set_progress_handler(self._is_late, _STEPS)

    def _is_late(self) -> bool:
        return time.monotonic() > self._until

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Read what is committed, all of one moment."""
        self._until = time.monotonic() + self._timeout_s
        with faults_in_words(self.path):
            self._connection.execute("BEGIN")
            try:
                yield SqliteTransaction(self._connection)
            finally:
                self._until = float("inf")
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

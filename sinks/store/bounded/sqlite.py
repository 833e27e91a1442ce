"""A store's file, opened to be read alone."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sinks.store.bounded.reader import ResultTable, SqlRefusedError, too_long
from sinks.store.database import Dialect, Row
from sinks.store.errors import StoreError
from sinks.store.migrations import outstanding
from sinks.store.sqlite.faults import faults_in_words

_STEPS: Final = 10_000
"""Instructions of SQLite between two looks at the clock: about a millisecond."""
_BUSY_TIMEOUT_S: Final = 2.0
_MAX_VALUE: Final = 16 << 20
"""Bytes of one value that a statement makes."""
_MAX_HEAP: Final = 512 << 20
_ALLOWED: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_ALLOWED_PRAGMAS: Final = frozenset(
    {"table_info", "table_xinfo", "table_list", "index_list", "index_info", "data_version"}
)
"""They describe tables; the last one is asked by the word index itself."""
_REFUSED_FUNCTIONS: Final = frozenset({"load_extension", "fts3_tokenizer", "writefile", "readfile", "edit"})


class SqliteReader:
    """Reads a store's file, also while another process writes to it."""

    dialect = Dialect.SQLITE

    def __init__(self, path: Path, limit_s: float) -> None:
        self.name = str(path)
        self._path, self._limit_s = path, limit_s
        self._deadline = float("inf")
        if not path.exists():
            raise StoreError(f"{path}: there is no store. Collect or replay into it first, or set store.url")
        with faults_in_words(path):
            self._connection = sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        execute = self._connection.execute
        (layout,) = execute("PRAGMA user_version").fetchone()
        if outstanding(self.dialect, self.name, layout):
            advice = (
                "of an older version. Run `tgwire store migrate`" if layout else "no store of tgwire. Set store.url"
            )
            raise StoreError(f"{self._path}: {advice}")
        execute("PRAGMA query_only = ON")
        self._connection.set_progress_handler(self._is_late, _STEPS)

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of a query of ours."""
        with self._limited():
            return self._connection.execute(sql, parameters).fetchall()

    def table(self, sql: str, limit: int) -> ResultTable:
        """The first rows of a statement that somebody wrote."""
        connection = self._connection
        # One process runs one statement and ends: the heap's bound is the process's.
        connection.execute(f"PRAGMA hard_heap_limit = {_MAX_HEAP}").fetchone()
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE)
        connection.set_authorizer(_authorize)
        try:
            with self._limited():
                cursor = connection.execute(sql)
                if cursor.description is None:
                    raise SqlRefusedError("the statement reads nothing: write SELECT ...")
                found = cursor.fetchmany(limit + 1)
        except (sqlite3.Error, sqlite3.Warning, MemoryError) as error:
            raise SqlRefusedError(_in_words(error)) from error
        finally:
            connection.set_authorizer(None)
        return ResultTable(tuple(column[0] for column in cursor.description), found[:limit], len(found) > limit)

    @contextmanager
    def _limited(self) -> Iterator[None]:
        self._deadline = time.monotonic() + self._limit_s
        try:
            with faults_in_words(self._path):
                yield
        except Exception as error:
            if _code(error) == sqlite3.SQLITE_INTERRUPT:
                raise too_long(self._limit_s) from None
            raise
        finally:
            self._deadline = float("inf")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _code(error: BaseException) -> int | None:
    """The code of SQLite behind an error, which may be in words by now."""
    cause = error if isinstance(error, sqlite3.Error) else error.__cause__
    return getattr(cause, "sqlite_errorcode", None)


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None) -> int:
    """Only reading, only this file: no ATTACH, no change of settings."""
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if first in _ALLOWED_PRAGMAS else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _REFUSED_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _in_words(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "the statement needs too much memory"
    if _code(error) == sqlite3.SQLITE_AUTH:
        return f"only reading is allowed ({error})"
    return str(error)

"""Statements over a store's file, within what SQLite's authorizer lets through."""

import sqlite3
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sinks.store.errors import StatementRefusedError, StatementTimeError
from sinks.store.opening import open_reader
from sinks.store.sqlite.faults import faults_in_words
from sinks.store.statements.result import ResultTable, too_long

_STEPS: Final = 10_000
"""Instructions of SQLite between two looks at the clock: some tenths of a millisecond."""
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
_PREPARED: Final = """
SELECT 1 FROM words, json_each('[]'), json_tree('[]'), pragma_table_info('posts'), pragma_table_list LIMIT 0
"""
"""Virtual tables declare their columns when they are first used, which the authorizer would take for a write."""
_REFUSED_FUNCTIONS: Final = frozenset({"load_extension", "fts3_tokenizer", "writefile", "readfile", "edit"})


def run(path: Path, sql: str, *, limit: int, limit_s: float) -> ResultTable:
    """The first rows of a statement; see ``run_statement``."""
    open_reader(f"sqlite:{path}").close()  # says what is wrong with the store
    with faults_in_words(path):
        connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, isolation_level=None)
    try:
        return _run(connection, sql, limit, limit_s)
    finally:
        connection.close()


def _run(connection: sqlite3.Connection, sql: str, limit: int, limit_s: float) -> ResultTable:
    until = time.monotonic() + limit_s
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    # The heap's bound is the process's, which runs this statement alone.
    connection.execute(f"PRAGMA hard_heap_limit = {_MAX_HEAP}").fetchone()
    connection.execute("PRAGMA query_only = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE)
    connection.execute(_PREPARED).fetchall()
    connection.set_authorizer(_authorize)
    try:
        cursor = connection.execute(sql)
        if cursor.description is None:
            raise StatementRefusedError("the statement reads nothing: write SELECT ...")
        found = cursor.fetchmany(limit + 1)
    except (sqlite3.Error, sqlite3.Warning, ValueError, MemoryError) as error:
        raise _in_words(error, limit_s) from error
    return ResultTable(tuple(column[0] for column in cursor.description), found[:limit], len(found) > limit)


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None) -> int:
    """Only reading, only this file: no ATTACH, no change of settings."""
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if first in _ALLOWED_PRAGMAS else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _REFUSED_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _in_words(error: Exception, limit_s: float) -> StatementRefusedError | StatementTimeError:
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_INTERRUPT:
        return too_long(limit_s)
    if code == sqlite3.SQLITE_NOMEM or isinstance(error, MemoryError):
        return StatementRefusedError("the statement needs too much memory")
    if code == sqlite3.SQLITE_AUTH:
        return StatementRefusedError(f"a statement may only read the store's tables ({error})")
    return StatementRefusedError(str(error))

"""Errors of SQLite in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sinks.store.errors import QueryTimeoutError, StoreError, StoreReadOnlyError, StoreUnavailableError

_TRANSIENT = {
    sqlite3.SQLITE_BUSY: "in use by another process",
    sqlite3.SQLITE_LOCKED: "in use by another process",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_NOMEM: "no memory is left",
    sqlite3.SQLITE_IOERR: "the disk fails or is full",
}
_OF_THE_FILE = {
    sqlite3.SQLITE_READONLY: "this user may only read it. Make the file and its folder writable",
    sqlite3.SQLITE_PERM: "this user may not use it. Make the file and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened. Make its folder, and make it writable",
    sqlite3.SQLITE_CORRUPT: "damaged. Run `tgwire store verify`, or go back to a backup",
    sqlite3.SQLITE_NOTADB: "no SQLite file. Set store.url to another path",
}


@contextmanager
def faults_in_words(path: Path) -> Iterator[None]:
    """Errors of the disk and of SQLite become StoreError and StoreUnavailableError; faults of ours stay as they are."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # Python's own errors have none
        if code == sqlite3.SQLITE_INTERRUPT:
            raise QueryTimeoutError(f"{path}: the query took too long ({error})") from error
        if code in _TRANSIENT:
            raise StoreUnavailableError(f"{path}: {_TRANSIENT[code]} ({error})") from error
        if code in _OF_THE_FILE:
            kind = StoreReadOnlyError if code == sqlite3.SQLITE_READONLY else StoreError
            raise kind(f"{path}: {_OF_THE_FILE[code]} ({error})") from error
        raise
    except OSError as error:
        raise StoreError(f"{path}: cannot be used ({error.strerror}). Make it writable, or set store.url") from error

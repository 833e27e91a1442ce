"""A store by its address."""

from pathlib import Path
from typing import Any

from runtime.extras import how_to_install
from runtime.settings.store import SQLITE
from sinks.store.database import Database
from sinks.store.errors import StoreError
from sinks.store.reading.readers import TIMEOUT_S, SqliteReader, StoreReader
from sinks.store.sqlite.database import SqliteDatabase


def open_database(url: str, *, is_migrated: bool = True) -> Database:
    """The database at an address as ``store.url`` has it.

    ``is_migrated``: bring an older store to the layout of this version, and make one that is not there. Raises
    StoreError and StoreUnavailableError.
    """
    if url.startswith(SQLITE):
        return SqliteDatabase(_path(url), is_migrated=is_migrated)
    database: Database = _postgres().PostgresDatabase(url, is_migrated=is_migrated)
    return database


def open_reader(url: str, timeout_s: float = TIMEOUT_S) -> StoreReader:
    """A store that is there, to be read, each read within a limit of time. Raises StoreError."""
    if url.startswith(SQLITE):
        return SqliteReader(_path(url), timeout_s)
    reader: StoreReader = _postgres().PostgresDatabase(url, is_migrated=False, only_reads_s=timeout_s)
    return reader


def is_missing(url: str) -> bool:
    """Whether the store is a file that nobody has made yet."""
    return url.startswith(SQLITE) and not _path(url).exists()


def _path(url: str) -> Path:
    return Path(url.removeprefix(SQLITE)).expanduser()


def _postgres() -> Any:  # noqa: ANN401 - a module that is there with its extra
    try:
        from sinks.store.postgres import database
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise StoreError(f"a store in PostgreSQL needs the extra 'postgres': {how_to_install('postgres')}") from error
    return database

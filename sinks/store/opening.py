"""A store by its address."""

from pathlib import Path

from runtime.extras import how_to_install
from runtime.settings.store import SQLITE
from sinks.store.database import Database
from sinks.store.errors import StoreError
from sinks.store.sqlite.database import SqliteDatabase


def open_database(url: str, *, is_migrated: bool = True) -> Database:
    """The database at an address as ``store.url`` has it.

    ``is_migrated``: bring an older store to the layout of this version, and make one that is not there. Raises
    StoreError and StoreUnavailableError.
    """
    if url.startswith(SQLITE):
        return SqliteDatabase(Path(url.removeprefix(SQLITE)).expanduser(), is_migrated=is_migrated)
    try:
        from sinks.store.postgres.database import PostgresDatabase
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise StoreError(f"a store in PostgreSQL needs the extra 'postgres': {how_to_install('postgres')}") from error
    return PostgresDatabase(url, is_migrated=is_migrated)

"""The store in a PostgreSQL server: written by several processes, each with its partitions."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg

from sinks.store.database import DbRow, Dialect
from sinks.store.errors import StoreError
from sinks.store.migrations import first_meta, outstanding
from sinks.store.postgres.faults import faults_in_words
from sinks.store.postgres.transaction import ColumnTypes, PostgresTransaction

_LEAST_VERSION: Final = 14_00_00
_TIMEOUT_S: Final = 15
_SESSION: Final = {
    "synchronous_commit": "on",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": f"{_TIMEOUT_S}s",  # a frozen process gives its locks back
    "client_encoding": "UTF8",
    "application_name": "tgwire",
}
_MIGRATING: Final = 0x7467776972650001
"""Number of the lock of who migrates; ``tgwire`` and 1."""
_SET_META: Final = "INSERT INTO meta(name, value) VALUES(%s, %s) ON CONFLICT(name) DO UPDATE SET value = excluded.value"
_COLUMNS: Final = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
"""


class PostgresDatabase:
    """The store in a database of a server. A lost connection is made again by the next call.

    Raises StoreUnavailableError where the server is away, StoreError where an operator has to act.
    """

    dialect = Dialect.POSTGRES

    def __init__(self, url: str, *, is_migrated: bool = True, only_reads_s: float | None = None) -> None:
        """``is_migrated``: bring an older store to the layout of this version, and make one that is not there.
        ``only_reads_s``: write nothing, and let no query take longer.
        """
        self._url = url
        self._session = _SESSION if only_reads_s is None else _of_readers(only_reads_s)
        self.name = without_password(url)
        self._connection: psycopg.Connection[DbRow] | None = None
        self._types: ColumnTypes = {}
        with faults_in_words(self.name):
            self._connected(is_migrated=is_migrated)

    def _connected(self, *, is_migrated: bool = False) -> psycopg.Connection[DbRow]:
        connection = self._connection
        if connection is not None and not connection.closed and not connection.broken:
            return connection
        options = " ".join(f"-c {name}={value}" for name, value in self._session.items())
        connection = psycopg.connect(
            self._url,
            autocommit=True,
            options=options,
            connect_timeout=_TIMEOUT_S,
            keepalives_idle=_TIMEOUT_S,
            tcp_user_timeout=_TIMEOUT_S * 1000,
        )
        try:
            self._check(connection)
            self._migrate(connection, is_wanted=is_migrated)
            self._types = {(table, column): kind for table, column, kind in connection.execute(_COLUMNS)}
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _check(self, connection: psycopg.Connection[Any]) -> None:
        if connection.info.server_version < _LEAST_VERSION:
            raise StoreError(f"{self.name}: PostgreSQL 14 or newer is needed")
        found = connection.execute("SHOW server_encoding").fetchone()
        if found != ("UTF8",):
            raise StoreError(f"{self.name}: the database's encoding must be UTF8. Create it with ENCODING 'UTF8'")

    def _migrate(self, connection: psycopg.Connection[Any], *, is_wanted: bool) -> None:
        steps = outstanding(self.dialect, self.name, _layout(connection))
        if steps and not is_wanted:
            raise StoreError(f"{self.name}: no store, or one of an older version. Run `tgwire store migrate`")
        if not steps:
            return
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATING,))
            layout = _layout(connection)
            steps = outstanding(self.dialect, self.name, layout)
            for step in steps:
                connection.execute(step.sql.encode())  # of many statements: without parameters that is one call
            for name, value in [*(first_meta() if layout == 0 else []), ("layout", str(steps[-1].number))]:
                connection.execute(_SET_META, (name, value))

    @contextmanager
    def reading(self) -> Iterator[PostgresTransaction]:
        """Read what is committed, all of one moment."""
        with faults_in_words(self.name):
            connection = self._connected()
            with connection.transaction():
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                yield PostgresTransaction(connection, self._types)

    @contextmanager
    def writing(self) -> Iterator[PostgresTransaction]:
        """Write; the end of the block commits, durably."""
        with faults_in_words(self.name):
            connection = self._connected()
            with connection.transaction():
                yield PostgresTransaction(connection, self._types)

    def reserve(self, table: str, count: int) -> list[int]:
        """Numbers for new rows of a table that counts them; no other process gets them."""
        if not count:
            return []
        column = "seq" if table == "bodies" else "id"
        sql = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
        with faults_in_words(self.name):
            return [number for (number,) in self._connected().execute(sql, (table, column, count))]

    def number_on(self) -> None:
        """After rows came with numbers of their own: new rows get greater ones."""
        with faults_in_words(self.name):
            for table, column in (("bodies", "seq"), ("clusters", "id"), ("fingerprints", "seq"), ("changes", "seq")):
                greatest = f"(SELECT coalesce(max({column}), 0) + 1 FROM {table})"
                sql = f"SELECT setval(pg_get_serial_sequence(%s, %s), {greatest}, false)"
                self._connected().execute(sql, (table, column))

    def compact(self) -> None:
        """Free the rows that were taken out."""
        with faults_in_words(self.name):
            self._connected().execute("VACUUM")

    def own(self, what: str) -> None:
        """Nothing: several processes may write, and see each other by the offsets and by what they have read."""

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None


def _of_readers(limit_s: float) -> dict[str, str]:
    limit = f"{round(limit_s * 1000)}ms"
    return _SESSION | {"default_transaction_read_only": "on", "statement_timeout": limit}


def _layout(connection: psycopg.Connection[Any]) -> int:
    found = connection.execute("SELECT to_regclass('meta')").fetchone()
    if found == (None,):
        return 0
    row = connection.execute("SELECT value FROM meta WHERE name = 'layout'").fetchone()
    return 0 if row is None else int(row[0])


def without_password(url: str) -> str:
    """The address as it may be shown."""
    parts = urlsplit(url)
    if parts.password is None:
        return url.split("?")[0] if "password=" in url else url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, f"{parts.username or ''}@{host}", parts.path, "", ""))

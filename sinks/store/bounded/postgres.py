"""A store in PostgreSQL, read through sessions that cannot write."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, LiteralString, cast

import psycopg
from psycopg import errors

from sinks.store.bounded.reader import ResultTable, SqlRefusedError, too_long
from sinks.store.database import Dialect, Row
from sinks.store.errors import StoreError
from sinks.store.migrations import outstanding
from sinks.store.postgres.database import without_password
from sinks.store.postgres.faults import faults_in_words

_CONNECT_S: Final = 15
_LAYOUT: Final = "SELECT value FROM meta WHERE name = 'layout'"
_POWERS: Final = """
SELECT r.rolsuper OR has_table_privilege(r.oid, 'posts', 'INSERT, UPDATE, DELETE')
  OR EXISTS (SELECT 1 FROM pg_roles p WHERE pg_has_role(r.oid, p.oid, 'MEMBER') AND p.rolname IN
    ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_signal_backend'))
FROM pg_roles r WHERE r.rolname = session_user
"""


class PostgresReader:
    """Reads a store in sessions of ``default_transaction_read_only``."""

    dialect = Dialect.POSTGRES

    def __init__(self, url: str, limit_s: float) -> None:
        self.name = without_password(url)
        self._limit_s = limit_s
        options = f"-c default_transaction_read_only=on -c statement_timeout={round(limit_s * 1000)}"
        with faults_in_words(self.name):
            self._connection: psycopg.Connection[Row] = psycopg.connect(
                url, autocommit=True, options=options, connect_timeout=_CONNECT_S, application_name="tgwire read"
            )
            try:
                self._check_layout()
            except BaseException:
                self._connection.close()
                raise

    def _check_layout(self) -> None:
        found = self._connection.execute(_LAYOUT).fetchone()
        if found is None or outstanding(self.dialect, self.name, int(found[0])):
            raise StoreError(f"{self.name}: of an older version. Run `tgwire store migrate`")

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of a query of ours."""
        with self._limited():
            query = cast(LiteralString, sql.replace("%", "%%").replace("?", "%s"))
            return self._connection.execute(query, parameters, binary=True).fetchall()

    def table(self, sql: str, limit: int) -> ResultTable:
        """The first rows of a statement that somebody wrote, for whom the login's rights are the bound."""
        self._refuse_powers()
        # A cursor of the server: rows beyond the limit are not sent. It takes one SELECT, and nothing that follows it.
        with self._limited(), self._connection.transaction():
            try:
                with self._connection.cursor("statement") as cursor:
                    cursor.execute(cast(LiteralString, sql.strip().rstrip(";")))
                    found = cursor.fetchmany(limit + 1)
                    columns = tuple(column.name for column in cursor.description or ())
            except errors.QueryCanceled:
                raise
            except psycopg.Error as error:
                raise SqlRefusedError(error.diag.message_primary or str(error)) from error
        return ResultTable(columns, found[:limit], len(found) > limit)

    def _refuse_powers(self) -> None:
        """A read-only transaction is no sandbox: functions can read the server's files, and end other sessions."""
        if self.rows(_POWERS) != [(False,)]:
            raise StoreError(
                f"{self.name}: this login may do more than read. Make one that may not: CREATE ROLE tgwire_read LOGIN; "
                "GRANT SELECT ON ALL TABLES IN SCHEMA public TO tgwire_read; and set store.read_url to it"
            )

    @contextmanager
    def _limited(self) -> Iterator[None]:
        try:
            with faults_in_words(self.name):
                yield
        except Exception as error:
            if isinstance(error, errors.QueryCanceled) or isinstance(error.__cause__, errors.QueryCanceled):
                raise too_long(self._limit_s) from None
            raise

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(psycopg.Error):
            self._connection.close()

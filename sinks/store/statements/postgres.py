"""Statements over a store in PostgreSQL, by a login that may only read."""

from typing import Final

import psycopg
from psycopg import errors

from sinks.store.database import DbRow
from sinks.store.errors import StatementRefusedError, StatementTimeError, StoreError
from sinks.store.postgres.database import without_password
from sinks.store.postgres.faults import faults_in_words
from sinks.store.statements.result import ResultTable, too_long

_CONNECT_S: Final = 15
_POWERS: Final = """
SELECT r.rolsuper OR has_table_privilege(r.oid, 'posts', 'INSERT, UPDATE, DELETE')
  OR EXISTS (SELECT 1 FROM pg_roles p WHERE pg_has_role(r.oid, p.oid, 'MEMBER') AND p.rolname IN
    ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_signal_backend'))
FROM pg_roles r WHERE r.rolname = session_user
"""


def run(url: str, sql: str, *, limit: int, limit_s: float) -> ResultTable:
    """The first rows of a statement; see ``run_statement``."""
    name = without_password(url)
    options = f"-c default_transaction_read_only=on -c statement_timeout={round(limit_s * 1000)}"
    with (
        faults_in_words(name),
        psycopg.connect(url, options=options, connect_timeout=_CONNECT_S, application_name="tgwire sql") as connection,
    ):
        _refuse_powers(connection, name)
        return _run(connection, sql, limit, limit_s)


def _run(connection: psycopg.Connection[DbRow], sql: str, limit: int, limit_s: float) -> ResultTable:
    try:
        # A cursor of the server sends no rows beyond the limit, and takes one SELECT and nothing behind it.
        with connection.cursor("statement") as cursor:
            cursor.execute(sql.strip().rstrip(";").encode())
            found = cursor.fetchmany(limit + 1)
            columns = tuple(column.name for column in cursor.description or ())
    except psycopg.Error as error:
        raise _in_words(error, limit_s) from error
    return ResultTable(columns, found[:limit], len(found) > limit)


def _refuse_powers(connection: psycopg.Connection[DbRow], name: str) -> None:
    """A read-only transaction is no sandbox: functions can read the server's files, and end other sessions."""
    if connection.execute(_POWERS).fetchone() != (False,):
        raise StoreError(
            f"{name}: this login may do more than read, and SQL can go round a read-only session. Make one that may "
            "not: CREATE ROLE tgwire_read LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO tgwire_read; and set "
            "store.read_url to its address"
        )


def _in_words(error: psycopg.Error, limit_s: float) -> StatementRefusedError | StatementTimeError:
    if isinstance(error, errors.QueryCanceled):
        return too_long(limit_s)
    words = error.diag.message_primary or " ".join(str(error).split())
    return StatementRefusedError(words)

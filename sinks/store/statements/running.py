"""A statement run over a store, by the address of the store."""

from pathlib import Path

from runtime.settings.store import SQLITE
from sinks.store.opening import open_reader
from sinks.store.statements import sqlite
from sinks.store.statements.result import ResultTable


def run_statement(url: str, sql: str, *, limit: int, limit_s: float) -> ResultTable:
    """The first rows of a statement over the store at an address as ``store.url`` has it.

    Raises StatementRefusedError, StatementTimeError, and StoreError where there is no store that may be read so.
    """
    if url.startswith(SQLITE):
        return sqlite.run(Path(url.removeprefix(SQLITE)).expanduser(), sql, limit=limit, limit_s=limit_s)
    open_reader(url).close()  # says what is wrong with the store
    from sinks.store.statements import postgres  # psycopg is an extra

    return postgres.run(url, sql, limit=limit, limit_s=limit_s)

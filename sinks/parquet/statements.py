"""Statements over Parquet, by DuckDB: it is given the tables of a place, and can reach nothing else."""

import resource
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

import duckdb

from schemas.topics import NORMALIZED
from sinks.parquet.places import datasets
from sinks.parquet.sink import UNDATED
from sinks.parquet.tables import TABLES
from sinks.store.database import DbRow
from sinks.store.errors import StatementRefusedError, StatementTimeError
from sinks.store.statements.result import ResultTable, too_long

_SETTINGS: Final[Mapping[str, str]] = {
    # No file, no address, no extension: what is read comes through pyarrow.
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "512MB",
    "max_temp_directory_size": "0KB",
}
_LOCK: Final = "SET TimeZone = 'UTC'; SET lock_configuration = true"
_BATCH: Final = 1000
_MAX_MORE: Final = 1 << 30
_INTERRUPT_S: Final = 0.05
"""Between two calls to end a statement that is late: one alone can come between two of its steps."""
_NEWEST: Final = """
CREATE VIEW {view} AS SELECT * FROM ({rows}) QUALIFY row_number() OVER (
  PARTITION BY key ORDER BY {order} recorded_at DESC, "offset" DESC) = 1 AND op = 'upsert'
"""


def run_parquet_statement(place: str, sql: str, *, limit: int, limit_s: float) -> ResultTable:
    """The first rows of a statement over what a place holds, with a view ``latest_...`` of each table of the sink.

    Raises StatementRefusedError, StatementTimeError, ParquetPlaceError.
    """
    found = datasets(place)
    with duckdb.connect(":memory:", config=dict(_SETTINGS)) as connection:
        for name, dataset in found.items():
            connection.register(name, dataset)
        for view in _views(found):
            connection.execute(view)
        connection.execute(_LOCK)
        try:
            with _ended_after(connection, limit_s), _bounded_memory():
                return _run(connection, sql, limit)
        except duckdb.Error as error:
            raise _in_words(error, limit_s) from error


def _run(connection: duckdb.DuckDBPyConnection, sql: str, limit: int) -> ResultTable:
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise StatementRefusedError("one statement that reads: write SELECT ...")
    reader = connection.execute(statements[0]).to_arrow_reader(min(_BATCH, limit + 1))
    rows = list(islice(_rows(reader), limit + 1))
    return ResultTable(tuple(reader.schema.names), rows[:limit], len(rows) > limit)


def _rows(reader: Any) -> Iterator[DbRow]:  # noqa: ANN401 - pyarrow has no types
    for batch in reader:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _views(found: Mapping[str, object]) -> Iterator[str]:
    """The newest state of each key, without what was withdrawn: of posts by rank, of others by arrival."""
    for table in TABLES.values():
        names = [name for name in (table.name, table.name + UNDATED) if name in found]
        if table.name in names:
            rows = " UNION ALL BY NAME ".join(f"FROM {name}" for name in names)  # names in the code
            order = "rank_us DESC, rank_class DESC," if table is TABLES[NORMALIZED.name] else ""
            yield _NEWEST.format(view=f"latest_{table.name}", rows=rows, order=order)


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """Let the process take _MAX_MORE bytes besides those it has: DuckDB's own limit leaves out single long values."""
    if sys.platform != "linux":
        yield
        return
    before, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = _data_size() + _MAX_MORE
    resource.setrlimit(resource.RLIMIT_DATA, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, most))


def _data_size() -> int:
    """Bytes that the limit counts."""
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmData:")) << 10


@contextmanager
def _ended_after(connection: duckdb.DuckDBPyConnection, limit_s: float) -> Iterator[None]:
    """End what the connection does when the time is over."""
    is_done = threading.Event()
    until = time.monotonic() + limit_s

    def watch() -> None:
        while not is_done.wait(max(_INTERRUPT_S, until - time.monotonic())):
            connection.interrupt()

    watcher = threading.Thread(target=watch, name="duckdb-limit", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_done.set()
        watcher.join()


def _in_words(error: duckdb.Error, limit_s: float) -> StatementRefusedError | StatementTimeError:
    if isinstance(error, duckdb.InterruptException):
        return too_long(limit_s)
    if isinstance(error, duckdb.OutOfMemoryException):
        return StatementRefusedError("the statement needs too much memory")
    if isinstance(error, duckdb.PermissionException):
        return StatementRefusedError(f"a statement may only read the tables of the place ({_first_line(error)})")
    return StatementRefusedError(_first_line(error))


def _first_line(error: duckdb.Error) -> str:
    return str(error).strip().split("\n")[0]

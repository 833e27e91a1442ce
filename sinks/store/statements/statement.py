"""What comes of a statement that somebody wrote."""

from dataclasses import dataclass
from pathlib import Path

from runtime.errors import FatalError, PoisonError
from runtime.settings.store import SQLITE
from sinks.store.database import Row


class StatementTimeError(FatalError):
    """A statement took longer than its limit. Operator: narrow it, or give it more time."""


class StatementRefusedError(PoisonError):
    """A statement that is wrong, writes, or asks for more than it may have. Operator: correct it."""


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Rows of a statement; ``has_more`` where there are others beyond the limit."""

    columns: tuple[str, ...]
    rows: list[Row]
    has_more: bool


def run_statement(url: str, sql: str, *, limit: int, limit_s: float) -> ResultTable:
    """The first rows of a statement over the store at an address as ``store.url`` has it.

    Raises StatementRefusedError, StatementTimeError, and StoreError where there is no store that may be read so.
    """
    if url.startswith(SQLITE):
        from sinks.store.statements.sqlite import run as run_in_sqlite

        return run_in_sqlite(Path(url.removeprefix(SQLITE)).expanduser(), sql, limit=limit, limit_s=limit_s)
    from sinks.store.opening import open_reader

    open_reader(url).close()  # says what is wrong with the store
    from sinks.store.statements.postgres import run as run_in_postgres

    return run_in_postgres(url, sql, limit=limit, limit_s=limit_s)


def too_long(limit_s: float) -> StatementTimeError:
    """The error of a statement beyond its limit."""
    return StatementTimeError(
        f"the statement took longer than {limit_s:g} s and was ended. Narrow it, or give --timeout"
    )

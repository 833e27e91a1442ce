"""What a bounded reader can do, and how one is opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from runtime.errors import FatalError, PoisonError
from runtime.settings.store import SQLITE
from sinks.store.database import Dialect, Row

SEARCH_LIMIT_S: Final = 2.0
"""A page that takes longer holds up everything else."""


class QueryTimeError(FatalError):
    """A query took longer than its limit. Operator: narrow it by words, languages, channels or dates."""


class SqlRefusedError(PoisonError):
    """A statement that is wrong, writes, or asks for more than it may have. Operator: correct it."""


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Rows of a statement; ``has_more`` where it has others beyond the limit."""

    columns: tuple[str, ...]
    rows: list[Row]
    has_more: bool


class BoundedReader(Protocol):
    """Reads what is committed. For one thread."""

    dialect: Dialect
    name: str
    """As people know the store, without a password."""

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of a query of ours, which has ``?`` for parameters; QueryTimeError beyond the limit."""
        ...

    def table(self, sql: str, limit: int) -> ResultTable:
        """The first rows of a statement that somebody wrote.

        SqlRefusedError for what is no reading of the store, QueryTimeError beyond the limit.
        """
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...


def open_reader(address: str, limit_s: float = SEARCH_LIMIT_S) -> BoundedReader:
    """A reader of the store at an address; StoreError where there is none, or one of another version."""
    if address.startswith(SQLITE):
        from sinks.store.bounded.sqlite import SqliteReader

        return SqliteReader(Path(address.removeprefix(SQLITE)).expanduser(), limit_s)
    from sinks.store.bounded.postgres import PostgresReader

    return PostgresReader(address, limit_s)


def too_long(limit_s: float) -> QueryTimeError:
    """The error of a query beyond its limit."""
    return QueryTimeError(
        f"the query took longer than {limit_s:g} s and was ended. Narrow it: a word, lang:, channel: or after:"
    )

"""What the store asks of a database; ``sqlite`` and ``postgres`` are the two that there are.

SQL is plain and shared, with ``?`` for parameters; what the dialects spell differently is a method here.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from typing import Any, Protocol

DbRow = tuple[Any, ...]


class Dialect(StrEnum):
    """The database whose SQL is to be written."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


class Reader(Protocol):
    """Reads what was committed, or what its own transaction has written."""

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[DbRow]:
        """All rows of a query."""
        ...

    def among(self, sql: str, values: Sequence[object], rest: str = "") -> list[DbRow]:
        """The rows whose last-named column is one of the values: ``SELECT ... WHERE key`` + values + ``rest``."""
        ...

    def bodies(self, numbers: Sequence[int]) -> list[tuple[int, str, str | None, bytes]]:
        """Number, text, indexed tokens (None where the dialect keeps none) and kept record of bodies."""
        ...


class Transaction(Reader, Protocol):
    """A transaction that writes; it ends with the block that began it."""

    for_share: str
    """At the end of a query: nobody changes its rows before this transaction ends."""

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement; how many rows it changed."""
        ...

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[DbRow]) -> None:
        """Add rows that are new."""
        ...

    def upsert(self, table: str, columns: Sequence[str], rows: Sequence[DbRow], *, keys: int, when: str = "") -> None:
        """Add rows, or overwrite those of the same first ``keys`` columns, where ``when`` is true of both."""
        ...

    def add(self, table: str, columns: Sequence[str], rows: Sequence[DbRow], *, keys: int) -> None:
        """Add numbers to those of the rows with the same first ``keys`` columns."""
        ...

    def update(self, table: str, columns: Sequence[str], rows: Sequence[DbRow], *, keys: int) -> None:
        """Overwrite all but the first ``keys`` columns, by which rows are found."""
        ...

    def replace_all(self, table: str, column: str, old: object, new: object, keys: Sequence[str]) -> None:
        """Give a column a new value in the rows with these ``key``s that have the old one, found by its index;
        in no order: for a table of one writer.
        """
        ...

    def delete(self, table: str, columns: Sequence[str], rows: Sequence[DbRow], *, when: str = "") -> None:
        """Remove the rows that have these values, where ``when`` is true of them."""
        ...

    def insert_bodies(self, rows: Sequence[tuple[int, str, str, bytes]]) -> None:
        """Add bodies: number, text, tokens, kept record."""
        ...

    def update_bodies(self, rows: Sequence[tuple[int, str, str, bytes]]) -> None:
        """Overwrite the texts of revisions."""
        ...

    def index(self, rows: Sequence[tuple[int, str]]) -> None:
        """Put posts into the word index: id and tokens, ascending by id."""
        ...

    def unindex(self, rows: Sequence[tuple[int, str]]) -> None:
        """Take posts out of the word index: id and the tokens that it holds."""
        ...


class Database(Protocol):
    """A store's database. One thread at a time writes."""

    dialect: Dialect
    name: str
    """Name of the store for people, without a password."""

    def reading(self) -> AbstractContextManager[Reader]:
        """Read in a transaction of its own, for a short time."""
        ...

    def writing(self) -> AbstractContextManager[Transaction]:
        """Write in a transaction, which commits at the end of the block and takes all back after an error."""
        ...

    def reserve(self, table: str, count: int) -> list[int]:
        """Numbers for new rows of a table that counts them."""
        ...

    def number_on(self) -> None:
        """After rows came with numbers of their own: new rows get greater ones."""
        ...

    def compact(self) -> None:
        """Give freed space back, and clear the log beside the file."""
        ...

    def own(self, what: str) -> None:
        """Be the only process that does this until ``close``; StoreInUseError where another one does."""
        ...

    def close(self) -> None:
        """Close the connection, and end what works for it."""
        ...


@contextmanager
def closing(database: Database) -> Iterator[Database]:
    """A database for the length of a block."""
    try:
        yield database
    finally:
        database.close()

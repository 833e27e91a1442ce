"""Statements of the store in PostgreSQL's words: whole batches as arrays or by COPY, rows always in one order."""

from collections.abc import Mapping, Sequence
from functools import cache

import psycopg
from psycopg import Cursor

from sinks.store.database import DbRow
from sinks.store.index_tokens import index_tokens

ColumnTypes = Mapping[tuple[str, str], str]
"""SQL type by table and column."""
_COPIED = 16
"""From so many rows on COPY is faster than a statement with arrays."""


class PostgresTransaction:
    """Reads and writes through a connection; ``PostgresDatabase`` begins and ends its transactions."""

    for_share = " FOR SHARE"

    def __init__(self, connection: psycopg.Connection[DbRow], types: ColumnTypes) -> None:
        self._cursor: Cursor[DbRow] = connection.cursor(binary=True)
        self._types = types

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[DbRow]:
        """All rows of a query."""
        return self._cursor.execute(_placeholders(sql), parameters).fetchall()

    def among(self, sql: str, values: Sequence[object], rest: str = "") -> list[DbRow]:
        """The rows whose last-named column is one of the values."""
        return self.rows(f"{sql} = ANY(?) {rest}", (list(values),)) if values else []

    def bodies(self, numbers: Sequence[int]) -> list[tuple[int, str, str | None, bytes]]:
        """Number, text and kept record of bodies; the word index needs no tokens to take posts out."""
        return self.among("SELECT seq, text, NULL, record FROM bodies WHERE seq", numbers)

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement; how many rows it changed."""
        return self._cursor.execute(_placeholders(sql), parameters).rowcount

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[DbRow]) -> None:
        """Add rows that are new."""
        if len(rows) < _COPIED:
            self._over_arrays(f"INSERT INTO {table}({_names(columns)}) SELECT {_names(columns)}", table, columns, rows)
            return
        with self._cursor.copy(f"COPY {table}({_names(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def upsert(self, table: str, columns: Sequence[str], rows: Sequence[DbRow], *, keys: int, when: str = "") -> None:
        """Add rows, or overwrite those of the same first columns."""
        changes = ", ".join(f'"{column}" = excluded."{column}"' for column in columns[keys:])
        self._conflicting(table, columns, rows, keys, changes, when)

    def add(self, table: str, columns: Sequence[str], rows: Sequence[DbRow], *, keys: int) -> None:
        """Add numbers to those of rows."""
        changes = ", ".join(f"{column} = {table}.{column} + excluded.{column}" for column in columns[keys:])
        self._conflicting(table, columns, rows, keys, changes, "")

    def _conflicting(
        self, table: str, columns: Sequence[str], rows: Sequence[DbRow], keys: int, changes: str, when: str
    ) -> None:
        in_order = sorted(rows, key=lambda row: row[:keys])  # of two transactions none waits for the other in a ring
        action = f"UPDATE SET {changes}" if changes else "NOTHING"
        rest = f"ON CONFLICT({_names(columns[:keys])}) DO {action}" + (f" WHERE {when}" if when and changes else "")
        head = f"INSERT INTO {table}({_names(columns)}) SELECT {_names(columns)}"
        self._over_arrays(head, table, columns, in_order, rest)

    def update(self, table: str, columns: Sequence[str], rows: Sequence[DbRow], *, keys: int) -> None:
        """Overwrite all but the first columns, by which rows are found."""
        changes = ", ".join(f'"{column}" = new."{column}"' for column in columns[keys:])
        in_order = sorted(rows, key=lambda row: row[:keys])
        self._over_arrays(
            f"UPDATE {table} SET {changes}", table, columns, in_order, f"WHERE {_matches(table, columns[:keys])}"
        )

    def replace_all(self, table: str, column: str, old: object, new: object, keys: Sequence[str]) -> None:
        """Give a column a new value in the rows with these keys that have the old one: of thousands in half the time of
        ``update``. By the keys alone PostgreSQL would read the whole table.
        """
        sql = f'UPDATE {table} SET "{column}" = %s WHERE "{column}" = %s AND key = ANY(%s)'
        self._cursor.execute(sql, (new, old, list(keys)))

    def delete(self, table: str, columns: Sequence[str], rows: Sequence[DbRow], *, when: str = "") -> None:
        """Remove the rows that have these values."""
        rest = f"WHERE {_matches(table, columns)}" + (f" AND {table}.{when}" if when else "")
        self._over_arrays(f"DELETE FROM {table}", table, columns, rows, rest, source="USING")

    def insert_bodies(self, rows: Sequence[tuple[int, str, str, bytes]]) -> None:
        """Add bodies."""
        self.insert("bodies", ("seq", "text", "record"), [(seq, text, record) for seq, text, _, record in rows])

    def update_bodies(self, rows: Sequence[tuple[int, str, str, bytes]]) -> None:
        """Overwrite bodies."""
        values = [(seq, text, record) for seq, text, _, record in rows]
        self.update("bodies", ("seq", "text", "record"), values, keys=1)

    def index(self, rows: Sequence[tuple[int, str]]) -> None:
        """Put posts into the word index."""
        self.insert("words", ("id", "v"), [(number, tsvector(index_tokens(number, tokens))) for number, tokens in rows])

    def unindex(self, rows: Sequence[tuple[int, str]]) -> None:
        """Take posts out of the word index."""
        self.delete("words", ("id",), [(number,) for number, _ in rows])

    def _over_arrays(
        self,
        head: str,
        table: str,
        columns: Sequence[str],
        rows: Sequence[DbRow],
        rest: str = "",
        *,
        source: str = "FROM",
    ) -> None:
        """One statement for all rows, which are named ``new`` in it."""
        if not rows:
            return
        arrays = ", ".join(f"?::{self._types[table, column]}[]" for column in columns)
        sql = f"{head} {source} unnest({arrays}) AS new({_names(columns)}) {rest}"
        self._cursor.execute(_placeholders(sql), [list(values) for values in zip(*rows, strict=True)])


def tsvector(tokens: str) -> str:
    """The literal of a word index entry, written by us: PostgreSQL's own parser finds other words."""
    places: dict[str, list[str]] = {}
    for place, token in enumerate(tokens.split(), 1):
        places.setdefault(token, []).append(str(place))
    return " ".join(f"'{token}':{','.join(found)}" for token, found in places.items())


@cache
def _placeholders(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _matches(table: str, columns: Sequence[str]) -> str:
    return " AND ".join(f'{table}."{column}" = new."{column}"' for column in columns)

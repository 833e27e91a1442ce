"""Statements of the store in SQLite's words."""

import json
import sqlite3
from collections.abc import Sequence
from functools import cache

from sinks.store.database import DbRow
from sinks.store.index_tokens import index_tokens


class SqliteTransaction:
    """Reads and writes through a connection; ``SqliteDatabase`` begins and ends its transactions."""

    for_share = ""
    """A transaction that writes is alone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[DbRow]:
        """All rows of a query."""
        return self._connection.execute(sql, parameters).fetchall()

    def among(self, sql: str, values: Sequence[object], rest: str = "") -> list[DbRow]:
        """The rows whose last-named column is one of the values."""
        if not values:
            return []
        return self.rows(f"{sql} IN (SELECT value FROM json_each(?)) {rest}", (json.dumps(values),))

    def bodies(self, numbers: Sequence[int]) -> list[tuple[int, str, str | None, bytes]]:
        """Number, text, tokens and kept record of bodies."""
        return self.among("SELECT seq, text, tokens, record FROM bodies WHERE seq", numbers)

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement; how many rows it changed."""
        return self._connection.execute(sql, parameters).rowcount

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[DbRow]) -> None:
        """Add rows that are new."""
        self._many(_insert(table, tuple(columns)), rows)

    def upsert(self, table: str, columns: Sequence[str], rows: Sequence[DbRow], *, keys: int, when: str = "") -> None:
        """Add rows, or overwrite those of the same first columns."""
        self._many(_upsert(table, tuple(columns), keys, when), sorted(rows, key=lambda row: row[:keys]))

    def add(self, table: str, columns: Sequence[str], rows: Sequence[DbRow], *, keys: int) -> None:
        """Add numbers to those of rows."""
        self._many(_add(table, tuple(columns), keys), sorted(rows, key=lambda row: row[:keys]))

    def update(self, table: str, columns: Sequence[str], rows: Sequence[DbRow], *, keys: int) -> None:
        """Overwrite all but the first columns, by which rows are found."""
        if rows:
            values = [(*row[keys:], *row[:keys]) for row in rows]
            self._many(_update(table, tuple(columns), keys), values)

    def replace_all(self, table: str, column: str, old: object, new: object, keys: Sequence[str]) -> None:
        """Give a column a new value in the rows with these keys that have the old one."""
        sql = f'UPDATE {table} SET "{column}" = ? WHERE "{column}" = ? AND key IN (SELECT value FROM json_each(?))'
        self._connection.execute(sql, (new, old, json.dumps(keys)))

    def delete(self, table: str, columns: Sequence[str], rows: Sequence[DbRow], *, when: str = "") -> None:
        """Remove the rows that have these values."""
        self._many(_delete(table, tuple(columns), when), rows)

    def insert_bodies(self, rows: Sequence[tuple[int, str, str, bytes]]) -> None:
        """Add bodies."""
        self.insert("bodies", ("seq", "text", "tokens", "record"), rows)

    def update_bodies(self, rows: Sequence[tuple[int, str, str, bytes]]) -> None:
        """Overwrite bodies."""
        self.update("bodies", ("seq", "text", "tokens", "record"), rows, keys=1)

    def index(self, rows: Sequence[tuple[int, str]]) -> None:
        """Put posts into the word index."""
        self._many("INSERT INTO words(rowid, tokens) VALUES(?, ?)", _index_rows(rows))

    def unindex(self, rows: Sequence[tuple[int, str]]) -> None:
        """Take posts out of the word index, by the tokens that it holds."""
        self._many("INSERT INTO words(words, rowid, tokens) VALUES('delete', ?, ?)", _index_rows(rows))

    def _many(self, sql: str, rows: Sequence[DbRow]) -> None:
        if rows:
            self._connection.executemany(sql, rows)


def _index_rows(rows: Sequence[tuple[int, str]]) -> list[DbRow]:
    return [(post_id, index_tokens(post_id, tokens)) for post_id, tokens in rows]


def quoted(name: str) -> str:
    """A column's name; ``end`` is a word of SQL."""
    return f'"{name}"'


def _values(columns: tuple[str, ...]) -> str:
    return f"({', '.join(map(quoted, columns))}) VALUES({', '.join('?' * len(columns))})"


@cache
def _insert(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table}{_values(columns)}"


@cache
def _upsert(table: str, columns: tuple[str, ...], keys: int, when: str) -> str:
    changes = ", ".join(f"{quoted(column)} = excluded.{quoted(column)}" for column in columns[keys:])
    action = f"UPDATE SET {changes}" if changes else "NOTHING"
    condition = f" WHERE {when}" if when else ""
    return f"{_insert(table, columns)} ON CONFLICT({', '.join(columns[:keys])}) DO {action}{condition}"


@cache
def _add(table: str, columns: tuple[str, ...], keys: int) -> str:
    changes = ", ".join(f"{column} = {table}.{column} + excluded.{column}" for column in columns[keys:])
    return f"{_insert(table, columns)} ON CONFLICT({', '.join(columns[:keys])}) DO UPDATE SET {changes}"


@cache
def _update(table: str, columns: tuple[str, ...], keys: int) -> str:
    changes = ", ".join(f"{quoted(column)} = ?" for column in columns[keys:])
    return f"UPDATE {table} SET {changes} WHERE {_matches(columns[:keys])}"


@cache
def _delete(table: str, columns: tuple[str, ...], when: str) -> str:
    return f"DELETE FROM {table} WHERE {_matches(columns)}" + (f" AND {when}" if when else "")


def _matches(columns: tuple[str, ...]) -> str:
    return " AND ".join(f"{quoted(column)} = ?" for column in columns)

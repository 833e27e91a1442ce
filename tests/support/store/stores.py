"""Stores for tests: empty ones of both databases, and what is in them."""

import string
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from sinks.store.database import Database, Dialect, Reader
from sinks.store.postgres.database import PostgresDatabase
from sinks.store.sqlite.database import SqliteDatabase

OpenStore = Callable[[], Database]
"""Opens the one store of a test; again, what it then holds is there."""


def sqlite_store(path: Path) -> OpenStore:
    return lambda: SqliteDatabase(path)


def postgres_store(url: str) -> OpenStore:
    return lambda: PostgresDatabase(url)


def empty(url: str) -> None:
    """Take everything out of a database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def hits(reader: Reader, dialect: Dialect, token: str) -> set[str]:
    """Keys of the posts that the word index has under a token."""
    tokens = [f"{letter}{token}" for letter in string.ascii_lowercase]  # of all languages
    if dialect is Dialect.SQLITE:
        query = "SELECT key FROM posts WHERE id IN (SELECT rowid FROM words WHERE words MATCH ?)"
        return {key for (key,) in reader.rows(query, (" OR ".join(f'"{each}"' for each in tokens),))}
    query = "SELECT key FROM posts JOIN words USING (id) WHERE v @@ ?::tsquery"
    return {key for (key,) in reader.rows(query, (" | ".join(f"'{each}'" for each in tokens),))}


def indexed_posts(reader: Reader, dialect: Dialect) -> int:
    """How many posts the word index has."""
    table = "words_docsize" if dialect is Dialect.SQLITE else "words"
    return int(reader.rows(f"SELECT count(*) FROM {table}")[0][0])


def check_words(database: Database) -> None:
    """Let SQLite compare the word index with the texts."""
    if database.dialect is Dialect.SQLITE:
        with database.writing() as writer:
            writer.execute("INSERT INTO words(words, rank) VALUES('integrity-check', 1)")


def post_rows(reader: Reader) -> dict[str, tuple[Any, ...]]:
    query = """SELECT key, text, p.revision, language, posted_ms, is_dated, edits, deleted_ms,
        rank_us, rank_class, src_epoch, quotes FROM posts p JOIN bodies b ON b.seq = p.body"""
    return {row[0]: tuple(row[1:]) for row in reader.rows(query)}


def mention_rows(reader: Reader, table: str) -> set[tuple[Any, ...]]:
    return set(reader.rows(f"SELECT key, ordinal, outlet_name FROM {table}"))


def history(reader: Reader) -> set[tuple[Any, ...]]:
    return set(reader.rows("SELECT key, rank_us, rank_class, what, text FROM revisions"))


def rollups(reader: Reader) -> tuple[Counter[Any], Counter[Any]]:
    found: list[Counter[Any]] = []
    for table, keys in (("hourly", "hour, language, part"), ("daily", "day, channel_id, language")):
        cells: Counter[Any] = Counter()
        for *key, posts, edited, deleted in reader.rows(f"SELECT {keys}, posts, edited, deleted FROM {table}"):
            assert posts > 0  # a cell without posts goes
            cells.update({(*key, "posts"): posts, (*key, "edited"): edited, (*key, "deleted"): deleted})
        found.append(+cells)
    return found[0], found[1]


def clusters(reader: Reader) -> set[tuple[str, frozenset[str]]]:
    """Root and members of each story; their number is the one that is kept."""
    members: dict[int, set[str]] = {}
    for key, cluster in reader.rows("SELECT key, cluster FROM links"):
        members.setdefault(cluster, set()).add(key)
    kept = {number: (root, size) for number, root, size in reader.rows("SELECT id, root, size FROM clusters")}
    assert {number: len(keys) for number, keys in members.items()} == {
        number: size for number, (_, size) in kept.items()
    }
    return {(kept[number][0], frozenset(keys)) for number, keys in members.items()}


def names_of_stories(reader: Reader) -> dict[int, frozenset[str]]:
    members: dict[int, set[str]] = {}
    for key, cluster in reader.rows("SELECT key, cluster FROM links"):
        members.setdefault(cluster, set()).add(key)
    return {number: frozenset(keys) for number, keys in members.items()}

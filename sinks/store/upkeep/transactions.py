"""Transactions that change what sinks have read: a sink that planned before plans again."""

from collections.abc import Iterator
from contextlib import contextmanager

from sinks.store.database import Database, Reader, Transaction

_BEGIN = "UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE name = 'upkeep'"


@contextmanager
def upkeep(database: Database) -> Iterator[Transaction]:
    """Write as the only one: sinks wait, or have committed."""
    with database.writing() as writer:
        writer.execute(_BEGIN)
        yield writer


def meta(reader: Reader, name: str) -> str | None:
    """What the store knows of itself under a name."""
    found = reader.rows("SELECT value FROM meta WHERE name = ?", (name,))
    return found[0][0] if found else None


def set_meta(writer: Transaction, name: str, value: str | None) -> None:
    """Set that; None takes it out."""
    if value is None:
        writer.execute("DELETE FROM meta WHERE name = ?", (name,))
    else:
        writer.upsert("meta", ("name", "value"), [(name, value)], keys=1)

"""Transactions that change what sinks have read: a sink that planned before plans again."""

from collections.abc import Iterator
from contextlib import contextmanager

from sinks.store.database import Database, Reader, Transaction
from sinks.store.errors import StoreError

_BEGIN = "UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE name = 'upkeep'"
MOVING = "moving"
"""What the store knows under this name is the move to Kafka that has begun, and is not at its end."""


@contextmanager
def upkeep(database: Database, *, is_moving: bool = False) -> Iterator[Transaction]:
    """Write as the only one: sinks wait, or have committed. StoreError for all but a move while that is under way."""
    with database.writing() as writer:
        writer.execute(_BEGIN)
        if not is_moving:
            refuse_moving(database.name, writer)
        yield writer


def refuse_moving(name: str, reader: Reader) -> None:
    """StoreError for a store, by its name, that a move to Kafka has not done with, maybe one from another machine."""
    if meta(reader, MOVING) is not None:
        raise StoreError(
            f"{name}: a move to Kafka has not come to its end. Run `tgwire move --to-kafka` again, there where it "
            "began, or give it up with `tgwire move --cancel`"
        )


def meta(reader: Reader, name: str) -> str | None:
    """The value of a name in the table ``meta``."""
    found = reader.rows("SELECT value FROM meta WHERE name = ?", (name,))
    return found[0][0] if found else None


def set_meta(writer: Transaction, name: str, value: str | None) -> None:
    """Set that; None takes it out."""
    if value is None:
        writer.execute("DELETE FROM meta WHERE name = ?", (name,))
    else:
        writer.upsert("meta", ("name", "value"), [(name, value)], keys=1)

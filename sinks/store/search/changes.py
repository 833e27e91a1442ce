"""What has changed in a store, in an order in which nothing is missed."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from sinks.store.database import Dialect, Reader

_BATCH: Final = 1_000
_SQLITE: Final = "SELECT 0, seq, key, what FROM changes WHERE seq > ? ORDER BY seq LIMIT ?"
_SQLITE_BEGIN: Final = "SELECT 0, min(seq) FROM changes"
_SQLITE_END: Final = "SELECT 0, max(seq) FROM changes"
# A later number can be committed first: only what no running transaction can precede is read.
_SETTLED: Final = "xact < pg_snapshot_xmin(pg_current_snapshot())"
_POSTGRES: Final = (
    "SELECT CAST(CAST(xact AS text) AS bigint), seq, key, what FROM changes"
    f" WHERE (xact, seq) > (CAST(CAST(? AS text) AS xid8), ?) AND {_SETTLED} ORDER BY xact, seq LIMIT ?"
)
_POSTGRES_EDGE: Final = (
    f"SELECT CAST(CAST(xact AS text) AS bigint), seq FROM changes WHERE {_SETTLED} ORDER BY xact {{0}}, seq {{0}}"
    " LIMIT 1"
)
_POSTGRES_BEGIN: Final = _POSTGRES_EDGE.format("ASC")
_POSTGRES_END: Final = _POSTGRES_EDGE.format("DESC")


class Place(NamedTuple):
    """How far changes have been read: transaction (0 in SQLite, which has one writer) and number."""

    transaction: int = 0
    number: int = 0


class Change(NamedTuple):
    """A post that has changed, and how: ``new``, ``edit``, ``deleted``, ``return``, ``record`` or ``link``."""

    place: Place
    key: str
    what: str


class KeptChanges(NamedTuple):
    """The places of the first and the last change that the store still has."""

    first: Place
    last: Place

    def has_all_after(self, place: Place) -> bool:
        """Whether nothing after a place is missing. A place behind the last one is of another store."""
        return place <= self.last and (place >= self.first or place.number + 1 >= self.first.number)


def kept_changes(reader: Reader, dialect: Dialect) -> KeptChanges:
    """How far the changes go back, and how far they go."""
    return KeptChanges(
        _edge(reader, _SQLITE_BEGIN if dialect is Dialect.SQLITE else _POSTGRES_BEGIN), last_place(reader, dialect)
    )


def last_place(reader: Reader, dialect: Dialect) -> Place:
    """The place behind all changes so far."""
    return _edge(reader, _SQLITE_END if dialect is Dialect.SQLITE else _POSTGRES_END)


def _edge(reader: Reader, sql: str) -> Place:
    found = reader.rows(sql)
    return Place(found[0][0], found[0][1] or 0) if found else Place()


def changes_after(reader: Reader, dialect: Dialect, place: Place) -> Iterator[Change]:
    """The next changes, at most a thousand."""
    if dialect is Dialect.SQLITE:
        rows = reader.rows(_SQLITE, (place.number, _BATCH))
    else:
        rows = reader.rows(_POSTGRES, (str(place.transaction), place.number, _BATCH))
    return (Change(Place(transaction, number), key, what) for transaction, number, key, what in rows)

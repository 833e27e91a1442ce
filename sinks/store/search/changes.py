"""What has changed in a store since a place, so that nothing is missed and nothing comes twice.

PostgreSQL has several writers: a transaction that took its numbers early may be committed late. A place there is what a
snapshot of transactions saw, so that a reader gets just what has become visible since, in whatever order.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

from sinks.store.database import Dialect, Reader

KEPT_CHANGES: Final = 100_000
_BATCH: Final = 1_000
_SQLITE: Final = "SELECT 0, seq, key, what FROM changes WHERE seq > ? ORDER BY seq LIMIT ?"
_SQLITE_LAST: Final = "SELECT max(seq) FROM changes"
_FIRST: Final = "SELECT min(seq) FROM changes"
# A store that was restored on another server has transactions that come later there: pg_visible_in_snapshot.
_POSTGRES: Final = """
SELECT CAST(CAST(xact AS text) AS bigint), seq, key, what FROM changes
WHERE xact >= CAST(CAST(? AS text) AS xid8)
  AND (xact >= CAST(CAST(? AS text) AS xid8) OR xact = ANY(CAST(CAST(? AS text[]) AS xid8[])))
  AND pg_visible_in_snapshot(xact, pg_current_snapshot())
ORDER BY xact FETCH FIRST (?) ROWS WITH TIES
"""
_POSTGRES_LAST: Final = "SELECT CAST(pg_current_snapshot() AS text), max(seq) FROM changes"
_TEXT: Final = re.compile(r"([0-9]{1,19})-([0-9]{1,19})(?:-([0-9]{1,19}(?:\.[0-9]{1,19})*))?", re.ASCII)
_MOST: Final = 2**63 - 1
"""Of the numbers of a database."""


@dataclass(frozen=True, slots=True)
class ChangeCursor:
    """How far changes have been read: of two places of a store the later one has all that the earlier one has.

    As text, which addresses have, ``0-NUMBER`` or ``TRANSACTION-NUMBER-BEFORE.BEFORE``: running ones by how far they
    are before ``transaction``.
    """

    transaction: int = 0
    """PostgreSQL: the first that had not begun. 0 in SQLite, which has one writer."""
    number: int = 0
    """Of the last change that was there."""
    running: tuple[int, ...] = ()
    """Transactions that had begun and not ended."""

    def __lt__(self, other: "ChangeCursor") -> bool:
        return self._order < other._order

    def __le__(self, other: "ChangeCursor") -> bool:
        return self._order <= other._order

    def __str__(self) -> str:
        before = ".".join(str(self.transaction - each) for each in self.running)
        return f"{self.transaction}-{self.number}" + (f"-{before}" if before else "")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The place in an address. ValueError for what is none."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(text)
        transaction, number = int(found[1]), int(found[2])
        before = [int(each) for each in found[3].split(".")] if found[3] else []
        if max(transaction, number) > _MOST or any(not 0 < each < transaction for each in before):
            raise ValueError(text)
        return cls(transaction, number, tuple(transaction - each for each in before))

    @property
    def _order(self) -> tuple[int, int, int]:
        return self.transaction, -len(self.running), self.number

    @property
    def oldest(self) -> int:
        """The first transaction of which something may be missing."""
        return min(self.running, default=self.transaction)

    def has(self, change: "ChangeCursor") -> bool:
        """Whether a change at its own place, of its transaction and number, was there."""
        if not change.transaction:
            return change.number <= self.number
        return change.transaction < self.transaction and change.transaction not in self.running

    def up_to(self, transaction: int, number: int, now: "ChangeCursor") -> "ChangeCursor":
        """Behind all transactions up to one, of those that a later place has."""
        running = {each for each in self.running if each > transaction or not now.has(ChangeCursor(each))}
        running |= {each for each in now.running if self.transaction <= each <= transaction}
        return ChangeCursor(max(self.transaction, transaction + 1), max(self.number, number), tuple(sorted(running)))


class Change(NamedTuple):
    """A post that has changed, and how: ``new``, ``edit``, ``deleted``, ``return``, ``record`` or ``link``."""

    place: ChangeCursor
    """Transaction and number of the change alone: see ``ChangeCursor.has``."""
    key: str
    what: str


class ChangeBatch(NamedTuple):
    """The next changes, whole transactions of them, and the place behind."""

    changes: tuple[Change, ...]
    end: ChangeCursor


class KeptChanges(NamedTuple):
    """The number of the first change that the store still has, and the place behind the last one."""

    first: int
    last: ChangeCursor

    def has_all_after(self, place: ChangeCursor) -> bool:
        """Whether nothing after a place is missing. A place behind the last one is of another store."""
        is_kept = place.number + 1 >= self.first
        has_lost_none = not place.number and self.last.number <= KEPT_CHANGES  # numbers begin anywhere after a failure
        return place <= self.last and (is_kept or has_lost_none)


def kept_changes(reader: Reader, dialect: Dialect) -> KeptChanges:
    """How far the changes go back, and how far they go."""
    return KeptChanges(reader.rows(_FIRST)[0][0] or 0, last_place(reader, dialect))


def last_place(reader: Reader, dialect: Dialect) -> ChangeCursor:
    """The place behind all changes that the reader sees."""
    if dialect is Dialect.SQLITE:
        return ChangeCursor(0, reader.rows(_SQLITE_LAST)[0][0] or 0)
    snapshot, number = reader.rows(_POSTGRES_LAST)[0]
    _, following, running = snapshot.split(":")
    return ChangeCursor(int(following), number or 0, tuple(int(each) for each in running.split(",") if each))


def changes_after(reader: Reader, dialect: Dialect, place: ChangeCursor) -> ChangeBatch:
    """The next changes that the reader sees: a thousand, or a few more where a transaction has more."""
    if dialect is Dialect.SQLITE:
        changes = _changes(reader.rows(_SQLITE, (place.number, _BATCH)))
        return ChangeBatch(changes, changes[-1].place if changes else place)
    now = last_place(reader, dialect)
    running = [str(each) for each in place.running]
    changes = _changes(reader.rows(_POSTGRES, (str(place.oldest), str(place.transaction), running, _BATCH)))
    is_all = len(changes) < _BATCH
    return ChangeBatch(changes, now if is_all else place.up_to(*_last(changes), now))


def _changes(rows: Sequence[tuple[Any, ...]]) -> tuple[Change, ...]:
    return tuple(
        Change(ChangeCursor(transaction, number), key, what) for transaction, number, key, what in sorted(rows)
    )


def _last(changes: Sequence[Change]) -> tuple[int, int]:
    return changes[-1].place.transaction, changes[-1].place.number

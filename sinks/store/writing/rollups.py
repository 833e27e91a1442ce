"""Roll-ups of posts by the hour and the day of the post: sums of what each row adds, and of nothing else.

So a change adds what its new row adds less what its old row added, in whatever order rows change.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.times import DAY_MS, HOUR_MS
from sinks.store.database import DbRow, Transaction
from sinks.store.writing.rows import PostRow

HOURLY = ("hour", "language", "part", "posts", "edited", "deleted")
DAILY = ("day", "channel_id", "language", "posts", "edited", "deleted")
_KEYS = 3


@dataclass
class PostRollups:
    """Differences that a batch makes in the rows of ``hourly`` and ``daily``."""

    _hourly: dict[DbRow, list[int]] = field(default_factory=dict)
    _daily: dict[DbRow, list[int]] = field(default_factory=dict)

    def change(self, old: PostRow | None, new: PostRow | None) -> None:
        """Take a row in place of another."""
        for row, sign in ((old, -1), (new, 1)):
            if row is not None and row.is_dated:
                self._add(row, sign)

    def _add(self, row: PostRow, sign: int) -> None:
        added = (sign, sign * (row.edits > 0), sign * (row.deleted_ms is not None))
        hour = (row.posted_ms // HOUR_MS, row.language, row.src_partition)
        day = (row.posted_ms // DAY_MS, row.channel_id, row.language)
        for cells, key in ((self._hourly, hour), (self._daily, day)):
            cell = cells.get(key)
            if cell is None:
                cells[key] = list(added)
            else:
                for at, number in enumerate(added):
                    cell[at] += number

    def hourly(self) -> Iterator[DbRow]:
        """Rows to add to ``hourly``."""
        return _changed(self._hourly)

    def daily(self) -> Iterator[DbRow]:
        """Rows to add to ``daily``."""
        return _changed(self._daily)

    def write(self, writer: Transaction) -> None:
        """Add the differences; a cell without posts goes."""
        for table, columns, rows in (("hourly", HOURLY, self.hourly()), ("daily", DAILY, self.daily())):
            added = list(rows)
            writer.add(table, columns, added, keys=_KEYS)
            fewer = sorted(row[:_KEYS] for row in added if row[_KEYS] < 0)
            writer.delete(table, columns[:_KEYS], fewer, when="posts = 0")


def _changed(cells: dict[DbRow, list[int]]) -> Iterator[DbRow]:
    return ((*key, *added) for key, added in cells.items() if any(added))

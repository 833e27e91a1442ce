"""Durable cursors: how far each source has been acknowledged, for each place that it is published to."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.sources.base import Position
from runtime.sqlite_file import StateFile

FILE_NAME = "cursors.sqlite3"
LAYOUT_VERSION = 1
_LAYOUT = """
CREATE TABLE IF NOT EXISTS cursors (
    source TEXT NOT NULL,
    destination TEXT NOT NULL,
    offset INTEGER NOT NULL,
    digest TEXT NOT NULL,
    published INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    PRIMARY KEY (source, destination)
) STRICT, WITHOUT ROWID
"""
_ADVANCE = """
INSERT INTO cursors VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (source, destination) DO UPDATE SET
    offset = excluded.offset, digest = excluded.digest,
    published = published + excluded.published, rejected = rejected + excluded.rejected
WHERE excluded.offset > cursors.offset
"""
_WHEN_DAMAGED = "Delete it: everything is then published once more, which is harmless, since keys are deterministic."


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a source is read, and what became of its records up to there."""

    position: Position
    published: int
    rejected: int


class Cursors:
    """The cursors of one state folder, which one process at a time can hold.

    A cursor belongs to a source and a destination (a topic's own id), so that the same file goes out again to another
    cluster or to a topic that was recreated. It only grows. ``advance`` becomes durable with the next ``commit``;
    what a crash cuts off before is published once more, under the same keys.
    """

    def __init__(self, state_dir: Path) -> None:
        """Creates the folder; raises StateLockedError when another process holds it, StateError when it is unusable."""
        self._file = StateFile(state_dir / FILE_NAME, [_LAYOUT], LAYOUT_VERSION, when_damaged=_WHEN_DAMAGED)

    def get(self, source: str, destination: str) -> Cursor | None:
        """The cursor, or None when nothing of the source has been acknowledged."""
        with self._file.reading() as database:
            row = database.execute(
                "SELECT offset, digest, published, rejected FROM cursors WHERE source = ? AND destination = ?",
                (source, destination),
            ).fetchone()
        return None if row is None else Cursor(Position(row[0], row[1]), row[2], row[3])

    def advance(self, source: str, destination: str, position: Position, *, published: int, rejected: int) -> None:
        """Move a cursor forward and add to its counts; ValueError when it would not grow."""
        with self._file.writing() as database:
            values = (source, destination, position.offset, position.digest, published, rejected)
            if database.execute(_ADVANCE, values).rowcount != 1:
                raise ValueError(f"the cursor of {source} would go back to {position.offset}")

    def forget(self, source: str, destination: str) -> None:
        """Drop a cursor, so that the source is read from its start."""
        with self._file.writing() as database:
            database.execute("DELETE FROM cursors WHERE source = ? AND destination = ?", (source, destination))

    def commit(self) -> None:
        """Make all advances of cursors durable."""
        self._file.commit()

    def close(self) -> None:
        """Commit and let go of the folder."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

"""Durable cursors: how far each source has been acknowledged, for each place that it is published to."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.errors import StateError, StateLockedError
from ingest.sources.base import Position

FILE_NAME = "cursors.sqlite3"
_LAYOUT_VERSION = 1
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


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a source stands, and what became of the items before."""

    position: Position
    published: int
    rejected: int


class Cursors:
    """The cursors of one state folder, which one process at a time can hold.

    A cursor belongs to a source and a destination (a topic's own id), so that the same file goes out again to another
    cluster or to a topic that was made anew. It only grows. ``advance`` becomes durable with the next ``commit``;
    what a crash cuts off before is published once more, under the same keys.
    """

    def __init__(self, state_dir: Path) -> None:
        """Creates the folder; raises StateLockedError when another process holds it, StateError when it is unusable."""
        self._path = state_dir / FILE_NAME
        with self._naming_the_fault():
            state_dir.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self._path, timeout=0, isolation_level=None)
            try:
                self._take()
            except BaseException:
                self._database.close()
                raise

    def _take(self) -> None:
        execute = self._database.execute
        execute("PRAGMA locking_mode = EXCLUSIVE")
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        execute("BEGIN IMMEDIATE")
        (version,) = execute("PRAGMA user_version").fetchone()
        if version not in (0, _LAYOUT_VERSION):
            raise StateError(f"{self._path}: written by a newer tgwire (layout {version}). Use that one.")
        execute(_LAYOUT)
        execute(f"PRAGMA user_version = {_LAYOUT_VERSION}")
        execute("COMMIT")

    def get(self, source: str, destination: str) -> Cursor | None:
        """The cursor, or None when nothing of the source has been acknowledged."""
        with self._naming_the_fault():
            row = self._database.execute(
                "SELECT offset, digest, published, rejected FROM cursors WHERE source = ? AND destination = ?",
                (source, destination),
            ).fetchone()
        return None if row is None else Cursor(Position(row[0], row[1]), row[2], row[3])

    def advance(self, source: str, destination: str, position: Position, *, published: int, rejected: int) -> None:
        """Move a cursor forward and add to its counts; ValueError when it would not grow."""
        with self._naming_the_fault():
            if not self._database.in_transaction:
                self._database.execute("BEGIN IMMEDIATE")
            values = (source, destination, position.offset, position.digest, published, rejected)
            if self._database.execute(_ADVANCE, values).rowcount != 1:
                raise ValueError(f"the cursor of {source} would go back to {position.offset}")

    def forget(self, source: str, destination: str) -> None:
        """Drop a cursor, so that the source is read from its start."""
        with self._naming_the_fault():
            self._database.execute("DELETE FROM cursors WHERE source = ? AND destination = ?", (source, destination))

    def commit(self) -> None:
        """Make all advances durable."""
        with self._naming_the_fault():
            if self._database.in_transaction:
                self._database.execute("COMMIT")

    def close(self) -> None:
        """Commit and let go of the folder."""
        try:
            self.commit()
        finally:
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _naming_the_fault(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StateError(
                f"{self._path.parent}: cannot be used as state folder ({error.strerror}). "
                "Make it writable, or set ingest.state_dir to another."
            ) from error
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StateLockedError(
                    f"{self._path}: in use by another process. "
                    "Wait for it to end, or set ingest.state_dir to a folder of its own."
                ) from error
            raise StateError(
                f"{self._path}: {error}. Make the folder writable and free some space, or set ingest.state_dir."
            ) from error
        except sqlite3.DatabaseError as error:
            raise StateError(
                f"{self._path}: damaged ({error}). Delete it: everything is then published once more, "
                "which is harmless, since keys are deterministic."
            ) from error

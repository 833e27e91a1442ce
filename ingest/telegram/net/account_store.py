"""What is kept of an account beside its session: one SQLite file, readable by its owner alone."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runtime.errors import StateError
from runtime.private_files import make_private_file, make_private_folder

_LAYOUT_VERSION = 1
_LAYOUT = """
CREATE TABLE IF NOT EXISTS flood_waits (
    method TEXT PRIMARY KEY, hit_at REAL NOT NULL, wait_s REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS peers (channel_id INTEGER PRIMARY KEY, access_hash INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS usernames (
    username TEXT PRIMARY KEY, channel_id INTEGER NOT NULL, is_current INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names (
    channel_id INTEGER NOT NULL,
    since REAL NOT NULL,
    username TEXT,
    title TEXT,
    PRIMARY KEY (channel_id, since)
) STRICT, WITHOUT ROWID;
"""


class AccountStore:
    """The file. Its writes are small and wait for no disk: losing the last ones to a power cut costs a few requests."""

    def __init__(self, path: Path) -> None:
        """Creates the file and its folder; raises StateError."""
        self._path = path
        try:
            make_private_folder(path.parent)
            make_private_file(path)
            self._database = sqlite3.connect(path, timeout=5.0, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        try:
            self._prepare()
        except BaseException:
            self._database.close()
            raise

    def _prepare(self) -> None:
        self.execute("PRAGMA journal_mode = WAL")
        self.execute("PRAGMA synchronous = NORMAL")
        ((version,),) = self.execute("PRAGMA user_version")
        if version not in (0, _LAYOUT_VERSION):
            raise StateError(f"{self._path}: written by a newer tgwire (layout {version}). Use that one.")
        for statement in _LAYOUT.split(";"):
            self.execute(statement)
        self.execute(f"PRAGMA user_version = {_LAYOUT_VERSION}")

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement; raises StateError."""
        try:
            return self._database.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _unusable(self, error: Exception) -> StateError:
        reason = error.strerror if isinstance(error, OSError) else error
        return StateError(
            f"{self._path}: cannot be used ({reason}). Make the folder writable and free some space, "
            "or set ingest.state_dir to another; a damaged file can be deleted: channels are then looked up once more."
        )

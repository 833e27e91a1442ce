"""What a disk that fails behind a commit does to it: nothing."""

import sqlite3
from pathlib import Path

import pytest

from sinks.store.database import closing
from sinks.store.sqlite import checkpoints
from sinks.store.sqlite.database import SqliteDatabase


def test_a_commit_holds_when_its_log_cannot_be_moved_and_the_next_one_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "_MOST_BYTES", 0)  # each commit moves the log
    tried: list[str] = []

    def refuse(action: int, name: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_PRAGMA and name == "wal_checkpoint":
            tried.append(name)
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    with closing(SqliteDatabase(tmp_path / "store.db")) as database:
        database._connection.set_authorizer(refuse)  # type: ignore[attr-defined]
        for name in ("first", "second"):
            with database.writing() as writer:
                writer.execute("INSERT INTO meta(name, value) VALUES (?, ?)", (name, "kept"))
        with database.reading() as reader:
            assert reader.rows("SELECT name FROM meta WHERE value = 'kept'") == [("first",), ("second",)]
    assert len(tried) == 2

"""A file of state whose disk is full."""

import sqlite3
from pathlib import Path

import pytest

from runtime.errors import StateError
from runtime.sqlite_file import StateFile

LAYOUT = ("CREATE TABLE IF NOT EXISTS notes (number INTEGER PRIMARY KEY, text BLOB)",)


def opened(folder: Path) -> StateFile:
    return StateFile(folder / "notes.sqlite3", LAYOUT, 1, when_damaged="")


def write(file: StateFile, number: int, size: int = 1) -> None:
    with file.writing() as database:
        database.execute("INSERT INTO notes VALUES (?, zeroblob(?))", (number, size))


def fill(file: StateFile) -> None:
    """Let the file take no more pages than it has, and a few."""
    with file.reading() as database:
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages + 2}")


def numbers(folder: Path) -> list[int]:
    with sqlite3.connect(folder / "notes.sqlite3") as database:
        return [number for (number,) in database.execute("SELECT number FROM notes")]


def test_what_a_full_disk_took_back_is_not_reported_as_committed(tmp_path: Path) -> None:
    """One thread writes what another one commits: SQLite takes both back when one of them does not fit."""
    file = opened(tmp_path)
    write(file, 1)
    file.commit()
    fill(file)
    write(file, 2)
    with pytest.raises(StateError, match="full"):
        write(file, 3, size=100_000)
    for use in (file.commit, lambda: write(file, 4), file.close):
        with pytest.raises(StateError, match="full"):
            use()
    assert numbers(tmp_path) == [1]
    with_room = opened(tmp_path)
    write(with_room, 2)
    with_room.close()
    assert numbers(tmp_path) == [1, 2]


def test_a_write_that_is_refused_for_itself_takes_nothing_back(tmp_path: Path) -> None:
    file = opened(tmp_path)
    write(file, 1)
    with pytest.raises(StateError, match="UNIQUE"):
        write(file, 1)
    file.close()
    assert numbers(tmp_path) == [1]

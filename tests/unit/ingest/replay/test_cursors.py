"""Cursors: durable, growing, of one process, and clear when their folder is no good."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ingest.replay.cursors import FILE_NAME, Cursor, Cursors
from ingest.sources import Position
from runtime.errors import StateError


def _advance(cursors: Cursors, offset: int, source: str = "a", destination: str = "t") -> None:
    cursors.advance(source, destination, Position(offset, f"digest {offset}"), published=2, rejected=1)


def test_a_cursor_outlives_its_process(tmp_path: Path) -> None:
    with Cursors(tmp_path / "new" / "folder") as cursors:
        assert cursors.get("a", "t") is None
        _advance(cursors, 5)
        _advance(cursors, 9)
    with Cursors(tmp_path / "new" / "folder") as cursors:
        assert cursors.get("a", "t") == Cursor(Position(9, "digest 9"), published=4, rejected=2)


def test_nobody_but_its_owner_can_look_into_the_state(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch(0o644)
    with Cursors(tmp_path) as cursors:
        _advance(cursors, 5)
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_cursor_belongs_to_a_source_and_a_destination(tmp_path: Path) -> None:
    with Cursors(tmp_path) as cursors:
        _advance(cursors, 5)
        assert cursors.get("a", "other topic") is None
        assert cursors.get("b", "t") is None


@pytest.mark.parametrize("offset", [4, 5])
def test_a_cursor_never_goes_back(offset: int, tmp_path: Path) -> None:
    with Cursors(tmp_path) as cursors:
        _advance(cursors, 5)
        with pytest.raises(ValueError, match="go back"):
            _advance(cursors, offset)
        assert cursors.get("a", "t") == Cursor(Position(5, "digest 5"), published=2, rejected=1)


def test_a_forgotten_cursor_can_begin_again(tmp_path: Path) -> None:
    with Cursors(tmp_path) as cursors:
        _advance(cursors, 5)
        _advance(cursors, 5, destination="other")
        cursors.forget("a", "t")
        assert cursors.get("a", "t") is None
        assert cursors.get("a", "other") is not None
        _advance(cursors, 1)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match=r"Not a directory.*ingest\.state_dir"):
        Cursors(tmp_path / "file" / "state")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()  # as root, under which tests run in containers, no mode keeps a folder closed
    with pytest.raises(StateError, match="Make the folder writable"):
        Cursors(tmp_path)


def test_a_database_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Cursors(tmp_path).close()
    connect = sqlite3.connect

    def read_only(path: Path, **options: Any) -> Any:
        return connect(f"file:{path}?mode=ro", **(options | {"uri": True}))

    monkeypatch.setattr(sqlite3, "connect", read_only)
    with pytest.raises(StateError, match="Make the folder writable"):
        Cursors(tmp_path)


def test_a_damaged_database(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database " * 1000)
    with pytest.raises(StateError, match=r"damaged.*Delete it"):
        Cursors(tmp_path)


def test_a_database_of_a_newer_tgwire_is_left_alone(tmp_path: Path) -> None:
    Cursors(tmp_path).close()
    database = sqlite3.connect(tmp_path / FILE_NAME)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StateError, match="newer tgwire"):
        Cursors(tmp_path)
    (tmp_path / FILE_NAME).unlink()
    Cursors(tmp_path).close()


DAMAGES = {
    "a column is missing": "ALTER TABLE cursors RENAME COLUMN offset TO place",
    "text that is no UTF-8": "UPDATE cursors SET digest = CAST(x'ff' AS TEXT)",
    "a layout that never was": "PRAGMA user_version = -1",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_database_that_holds_what_nobody_wrote_is_damaged_and_not_read_only(tmp_path: Path, damage: str) -> None:
    with Cursors(tmp_path) as cursors:
        _advance(cursors, 5)
    database = sqlite3.connect(tmp_path / FILE_NAME)
    database.execute(damage)
    database.commit()
    database.close()

    def read() -> None:
        with Cursors(tmp_path) as cursors:
            cursors.get("a", "t")

    with pytest.raises(StateError, match=r"cursors\.sqlite3: damaged.*Delete it"):
        read()

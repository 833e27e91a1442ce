"""One process at a time, by a lock on a file; who is refused reads which process has it."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.ledger.ledger import Ledger
from ingest.media.folder import MediaFolder
from ingest.replay.cursors import Cursors
from ingest.telegram.net.session import SessionLock
from processors.stream.process.data_dir import lock_data_dir
from runtime.errors import TgwireError
from runtime.file_lock import FileLock, LockHeldError
from sinks.place_lock import PlaceLock
from sinks.store.sqlite.database import SqliteDatabase


def test_the_holder_is_named_until_it_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("123456789 left by a process that was killed")
    first = FileLock(path)
    with pytest.raises(LockHeldError) as refused:
        FileLock(path)
    assert (refused.value.holder, refused.value.pid) == (os.getpid(), f" (pid {os.getpid()})")
    first.close()
    first.close()
    FileLock(path).close()
    assert path.read_text() == ""


def test_a_folder_is_locked_without_a_name(tmp_path: Path) -> None:
    lock = FileLock(tmp_path)
    with pytest.raises(LockHeldError) as refused:
        FileLock(tmp_path)
    assert refused.value.holder is None
    lock.close()
    FileLock(tmp_path).close()


def test_a_file_that_names_nobody(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = FileLock(path)
    path.write_text("?")
    with pytest.raises(LockHeldError) as refused:
        FileLock(path)
    assert (refused.value.holder, refused.value.pid) == (None, "")
    first.close()


def store(folder: Path) -> object:
    database = SqliteDatabase(folder / "tgwire.db")
    try:
        database.own("sink")
    except TgwireError:
        database.close()
        raise
    return database


def let_go(owner: object) -> None:
    if isinstance(owner, SessionLock):
        owner.release()
    else:
        owner.close()  # type: ignore[attr-defined]


OWNERS: dict[str, Callable[[Path], object]] = {
    "ledger": lambda folder: Ledger(folder, "topic:1"),
    "cursors": Cursors,
    "session": lambda folder: SessionLock(folder / "main.session"),
    "media": lambda folder: MediaFolder(folder, 100),
    "worker": lock_data_dir,
    "store": store,
    "files of a sink": PlaceLock,
}


@pytest.mark.parametrize("name", OWNERS)
def test_every_owner_of_files_names_the_process_that_has_them(name: str, tmp_path: Path) -> None:
    first = OWNERS[name](tmp_path)
    with pytest.raises(TgwireError, match=re.escape(f"(pid {os.getpid()})")):
        OWNERS[name](tmp_path)
    let_go(first)
    let_go(OWNERS[name](tmp_path))

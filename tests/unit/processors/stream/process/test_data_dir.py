"""A data folder belongs to one worker."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from processors.errors import DataDirError
from processors.stream.process.data_dir import lock_data_dir


def test_folder_is_made_and_kept_from_others(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    first = lock_data_dir(folder)
    with pytest.raises(DataDirError, match=rf"data is in use by another worker \(pid {os.getpid()}\)"):
        lock_data_dir(folder)
    first.close()
    lock_data_dir(folder).close()


def test_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataDirError, match=r"worker\.data_dir .*file cannot be used"):
        lock_data_dir(tmp_path / "file")


def test_file_system_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(DataDirError, match=r"worker\.data_dir .* cannot be used: No locks available"):
        lock_data_dir(tmp_path)

"""A data folder belongs to one worker."""

from pathlib import Path

import pytest

from processors.errors import DataDirError
from processors.stream.data_dir import held


def test_folder_is_made_and_kept_from_others(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with (
        held(folder),
        pytest.raises(DataDirError, match=r"worker\.data_dir .*data is in use by another worker \(pid \d+\)"),
        held(folder),
    ):
        pytest.fail("two hold it")
    with held(folder):
        assert folder.is_dir()


def test_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataDirError, match=r"worker\.data_dir .*file cannot be used"), held(tmp_path / "file"):
        pytest.fail("it is a file")

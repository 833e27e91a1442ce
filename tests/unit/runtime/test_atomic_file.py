"""A whole file in place of another."""

from pathlib import Path

import pytest

from runtime.atomic_file import replace_file


def test_a_file_is_made_and_replaced_with_its_rights_kept(tmp_path: Path) -> None:
    path = tmp_path / "exits.json"
    replace_file(path, b"one")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"one", 0o644)
    path.chmod(0o600)
    replace_file(path, b"two")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o600)
    assert [each.name for each in tmp_path.iterdir()] == ["exits.json"]


def test_a_full_disk_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "exits.json"
    path.write_bytes(b"one")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"two")
    assert path.read_bytes() == b"one"
    assert [each.name for each in tmp_path.iterdir()] == ["exits.json"]


def test_a_new_file_has_the_rights_that_were_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, b"one", 0o600)
    assert path.stat().st_mode & 0o777 == 0o600

"""Run files: how commands find the processes that run, and recognise what those that were killed left."""

import json
import os
import stat
from pathlib import Path

import pytest

from runtime.run_files import FOLDER, run_file, running


def files(state: Path) -> list[str]:
    return sorted(path.name for path in (state / FOLDER).glob("*.json"))


def test_a_process_is_found_while_it_runs(tmp_path: Path) -> None:
    with run_file(tmp_path, "collect", "http://127.0.0.1:1", "secret"):
        (found,) = running(tmp_path)
        assert (found.command, found.pid, found.endpoint) == ("collect", os.getpid(), "http://127.0.0.1:1")
        written = json.loads((tmp_path / FOLDER / "collect.json").read_text())
        assert written["pid"] == os.getpid()
        assert {"started_at", "endpoint", "process_start"} <= written.keys()
        assert "secret" not in repr(found)
        assert stat.S_IMODE((tmp_path / FOLDER / "collect.json").stat().st_mode) == 0o600
    assert files(tmp_path) == []
    assert running(tmp_path) == []


def test_the_file_is_removed_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a fault"), run_file(tmp_path, "worker", None):
        raise ValueError("a fault")
    assert files(tmp_path) == []


def test_a_second_one_of_a_kind_takes_the_next_name(tmp_path: Path) -> None:
    with run_file(tmp_path, "worker", None), run_file(tmp_path, "worker", None), run_file(tmp_path, "replay", None):
        assert files(tmp_path) == ["replay.json", "worker-2.json", "worker.json"]
        assert [each.command for each in running(tmp_path)] == ["worker", "worker", "replay"]


@pytest.mark.parametrize("change", [{"pid": 2**22 + 1}, {"process_start": "another boot/1"}, {"host": "elsewhere"}])
def test_what_a_killed_process_left_is_recognised_and_replaced(tmp_path: Path, change: dict[str, object]) -> None:
    left = tmp_path / FOLDER / "collect.json"
    with run_file(tmp_path, "collect", None):
        content = json.loads(left.read_text())
    left.write_text(json.dumps(content | change))
    assert running(tmp_path) == []
    with run_file(tmp_path, "collect", "http://127.0.0.1:2"):
        assert files(tmp_path) == ["collect.json"]
        assert [each.endpoint for each in running(tmp_path)] == ["http://127.0.0.1:2"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "\xff"])
def test_something_else_in_the_folder_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "collect.json").write_bytes(text.encode("latin-1"))
    assert running(tmp_path) == []
    with run_file(tmp_path, "collect", None):
        assert len(running(tmp_path)) == 1


def test_a_folder_that_cannot_be_written_does_not_stop_the_work(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("in the way")
    worked = False
    with run_file(tmp_path, "worker", None):
        worked = True
    assert worked


def test_the_file_of_another_machine_that_shares_the_folder_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / FOLDER / "collect.json"
    with run_file(tmp_path, "collect", None):
        other = json.loads(path.read_text()) | {"host": "elsewhere"}
        path.write_text(json.dumps(other))
    assert json.loads(path.read_text()) == other

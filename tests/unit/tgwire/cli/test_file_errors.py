"""What is wrong with files and lines, as file and reason in plain words."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.command_line import tgwire
from tgwire.cli.app import app


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "posts.jsonl").write_text('{"id": 1, "text": "Rain over the harbour."}\n')
    return tmp_path


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (("channels", "import", "none.txt"), "tgwire: none.txt: no such file or folder"),
        (("channels", "import", "empty"), "tgwire: empty: is a folder, not a file"),
        (("clusters", "empty"), "tgwire: empty: the folder holds no posts.normalized.jsonl"),
        (("replay", "posts.jsonl", "--direct", "posts.jsonl"), "tgwire: posts.jsonl: exists already"),
        (("replay", "posts.jsonl", "--direct", "posts.jsonl/out"), "posts.jsonl/out: not a folder, or below a file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(command: tuple[str, ...], line: str) -> None:
    done = tgwire(*command)
    assert done.returncode == 4
    assert line in done.stderr
    assert "Errno" not in done.stderr


@pytest.mark.parametrize("command", [("parse", "--raw"), ("replay", "--dry-run"), ("inspect",)])
@pytest.mark.parametrize(
    ("paths", "code", "named"),
    [
        (("nowhere",), 4, ("nowhere",)),
        (("posts.jsonl", "nowhere"), 4, ("nowhere",)),
        (("empty",), 1, ("empty",)),
        (("zero.json", "empty"), 1, ("zero.json: empty", "empty: holds no archive")),
        (("zero.json", "posts.jsonl", "empty"), 1, ("zero.json: empty", "empty: holds no archive")),
        (("posts.jsonl",), 0, ()),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_is_read(
    folder: Path, command: tuple[str, ...], paths: tuple[str, ...], code: int, named: tuple[str, ...]
) -> None:
    (folder / "zero.json").touch()
    done = tgwire(*command, *paths)
    assert done.returncode == code
    assert all(f"tgwire: {name}" in done.stderr for name in named)
    is_read = "posts.jsonl" in paths and code != 4
    assert ("the harbour" in done.stdout or "1 read" in done.stderr or "posts       1" in done.stdout) is is_read


def test_reasons_of_rejected_lines_are_in_our_words_alone(folder: Path) -> None:
    (folder / "odd.jsonl").write_text(json.dumps({"id": 1, "text": "Rain over", "date": "2300-01-01T00:00:00Z"}) + "\n")
    done = CliRunner().invoke(app, ["parse", "odd.jsonl", "--json"])
    assert done.exit_code == 1
    rejected = json.loads(done.stdout)
    assert (rejected["type"], rejected["line"]) == ("rejected", 1)
    assert rejected["message"] == "outside the years 1970 to 2105"
    assert "Value error" not in done.stderr

"""``tgwire channels`` as its user types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tgwire.cli.app import app

RUN = CliRunner()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names() -> list[str]:
    return [entry["name"] for entry in json.loads(RUN.invoke(app, ["channels", "list", "--json"]).stdout)]


def test_add_list_and_add_again() -> None:
    added = RUN.invoke(app, ["channels", "add", "@wirenews", "https://t.me/portwatch", "--tier", "high"])
    assert (added.exit_code, "added 2" in added.stderr) == (0, True)
    again = RUN.invoke(app, ["channels", "add", "@WireNews"])
    assert (again.exit_code, "added 0, already there 1" in again.stderr) == (0, True)
    assert names() == ["@wirenews", "@portwatch"]
    assert "@portwatch" in RUN.invoke(app, ["channels", "list"]).stdout


def test_a_bad_line_of_an_import_is_reported_and_the_others_are_added(folder: Path) -> None:
    (folder / "list.txt").write_text("\ufeff# channels\n@alpha\n\nnot a channel\n-1001234567890 # by id\n")
    done = RUN.invoke(app, ["channels", "import", "list.txt", "--backfill"])
    assert done.exit_code == 1
    assert "list.txt:4: 'not a channel'" in done.stderr
    assert names() == ["@alpha", "1234567890"]


def test_an_import_from_a_pipe() -> None:
    assert RUN.invoke(app, ["channels", "import", "-"], input="@alpha\n@beta\n").exit_code == 0
    assert names() == ["@alpha", "@beta"]

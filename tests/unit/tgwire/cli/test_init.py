"""``tgwire init``: a file of settings to begin with, which overwrites nothing."""

import stat
import tomllib
from pathlib import Path

import pytest
from platformdirs import user_config_path
from typer.testing import CliRunner, Result

from runtime.settings.example_file import settings_template
from runtime.settings.loading import load_settings
from runtime.settings.tree import Settings
from tgwire.cli.app import app


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_it_writes_a_file_that_changes_nothing_yet(folder: Path) -> None:
    before = load_settings()
    done = run("init")
    assert done.exit_code == 0
    path = folder / "tgwire.toml"
    assert str(path) in done.stderr.replace("\n", "")
    assert load_settings() == before
    assert set(tomllib.loads(path.read_text())) == set(Settings.model_fields)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_setting_is_there_explained_and_holds_once_its_sign_is_taken_away(folder: Path) -> None:
    run("init")
    text = (folder / "tgwire.toml").read_text()
    assert "#bootstrap_servers = " in text
    assert "# Transport security." in text
    (folder / "tgwire.toml").write_text(text.replace("#batch_size = 1000", "batch_size = 5"))
    assert load_settings().worker.batch_size == 5


def test_what_is_commented_out_parses_when_it_is_not() -> None:
    lines = (line.removeprefix("#") if line[:1] == "#" and line[1:2] != " " else line for line in _template_lines())
    assert tomllib.loads("\n".join(lines))["worker"]["batch_size"] == 1000


def _template_lines() -> list[str]:
    return settings_template().splitlines()


def test_a_file_that_is_there_is_left_alone(folder: Path) -> None:
    (folder / "tgwire.toml").write_text("# mine\n")
    done = run("init")
    assert done.exit_code == 1
    assert "exists already" in done.stderr
    assert (folder / "tgwire.toml").read_text() == "# mine\n"
    assert run("init", "other.toml").exit_code == 0
    assert (folder / "other.toml").exists()


def test_the_users_file_is_written_and_used_everywhere(folder: Path) -> None:
    assert run("init", "--user").exit_code == 0
    assert (user_config_path("tgwire") / "tgwire.toml").exists()
    assert run("init", "--user").exit_code == 1
    done = run("init")
    assert "is used instead of" in " ".join(done.stderr.split())

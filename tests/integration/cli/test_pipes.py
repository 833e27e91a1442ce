"""Named pipes among the files of a command: refused by name, never waited for."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.command_line import tgwire
from tgwire.cli.app import app


@pytest.fixture(autouse=True)
def pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    return tmp_path / "pipe"


@pytest.mark.parametrize(
    "command",
    [("clusters", "pipe"), ("language-prior", "pipe"), ("-c", "pipe", "check"), ("-c", "pipe", "parse", "-t", "x")],
    ids=" ".join,
)
def test_a_pipe_in_place_of_a_file_is_refused(command: tuple[str, ...]) -> None:
    done = tgwire(*command)
    assert done.returncode != 0
    assert "not a regular file" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("tgwire.toml", ("check",)),
        ("tgwire.toml", ("channels", "list")),
        ("channels.toml", ("channels", "list")),
        ("channels.toml", ("channels", "add", "@wirenews")),
        ("channels.toml", ("channels", "remove", "@wirenews")),
        ("channels.toml", ("channels", "set", "@wirenews", "--tier", "low")),
        ("channels.toml", ("check",)),
    ],
)
def test_a_pipe_under_the_name_of_a_file_is_refused(pipe: Path, name: str, command: tuple[str, ...]) -> None:
    pipe.rename(name)
    done = tgwire(*command)
    assert done.returncode != 0
    assert f"{name}: cannot be read: not a regular file" in " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize("setting", ["quotes.outlets", "language.prior"])
def test_a_pipe_in_a_setting_is_refused(setting: str) -> None:
    table, key = setting.split(".")
    Path("tgwire.toml").write_text(f'[{table}]\n{key} = "pipe"\n')
    done = tgwire("parse", "--text", "Rain over the harbour.")
    assert done.returncode != 0
    assert setting in done.stderr
    assert "not a regular file" in done.stderr


def test_channels_are_imported_from_a_pipe(tmp_path: Path) -> None:
    mine, its = os.pipe()
    os.write(its, b"@wirenews\n")
    os.close(its)
    done = CliRunner().invoke(app, ["channels", "import", f"/dev/fd/{mine}"])
    os.close(mine)
    assert (done.exit_code, "added 1" in done.stderr) == (0, True)

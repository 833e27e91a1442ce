"""The options that all commands share, before the command and after it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from tgwire.cli.app import app
from tgwire.cli.options.shared_options import SHARED

POST = "The ministers met in the harbour.\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.toml").write_text('[collect]\nchannels = "own-channels.toml"\n')
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--config", "own.toml", "channels", "add", "@alpha"),
        ("channels", "--config", "own.toml", "add", "@alpha"),
        ("channels", "add", "--config", "own.toml", "@alpha"),
        ("channels", "add", "@alpha", "-c", "own.toml"),
    ],
)
def test_the_configuration_may_be_named_anywhere(folder: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 0
    assert (folder / "own-channels.toml").exists()
    assert not (folder / "channels.toml").exists()


def test_what_looks_like_an_option_and_is_a_value_is_left_to_its_command() -> None:
    done = run("parse", "--json", "--text=--quiet")
    assert json.loads(done.stdout)["text"] == "--quiet"


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    for each, command in group.commands.items():
        yield f"{name}{each}", command
        yield from commands(command, f"{name}{each} ") if hasattr(command, "commands") else ()


@pytest.mark.parametrize(("name", "command"), list(commands(typer.main.get_command(app))))
def test_every_command_takes_all_of_them(name: str, command: Any) -> None:
    names = [parameter.name for parameter in command.params]
    assert set(SHARED) <= set(names)
    flags = [flag for parameter in command.params for flag in parameter.opts]
    assert len(flags) == len(set(flags)), name


def test_quiet_leaves_what_is_wrong(folder: Path) -> None:
    assert "added 1" in run("channels", "add", "@alpha").stderr
    assert run("channels", "add", "@beta", "--quiet").stderr == ""
    done = run("channels", "add", "@gamma", "no name", "-q")
    assert done.exit_code == 1
    assert "added" not in done.stderr
    assert "argument 2: 'no name'" in done.stderr
    assert "added 0" in run("channels", "add", "@gamma").stderr  # a later command is not quiet for it


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_stdin_and_a_dash_are_the_text_of_one_post(arguments: tuple[str, ...]) -> None:
    done = run("parse", "--json", *arguments, stdin=POST)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["text"] == POST.strip()


@pytest.mark.parametrize("arguments", [("--jsonl",), ("--jsonl", "-")])
def test_json_lines_are_read_from_stdin_with_and_without_a_dash(arguments: tuple[str, ...]) -> None:
    done = run("parse", *arguments, stdin='{"text": "one"}\n{"text": "two"}\n')
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["one", "two"]


def test_json_lines_are_recognised_on_stdin() -> None:
    assert json.loads(run("parse", "--json", "-", stdin='{"text": "one"}\n').stdout)["text"] == "one"


def test_json_read_as_a_text_is_remarked_upon() -> None:
    assert "--jsonl reads those" in run("parse", "--json", "-", stdin='{"a": 1}\n').stderr


def test_a_dash_among_files_keeps_its_place(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.jsonl").write_text(f'{{"text": "file {name}"}}\n')
    done = run("parse", "--json", "a.jsonl", "-", "b.jsonl", stdin=POST)
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["file a", POST.strip(), "file b"]

"""The options that all commands share, before the command and after it."""

import json
import os
import pty
import subprocess
import sys
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


EACH = """
import json, sys
from tgwire.cli.app import app
for arguments in json.loads(sys.argv[1]):
    assert not app(arguments, standalone_mode=False), "it ended with another exit code than 0"
    print("=" * 9, file=sys.stderr, flush=True)
"""


def at_a_terminal(*commands: tuple[str, ...]) -> list[str]:
    """What each command shows on stderr when that is a terminal; they share a process, which loads the models once."""
    terminal, stderr = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", EACH, json.dumps(commands)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "160"},
    ) as process:
        os.close(stderr)
        shown = b""
        while True:
            try:
                part = os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
        assert process.wait() == 0
    os.close(terminal)
    return shown.decode().split("=" * 9)[:-1]


def test_progress_shows_pace_and_time_left_and_can_be_left_out(folder: Path) -> None:
    (folder / "posts.jsonl").write_text("".join(f'{{"text": "{number} {POST.strip()}"}}\n' for number in range(50)))
    replay = ("replay", "posts.jsonl", "--direct", "out", "--overwrite")
    shown, without, quiet = at_a_terminal(replay, (*replay, "--no-progress"), (*replay, "--quiet"))
    assert "posts, " in shown
    assert "/s" in shown
    assert "left" in shown
    assert "/s" not in without
    assert "/s" not in quiet


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_stdin_and_a_dash_are_the_text_of_one_post(arguments: tuple[str, ...]) -> None:
    done = run("parse", "--json", *arguments, stdin=POST)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["text"] == POST.strip()


@pytest.mark.parametrize("arguments", [("--jsonl",), ("--jsonl", "-")])
def test_json_lines_are_read_from_stdin_with_and_without_a_dash(arguments: tuple[str, ...]) -> None:
    done = run("parse", *arguments, stdin='{"text": "one"}\n{"text": "two"}\n')
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["one", "two"]


def test_json_lines_read_as_a_text_are_remarked_upon() -> None:
    assert "--jsonl reads those" in run("parse", "--json", "-", stdin='{"text": "one"}\n').stderr


def test_a_dash_among_files_keeps_its_place(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.jsonl").write_text(f'{{"text": "file {name}"}}\n')
    done = run("parse", "--json", "a.jsonl", "-", "b.jsonl", stdin=POST)
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["file a", POST.strip(), "file b"]

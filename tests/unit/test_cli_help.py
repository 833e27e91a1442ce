"""What --help says is what was written: brackets are no markup."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from tgwire.cli.app import app


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, (*path, name))


ALL = dict(commands(get_command(app)))


def plain(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_shows_every_word(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "500"}, catch_exceptions=False).stdout
    command = ALL[path]
    helps = [parameter.help for parameter in command.params if getattr(parameter, "help", None)]
    assert helps or not command.params
    for text in (command.help or "", *helps):
        assert plain(text) in plain(shown)

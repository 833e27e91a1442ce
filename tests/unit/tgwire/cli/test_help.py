"""--help shows the text as it was written: brackets are no markup."""

import re
from collections.abc import Iterator
from itertools import pairwise
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


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_paragraphs_fill_a_terminal_of_80_columns(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "80"}, catch_exceptions=False).stdout
    prose = [line.strip() for line in shown.partition("╭")[0].splitlines()]
    for line, following in pairwise(prose):
        if line and following and not line.startswith(("Example", "tgwire ", "TGWIRE_", "KAFKA_")):
            assert len(f"{line} {following.split()[0]}") > 77, f"broken too early: {line!r}"


def test_each_example_has_a_line_of_its_own() -> None:
    shown = CliRunner().invoke(app, ["replay", "--help"], env={"COLUMNS": "80"}, catch_exceptions=False).stdout
    lines = [line.strip() for line in shown.splitlines()]
    assert lines[lines.index("Examples:") + 1 :][:3] == [
        "tgwire replay seeds/",
        "tgwire replay archive.jsonl --rate 500",
        "tgwire replay seeds/ --direct out/",
    ]

"""Where output goes: data to stdout, every message for people to stderr."""

import sys
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from runtime.printable import json_for_terminal, one_line, printable
from tgwire.cli.output.terminal import Terminal

WIDTH = 140
"""Columns of a table that goes to a file or a pipe."""

out = Terminal() if sys.stdout.isatty() else Terminal(width=WIDTH)
err = Terminal(stderr=True)
"""For remarks and progress: `--quiet` silences it."""
_complaints = Terminal(stderr=True)


@dataclass
class _Output:
    has_progress: bool = True


_output = _Output()


def set_output(*, is_quiet: bool, has_progress: bool) -> None:
    """Set what stderr shows besides what is wrong, for the whole process."""
    err.quiet = is_quiet
    _output.has_progress = has_progress and not is_quiet


def shows_progress() -> bool:
    """Whether there is a terminal that is to show progress."""
    return err.is_terminal and _output.has_progress


def remark(what: object) -> None:
    """Print a remark on stderr: to a file on one line, on a terminal broken between words."""
    err.print(one_line(str(what)), soft_wrap=not err.is_terminal)


def complain(what: object) -> None:
    """Print an error on one line of stderr."""
    _complaints.print(f"tgwire: {one_line(str(what))}", style="red", soft_wrap=True)


def point_at(line: str, caret: str) -> None:
    """Show a line on stderr, below what :func:`complain` has said, and a caret below the place that it is about."""
    _complaints.print(f"  {one_line(line)}\n  {caret}", soft_wrap=True)


def write_json(value: BaseModel | dict[str, Any] | list[Any]) -> None:
    """Write one value as one line of JSON to stdout: UTF-8, whatever the encoding of the terminal."""
    line = value.model_dump_json().encode() if isinstance(value, BaseModel) else _encoded(value)
    if out.is_terminal:
        line = json_for_terminal(line.decode()).encode()
    sys.stdout.buffer.write(line + b"\n")


def _encoded(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # a lone surrogate: the name of a file whose bytes are not UTF-8
        return orjson.dumps(_written_out(value))


def _written_out(value: object) -> object:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(str(key)): _written_out(inner) for key, inner in value.items()}
    return [_written_out(inner) for inner in value] if isinstance(value, list | tuple) else value


class _Words(TextColumn):
    """A column of words, which may be foreign."""

    def render(self, task: Task) -> Text:
        return err.text(one_line(self.text_format.format(task=task)))


def progress(*, is_hidden: bool = False, is_in_bytes: bool = False) -> Progress:
    """Build a progress bar on stderr, with a field ``note``; it stays silent where stderr is no terminal.

    A command that writes to stdout meanwhile hides it where stdout is a terminal: they would share the screen's lines.
    One of bytes shows how many, not percent and the time passed: it has to fit in 80 columns.
    """
    return Progress(
        SpinnerColumn(err.spinner),
        _Words("{task.description}"),
        BarColumn(10 if is_in_bytes else 40),
        DownloadColumn(table_column=Column(no_wrap=True)) if is_in_bytes else TaskProgressColumn(),
        _Words("{task.fields[note]}"),
        *([] if is_in_bytes else [TimeElapsedColumn()]),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=is_hidden or not shows_progress(),
    )

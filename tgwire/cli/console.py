"""Where output goes: data to stdout, everything said to people to stderr."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

WIDTH = 140
"""Columns of a table that goes to a file or a pipe."""

out = Console() if sys.stdout.isatty() else Console(width=WIDTH)
err = Console(stderr=True)
"""For remarks and progress: `--quiet` silences it."""
_complaints = Console(stderr=True)


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
    """Say something worth knowing, on stderr."""
    err.print(what, markup=False, highlight=False, soft_wrap=True)


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def printable(text: str) -> str:
    """Foreign text with its control characters written out, so that none reaches the terminal."""
    return text.translate(_CONTROLS)


def complain(what: object) -> None:
    """Say what is wrong, on stderr."""
    _complaints.print(f"tgwire: {what}", style="red", markup=False, highlight=False, soft_wrap=True)


def write_json(value: BaseModel | dict[str, Any] | list[Any]) -> None:
    """Write one value as one line of JSON to stdout."""
    line = value.model_dump_json().encode() if isinstance(value, BaseModel) else orjson.dumps(value)
    sys.stdout.buffer.write(line + b"\n")


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]], *, to: Console = out) -> None:
    """Print a table; cells are shown as they are, without markup."""
    grid = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for number, column in enumerate(columns):
        grid.add_column(column, overflow="fold", no_wrap=number == 0)
    for row in rows:
        grid.add_row(*(Text("" if cell is None else printable(str(cell))) for cell in row))
    to.print(grid)


def progress() -> Progress:
    """Build a progress bar on stderr, with a field ``note``; it stays silent where stderr is no terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not shows_progress(),
    )

"""Columns of tables, shown and confirmed before they are read."""

import sys
from collections.abc import Iterable

import typer

from ingest.errors import UnknownColumnsError
from ingest.sources.base import Source
from ingest.sources.table.columns import Layout
from ingest.sources.table.source import TableSource
from tgwire.cli.exit_codes import Exit
from tgwire.cli.output.console import complain, err, remark


def confirm_layouts(sources: Iterable[Source]) -> None:
    """Ask, on a terminal, whether columns are guessed rightly; each layout once. Exit when they are not.

    Elsewhere nobody is asked: the guess is among the warnings.
    """
    if not (sys.stdin.isatty() and err.is_terminal):
        return
    confirmed: set[str] = set()
    for source in sources:
        layout = _layout(source)
        if layout is None or layout.as_map() in confirmed:
            continue
        remark(f"{source.name}: columns are guessed: {layout}")
        if not typer.confirm("Read them so?", default=True, err=True):
            complain(f"say which column is which: --map '{layout.as_map()}'")
            raise typer.Exit(Exit.USAGE)
        confirmed.add(layout.as_map())


def _layout(source: Source) -> Layout | None:
    if not isinstance(source, TableSource):
        return None
    try:
        return source.layout()
    except (OSError, UnknownColumnsError):
        return None  # reading it says what is wrong

"""Rows for people: a table where the width allows it, else a card for each row."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from runtime.printable import one_line, printable
from tgwire.cli.output.console import out
from tgwire.cli.output.terminal import Terminal

TEXT_CELLS = 160
"""Cells of a text that is shown as a column beside others: two or three lines."""
_GAP = 2
_INDENT = 2
_MAX_CELLS = 44
"""Cells of a value beside the text: as many as the longest key has."""


def shorten(text: str, cells: int = TEXT_CELLS) -> str:
    """A text on one printable line of at most so many cells; a wide character takes two."""
    line = printable(" ".join(text[: 8 * cells].split()))
    if cell_len(line) <= cells and len(text) <= 8 * cells:
        return line
    return _cut(line, cells - 1) + "…"


def _cut(line: str, cells: int) -> str:
    shown = Text(line[: 4 * cells])
    shown.truncate(cells, overflow="crop")
    return shown.plain.rstrip()


def table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Iterable[object]],
    *,
    text: str | None = None,
    most: int = 0,
    to: Terminal = out,
) -> None:
    """Print rows under a title, each cell as it is, without markup; None is an empty one.

    The column named ``text`` is given half of the width or more: where the others leave less, each row becomes a card.
    ``most`` rows are shown and the others counted; 0 shows all.
    """
    remaining = iter(rows)
    shown = [[_cell(to, cell) for cell in row] for row in (islice(remaining, most) if most else remaining)]
    to.print(to.text(one_line(title), "bold"))
    if fits(columns, shown, text, to.width):
        to.print(_grid(columns, shown, text, to.width))
    else:
        for row in shown:
            for line in _card(columns, row, text, to):
                to.print(line)
    left_out = sum(1 for _ in remaining)
    if left_out:
        to.print(to.text(f"and {left_out:,} more", "dim"))
    to.print()


def _cell(to: Terminal, value: object) -> str:
    return "" if value is None else to.shown(one_line(str(value)))


def fits(columns: Sequence[str], rows: Sequence[Sequence[str]], text: str | None, width: int) -> bool:
    """Whether rows can be shown as a table of so many cells."""
    widths = [max(map(cell_len, (name, *(row[at] for row in rows)))) for at, name in enumerate(columns)]
    beside = [cells for name, cells in zip(columns, widths, strict=True) if name != text]
    if any(cells > _MAX_CELLS for cells in beside):
        return False
    return sum(beside) + _GAP * len(columns) <= (width if text is None else width // 2)


def _grid(columns: Sequence[str], rows: Sequence[Sequence[str]], text: str | None, width: int) -> Table:
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for name in columns:
        is_text = name == text
        grid.add_column(name, overflow="fold", no_wrap=not is_text, min_width=width // 2 if is_text else None)
    for row in rows:
        grid.add_row(*map(Text, row))
    return grid


def _card(columns: Sequence[str], row: Sequence[str], text: str | None, to: Terminal) -> Iterator[Text]:
    """The values before the text, the text, and those behind it with their names; empty ones are left out."""
    at = columns.index(text) if text is not None else len(columns)
    values = [value for value in row[1:at] if value]
    head, *rest = Text.assemble((row[0], "bold"), *(f"  {value}" for value in values)).wrap(to, to.width - 2 * _INDENT)
    yield head
    yield from (Text.assemble(" " * 2 * _INDENT, line) for line in rest)
    if text is not None and row[at]:
        yield from to.indented(Text(row[at]), _INDENT, overflow="fold")
    behind = [f"{name}: {value}" for name, value in zip(columns[at + 1 :], row[at + 1 :], strict=True) if value]
    if behind:
        yield from to.indented(Text("   ".join(behind), style="dim"), _INDENT)

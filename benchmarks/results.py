"""Results: tables on the terminal, JSON, and a plot."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table as Drawn

FOLDER = Path(__file__).with_name("results")
PACKAGES = ("aiokafka", "faust-streaming", "confluent-kafka", "quixstreams", "pydantic", "uvloop")


@dataclass(frozen=True)
class Row:
    """One figure, and what else is worth knowing of it."""

    name: str
    value: float
    also: tuple[tuple[str, float], ...] = ()
    """Further figures, each with its name and unit."""


@dataclass(frozen=True)
class Table:
    """Figures of one kind."""

    key: str
    title: str
    unit: str
    rows: tuple[Row, ...]


def show(table: Table) -> None:
    """Print a table."""
    further = [name for name, _ in table.rows[0].also] if table.rows else []
    drawn = Drawn(title=table.title, title_justify="left")
    drawn.add_column("")
    for name in (table.unit, *further):
        drawn.add_column(name, justify="right")
    for row in table.rows:
        figures = (row.value, *(value for _, value in row.also))
        drawn.add_row(row.name, *(f"{value:,.2f}" if value < 10 else f"{value:,.0f}" for value in figures))
    Console().print(drawn)


def write(tables: Sequence[Table], folder: Path = FOLDER) -> Path:
    """Write ``latest.json`` and ``latest.png``; the folder."""
    folder.mkdir(exist_ok=True)
    document = {"machine": machine(), "tables": [asdict(table) for table in tables]}
    (folder / "latest.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    plot(tables, folder / "latest.png")
    return folder


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    versions = {package: version(package) for package in PACKAGES}
    return {"cores": str(os.cpu_count()), "python": platform.python_version(), **versions}


def plot(tables: Sequence[Table], path: Path) -> None:
    """One panel of bars for each table."""
    from matplotlib.figure import Figure

    columns = 2
    rows = -(-len(tables) // columns)
    figure = Figure(figsize=(12, 3.6 * rows), layout="constrained")
    for number, table in enumerate(tables, start=1):
        axes = figure.add_subplot(rows, columns, number)
        names, values = [row.name for row in table.rows], [row.value for row in table.rows]
        bars = axes.barh(names, values, color="#4477aa")
        axes.bar_label(bars, [f"{value:,.2f}" if value < 10 else f"{value:,.0f}" for value in values], padding=3)
        axes.set_title(f"{table.title} ({table.unit})", loc="left")
        axes.invert_yaxis()
        axes.margins(x=0.15)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)

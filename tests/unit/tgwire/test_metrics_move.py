"""Every metric is documented, and something in the product moves it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.project import ROOT

SOURCES = {
    path: path.read_text()
    for package in ("runtime", "ingest", "processors", "sinks", "web", "tgwire")
    for path in sorted((ROOT / package).rglob("*.py"))
}
KINDS = {"Counter", "Gauge", "Histogram", "Info", "Summary"}
MOVES = r"(?:inc|dec|set|observe|set_function|info)\("


class Metric(NamedTuple):
    name: str
    attribute: str
    """Name that it is assigned to."""
    module: Path


def _metrics() -> Iterator[Metric]:
    for path, source in SOURCES.items():
        if "from prometheus_client import" not in source or not any(f"{kind}(" in source for kind in KINDS):
            continue  # parsing all of the product takes seconds
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Assign) or not isinstance(call := node.value, ast.Call):
                continue
            kind = ast.unparse(call.func)
            if kind in KINDS and call.args and isinstance(call.args[0], ast.Constant):
                target = node.targets[0]
                attribute = target.attr if isinstance(target, ast.Attribute) else ast.unparse(target)
                suffix = {"Counter": "_total", "Info": "_info"}.get(kind, "")
                yield Metric(f"{call.args[0].value!s}{suffix}", attribute, path)


METRICS = list(_metrics())


def _is_moved(metric: Metric) -> bool:
    """Whether some statement moves it: at once, through its labels, through a name that holds its children, or by
    handing it on as an argument.
    """
    attribute = rf"\b{re.escape(metric.attribute)}"
    direct = re.compile(rf"{attribute}(?:\.labels\((?:[^()]|\([^()]*\))*\))?\s*\.{MOVES}")
    handed_on = re.compile(rf"[(,]\s*[\w.]*\.{re.escape(metric.attribute)}\s*[,)]")
    held = re.compile(rf"(\w+)\s*=\s*[^\n]*{attribute}\b[^\n]*")
    for path, source in SOURCES.items():
        if metric.attribute not in source or (metric.attribute.startswith("_") and path != metric.module):
            continue
        if direct.search(source) or handed_on.search(source):
            return True
        for holder in held.findall(source):
            if holder != metric.attribute and re.search(rf"\b{holder}\b[^\n]*\.{MOVES}", source):
                return True
    return False


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_something_moves_it(metric: Metric) -> None:
    assert _is_moved(metric), f"nothing moves {metric.name}: delete it, or count what it says"


def test_the_document_and_the_product_name_the_same_metrics() -> None:
    rows = [line for line in (ROOT / "docs" / "metrics.md").read_text().splitlines() if line.startswith("| `tgwire_")]
    documented = [name for row in rows for name in re.findall(r"`(tgwire_[a-z_]+)`", row.split("|")[1])]
    assert sorted(documented) == sorted({metric.name for metric in METRICS})

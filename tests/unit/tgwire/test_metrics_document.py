"""docs/metrics.md lists every metric of the code, with the labels and values that the code uses."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest
from prometheus_client import CollectorRegistry, Counter

from ingest.errors import DeliveryRefusedError, DeliveryTimeoutError, PostTooLargeError
from processors.errors import WorkerExit
from tests.support.project import ROOT
from tgwire.metrics_document import (
    LABEL_VALUES,
    SECTIONS,
    MetricRow,
    UndocumentedLabelsError,
    metric_rows,
    metrics_document,
)

PACKAGES = ("runtime", "ingest", "processors", "sinks", "web", "tgwire")
SUFFIXES = {"Counter": "_total", "Gauge": "", "Histogram": "", "Info": "_info"}
COUNTING = {"labels", "count_update", "count_source", "count_request", "_count"}
"""Methods that take values of labels."""
ROWS = [row for section in SECTIONS for row in metric_rows(section.register)]


@cache  # not while tests are collected, which each process of a run does
def _calls() -> list[ast.Call]:
    return [
        node
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if any(f"{name}(" in (source := path.read_text()) for name in (*SUFFIXES, *COUNTING))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
    ]


def _created_in_code() -> Iterator[str]:
    for call in _calls():
        suffix = SUFFIXES.get(ast.unparse(call.func))
        if suffix is not None and call.args and isinstance(call.args[0], ast.Constant):
            yield f"{call.args[0].value!s}{suffix}"


def test_every_metric_that_the_code_creates_is_listed_once() -> None:
    listed = re.findall(r"^\| `(tgwire_\w+)` \|", metrics_document(), re.MULTILINE)
    assert sorted(listed) == sorted(_created_in_code())


def test_labels_are_given_for_metrics_that_exist_and_for_no_others() -> None:
    assert set(LABEL_VALUES) <= {row.name for row in ROWS}


def test_label_values_are_those_of_the_code_and_not_written_again() -> None:
    (values,) = (
        node.value
        for node in ast.parse((ROOT / "tgwire/metrics_document.py").read_text()).body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "LABEL_VALUES"
    )
    assert isinstance(values, ast.Dict)
    written = [part for part in ast.walk(values) if isinstance(part, ast.Tuple | ast.List)]
    assert [ast.unparse(part) for part in written if any(isinstance(each, ast.Constant) for each in part.elts)] == []


def test_every_label_value_written_in_code_is_listed() -> None:
    written = {
        part.value
        for call in _calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr in COUNTING
        for argument in call.args
        for part in ast.walk(argument)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }
    listed = {value for labels in LABEL_VALUES.values() for values in labels.values() for value in values}
    assert {"missed", "rejected", "unchanged"} <= written <= listed


def test_kinds_of_errors_are_those_of_the_classes() -> None:
    reasons = {kind.reason for kind in WorkerExit.__subclasses__()}
    assert set(LABEL_VALUES["tgwire_worker_exits_total"]["reason"]) == reasons
    kinds = {kind.kind for kind in (PostTooLargeError, DeliveryTimeoutError, DeliveryRefusedError)}
    assert set(LABEL_VALUES["tgwire_publish_errors_total"]["kind"]) == {*kinds, "other"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_help_text_is_a_sentence(row: MetricRow) -> None:
    assert re.fullmatch(r"[A-Z1].* .*\.", row.help_text, re.DOTALL)


def test_a_row_shows_type_labels_values_and_meaning() -> None:
    row = (
        "| `tgwire_published_posts_total` | counter | `lane`: `live`, `backfill` | Posts that the broker acknowledged."
    )
    assert f"{row} |" in metrics_document().splitlines()


def test_a_metric_with_labels_that_nobody_listed_is_an_error() -> None:
    def register(registry: CollectorRegistry) -> None:
        Counter("tgwire_novelties", "New things.", ["kind"], registry=registry)

    with pytest.raises(UndocumentedLabelsError, match="tgwire_novelties_total"):
        list(metric_rows(register))


def test_a_metric_with_other_labels_than_listed_is_an_error() -> None:
    def register(registry: CollectorRegistry) -> None:
        Counter("tgwire_published_posts", "Posts.", ["lane", "channel"], registry=registry)

    with pytest.raises(UndocumentedLabelsError, match="tgwire_published_posts_total"):
        list(metric_rows(register))

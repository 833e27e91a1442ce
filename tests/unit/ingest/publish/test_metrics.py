"""Metrics of the collector: the documented ones, on a registry of one's own."""

import pytest
from prometheus_client import CollectorRegistry

from ingest.publish.metrics import IngestMetrics
from ingest.telegram.net.metrics import TelegramMetrics
from tests.support.project import ROOT

DOCUMENT = ROOT / "docs" / "metrics.md"


@pytest.mark.parametrize("kind", [IngestMetrics, TelegramMetrics])
def test_every_metric_is_documented_with_its_labels(kind: type[IngestMetrics] | type[TelegramMetrics]) -> None:
    metrics = kind(CollectorRegistry())
    rows = {line.split("`")[1]: line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `tgwire_")}
    for metric in vars(metrics).values():
        name = metric._name + ("_total" if metric._type == "counter" else "")
        assert f"| {metric._type} |" in rows[name]
        assert all(f"`{label}`" in rows[name] for label in metric._labelnames)


def test_two_instances_share_nothing() -> None:
    first, second = CollectorRegistry(), CollectorRegistry()
    IngestMetrics(first).publish_in_flight.inc()
    IngestMetrics(second)
    assert first.get_sample_value("tgwire_publish_in_flight") == 1
    assert second.get_sample_value("tgwire_publish_in_flight") == 0

"""Metrics of preview pages; listed with their labels in ``docs/metrics.md``."""

from typing import Literal

from prometheus_client import CollectorRegistry, Counter

PreviewOutcome = Literal["ok", "unchanged", "busy", "unavailable", "lost"]


class PreviewMetrics:
    """Metrics of requests for preview pages on one registry; labels are bounded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "tgwire_preview_requests",
            "Requests of preview pages that ended: ok, unchanged since the last one, busy (the server asks for a "
            "pause), unavailable (the channel has no preview), or lost (no usable answer).",
            ["outcome"],
            registry=registry,
        )

    def count_request(self, outcome: PreviewOutcome) -> None:
        """Count a request that ended."""
        self.requests.labels(outcome).inc()

"""Metrics of the collector and of replays; listed with their labels in ``docs/metrics.md``."""

from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SourceOutcome = Literal["read", "rejected", "no_post", "skipped"]
SetAsideKind = Literal["raw", "record"]
_PUBLISH_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class IngestMetrics:
    """Metrics of publishers and replays on one registry; labels are bounded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.source_posts = Counter(
            "tgwire_source_posts",
            "Items of source files by what became of them: read, rejected with a reason, no_post (a service message or "
            "the like), or skipped.",
            ["source", "outcome"],
            registry=registry,
        )
        self.published_posts = Counter(
            "tgwire_published_posts", "Posts that the broker acknowledged.", ["lane"], registry=registry
        )
        self.publish_errors = Counter(
            "tgwire_publish_errors",
            "Posts that the broker did not acknowledge, by kind of error.",
            ["kind"],
            registry=registry,
        )
        self.set_aside = Counter(
            "tgwire_set_aside",
            "Posts that a process without Kafka could not analyze, and records that its store does not take, by "
            "reason: lines of dead-letters.jsonl.",
            ["kind", "reason"],
            registry=registry,
        )
        self.publish_in_flight = Gauge(
            "tgwire_publish_in_flight", "Posts that are sent and not yet acknowledged.", registry=registry
        )
        self.publish_seconds = Histogram(
            "tgwire_publish_seconds",
            "Seconds from sending a post to its acknowledgement.",
            buckets=_PUBLISH_BUCKETS_S,
            registry=registry,
        )

    def count_source(self, source: str, outcome: SourceOutcome, count: int = 1) -> None:
        """Count items of a kind of source."""
        self.source_posts.labels(source, outcome).inc(count)

"""Metrics of live collection; ``docs/metrics.md`` says what each means."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_PUSH_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class CollectMetrics:
    """All metrics of the collector on one registry; labels are bounded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.hints = Counter(
            "tgwire_collect_hints", "What sources reported without being asked.", ["kind", "outcome"], registry=registry
        )
        self.queue_depth = Gauge(
            "tgwire_collect_queue_depth", "Posts taken and not yet acknowledged and recorded.", registry=registry
        )
        self.gaps_open = Gauge(
            "tgwire_collect_gaps_open", "Channels with posts that are known to be missing.", registry=registry
        )
        self.held_posts = Gauge(
            "tgwire_collect_held_posts",
            "Posts that wait behind open gaps, those of the gaps included.",
            registry=registry,
        )
        self.gaps = Counter("tgwire_collect_gaps", "Gaps that were closed.", registry=registry)
        self.gap_posts = Counter("tgwire_collect_gap_posts", "Posts read to close gaps.", registry=registry)
        self.absent_ids = Counter(
            "tgwire_collect_absent_ids", "Message ids found to have no post.", ["reason"], registry=registry
        )
        self.push_seconds = Histogram(
            "tgwire_collect_push_seconds",
            "From the push of a post to its acknowledgement.",
            buckets=_PUSH_BUCKETS_S,
            registry=registry,
        )
        self.last_post = Gauge(
            "tgwire_collect_last_post_timestamp_seconds",
            "When the newest published post was posted.",
            ["tier"],
            registry=registry,
        )
        self.channels = Gauge("tgwire_collect_channels", "Channels watched.", ["state"], registry=registry)
        self.sweeps = Counter(
            "tgwire_collect_sweeps", "Channels looked at for what nobody reported.", registry=registry
        )
        self.revisits_due = Gauge(
            "tgwire_collect_revisits_due", "Messages that are due to be read again.", registry=registry
        )
        self._newest: dict[str, float] = {}

    def last_post_of(self, tier: str, posted_at: float) -> None:
        """A post of a tier was published: the gauge tells the newest of all."""
        if posted_at > self._newest.get(tier, 0.0):
            self._newest[tier] = posted_at
            self.last_post.labels(tier).set(posted_at)

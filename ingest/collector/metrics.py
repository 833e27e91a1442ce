"""Metrics of live collection; listed with their labels in ``docs/metrics.md``."""

from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_PUSH_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

PushedKind = Literal["posted", "edited", "deleted", "missed"]
"""What a source can report of a channel: the methods of ``UpdateListener``."""


class CollectMetrics:
    """All metrics of the collector on one registry; labels are bounded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.hints = Counter(
            "tgwire_collect_hints",
            "Updates pushed by sources: taken (published as they came), duplicate, deferred (the channel is read "
            "first), dropped (the queue is full, the channel is read again later), revisit (the message is read "
            "again), or ignored (not watched, or older than what is collected).",
            ["kind", "outcome"],
            registry=registry,
        )
        self.queue_depth = Gauge(
            "tgwire_collect_queue_depth",
            "Posts taken that are not yet acknowledged and recorded in the ledger.",
            registry=registry,
        )
        self.gaps_open = Gauge(
            "tgwire_collect_gaps_open",
            "Channels with posts that are known to be missing: their gap is being read.",
            registry=registry,
        )
        self.held_posts = Gauge(
            "tgwire_collect_held_posts",
            "Posts that wait for open gaps to be closed, including the missing posts.",
            registry=registry,
        )
        self.gaps = Counter("tgwire_collect_gaps", "Gaps in message ids that were closed.", registry=registry)
        self.gap_posts = Counter("tgwire_collect_gap_posts", "Posts that were read to close gaps.", registry=registry)
        self.absent_ids = Counter(
            "tgwire_collect_absent_ids",
            "Message ids that were found to have no post, by the reason recorded in the ledger.",
            ["reason"],
            registry=registry,
        )
        self.push_seconds = Histogram(
            "tgwire_collect_push_seconds",
            "Seconds from the push of a post by its source to the acknowledgement by the broker.",
            buckets=_PUSH_BUCKETS_S,
            registry=registry,
        )
        self.last_post = Gauge(
            "tgwire_collect_last_post_timestamp_seconds",
            "Unix time at which the newest published post of a tier was posted.",
            ["tier"],
            registry=registry,
        )
        self.channels = Gauge(
            "tgwire_collect_channels",
            "Watched channels by their state; docs/collecting.md explains the states of channels that cannot be read.",
            ["state"],
            registry=registry,
        )
        self.sweeps = Counter(
            "tgwire_collect_sweeps",
            "Periodic reads of a channel that look for posts which no update reported.",
            registry=registry,
        )
        self.states = Counter(
            "tgwire_collect_channel_states",
            "Records of channels.state that the broker acknowledged: changes of how channels are.",
            registry=registry,
        )
        self.revisits_due = Gauge(
            "tgwire_collect_revisits_due",
            "Messages of watched channels that are due to be read again, for edits and deletions.",
            registry=registry,
        )
        self._newest: dict[str, float] = {}

    def count_update(self, kind: PushedKind, outcome: str) -> None:
        """Count an update that a source has pushed."""
        self.hints.labels(kind, outcome).inc()

    def last_post_of(self, tier: str, posted_at: float) -> None:
        """A post of a tier was published: the gauge shows the newest of all."""
        if posted_at > self._newest.get(tier, 0.0):
            self._newest[tier] = posted_at
            self.last_post.labels(tier).set(posted_at)

"""Metrics of the worker; listed with their labels in ``docs/metrics.md``."""

from collections import Counter as Tally
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from processors.errors import EXIT_REASONS
from runtime.histogram_buckets import AGES_S, WORK_S
from schemas import Lane

REJECTED: Final = "reject"
"""Outcome of a post that became a dead letter."""
FAILED: Final = "failed"
"""Outcome of a post that duplicate detection could not compare."""
CommitResult = Literal["ok", "failed"]
_SIZES = (1, 3, 10, 30, 100, 300, 1000, 3000, 10000)


class DuplicateState(Protocol):
    """What metrics show of the duplicate index (``processors.stream.state.dedup_state.DedupState``)."""

    def __len__(self) -> int:
        """Posts in the duplicate index."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes that the duplicate index takes."""
        ...

    @property
    def unreadable(self) -> int:
        """Records of the state log that are missing."""
        ...

    @property
    def bound_hits(self) -> int:
        """Searches for duplicates that were cut short at their bound."""
        ...


@dataclass(slots=True)
class BatchTally:
    """What one batch did; added to the metrics when all of it is delivered."""

    posts_in: Tally[Lane] = field(default_factory=Tally)
    outcomes: Tally[str] = field(default_factory=Tally)
    records: Tally[str] = field(default_factory=Tally)
    """Records sent, by topic without the prefix."""
    dead: Tally[str] = field(default_factory=Tally)
    """Dead letters, by reason."""
    timestamps: list[tuple[Lane, float]] = field(default_factory=list)
    """Lane of each post, and the broker timestamp (seconds) of its raw record."""
    handling_s: float = 0.0
    delivery_s: float = 0.0


class WorkerMetrics:
    """The metrics of one worker, in a registry of the caller's."""

    def __init__(self, registry: CollectorRegistry) -> None:
        r = registry
        self._posts_in = Counter(
            "tgwire_posts_in", "Messages that a stage took from its topics.", ["stage", "lane"], registry=r
        )
        self._posts_out = Counter(
            "tgwire_posts_out",
            "Messages by the outcome of a stage: emit (new), duplicate, revise (a newer state), repeat (known, sent "
            "again), stale (older than the known state), deleted, named (a channel's name), reject (a dead letter), or "
            "failed.",
            ["stage", "outcome"],
            registry=r,
        )
        self._records_out = Counter(
            "tgwire_records_out",
            "Records that the broker confirmed, by topic without its prefix.",
            ["topic"],
            registry=r,
        )
        self._quotes = Counter("tgwire_quotes", "Media quotes that were emitted.", registry=r)
        self._citations = Counter("tgwire_citations", "Citations of outlets that were emitted.", registry=r)
        self._stage_s = Histogram(
            "tgwire_stage_seconds",
            "Seconds to process one batch, without its delivery.",
            ["stage"],
            buckets=WORK_S,
            registry=r,
        )
        self._delivery_s = Histogram(
            "tgwire_delivery_seconds",
            "Seconds to deliver the records of one batch.",
            ["stage"],
            buckets=WORK_S,
            registry=r,
        )
        self._batch_size = Histogram(
            "tgwire_batch_size", "Number of posts in one batch.", ["stage"], buckets=_SIZES, registry=r
        )
        self._latency = Histogram(
            "tgwire_post_latency_seconds",
            "Seconds from the broker timestamp of a raw post to the delivery of its normalized record.",
            ["lane"],
            buckets=AGES_S,
            registry=r,
        )
        self._verdict_latency = Histogram(
            "tgwire_verdict_latency_seconds",
            "Seconds from the broker timestamp of a raw post to the delivery of its duplicate verdict.",
            ["lane"],
            buckets=AGES_S,
            registry=r,
        )
        self._dead_letters = Counter(
            "tgwire_dead_letters", "Messages that were sent to the dead-letter topic.", ["stage", "reason"], registry=r
        )
        self._gaps = Counter(
            "tgwire_continuity_gaps",
            "Offset gaps in what the consumer received; each ends the worker, and the count is kept over restarts.",
            ["topic"],
            registry=r,
        )
        self._exits = Counter(
            "tgwire_worker_exits",
            "Times that the worker ended itself, by reason; the count is kept over restarts.",
            ["reason"],
            registry=r,
        )
        self._commits = Counter("tgwire_commits", "Offset commits by their result.", ["result"], registry=r)
        self._lag = Gauge(
            "tgwire_consumer_lag",
            "Records between the group's position and the end of a partition.",
            ["topic", "partition"],
            registry=r,
        )
        self._last_post = Gauge(
            "tgwire_last_post_timestamp_seconds",
            "Broker timestamp (Unix time) of the last raw post that was handled.",
            ["lane"],
            registry=r,
        )
        self._buffered = Gauge(
            "tgwire_buffered_messages",
            "Messages that are fetched and not yet part of a batch, over all streams.",
            registry=r,
        )
        self._state_posts = Gauge("tgwire_state_posts", "Posts in the duplicate index.", registry=r)
        self._state_bytes = Gauge(
            "tgwire_state_bytes", "Bytes of the duplicate index, including memory-mapped files.", registry=r
        )
        self._bound_hits = Gauge(
            "tgwire_state_bound_hits",
            "Duplicate searches that a limit cut short since the index was loaded, as in a flood of similar posts.",
            registry=r,
        )
        self._unreadable = Gauge(
            "tgwire_state_unreadable",
            "Records of posts.fingerprints.1 and posts.states that cannot be read; the duplicate index lacks "
            "their posts.",
            registry=r,
        )
        self.rebuild_s = Gauge(
            "tgwire_state_rebuild_seconds", "Seconds that the last rebuild of a partition's index took.", registry=r
        )
        self._shown_lag: set[tuple[str, int]] = set()

    def start(self, exits: Mapping[str, int], gaps: Mapping[str, int], topics: tuple[str, ...]) -> None:
        """Show the kept counts, and zeros for what alerts look at, so that a first increase is seen."""
        for reason in EXIT_REASONS:
            self._exits.labels(reason).inc(exits.get(reason, 0))
        for topic in {*topics, *gaps}:
            self._gaps.labels(topic).inc(gaps.get(topic, 0))
        for result in get_args(CommitResult):
            self._commits.labels(result)

    def watch_state(self, state: DuplicateState, unreadable_states: Callable[[], int] = lambda: 0) -> None:
        """Ask the duplicate index, and the tables of states, at each scrape."""
        self._state_posts.set_function(lambda: float(len(state)))
        self._state_bytes.set_function(lambda: float(state.nbytes))
        self._unreadable.set_function(lambda: float(state.unreadable + unreadable_states()))
        self._bound_hits.set_function(lambda: float(state.bound_hits))

    def watch_buffers(self, size: Callable[[], float]) -> None:
        """Ask for the messages in the streams' buffers at each scrape."""
        self._buffered.set_function(size)

    def batch_delivered(self, stage: str, tally: BatchTally, now: float) -> None:
        """Add what a batch did; ``now`` in seconds since 1970."""
        for lane, count in tally.posts_in.items():
            self._posts_in.labels(stage, lane.value).inc(count)
        for outcome, count in tally.outcomes.items():
            self._posts_out.labels(stage, outcome).inc(count)
        for topic, count in tally.records.items():
            self._records_out.labels(topic).inc(count)
        for reason, count in tally.dead.items():
            self._dead_letters.labels(stage, reason).inc(count)
        self._quotes.inc(tally.records.get("quotes", 0))
        self._citations.inc(tally.records.get("citations", 0))
        self._stage_s.labels(stage).observe(tally.handling_s)
        self._delivery_s.labels(stage).observe(tally.delivery_s)
        self._batch_size.labels(stage).observe(sum(tally.outcomes.values()))
        self._add_times(stage, tally, now)

    def _add_times(self, stage: str, tally: BatchTally, now: float) -> None:
        is_dedup, last = stage == "dedup", dict(tally.timestamps)
        latency = {lane: (self._verdict_latency if is_dedup else self._latency).labels(lane.value) for lane in last}
        for lane, timestamp in tally.timestamps:
            latency[lane].observe(max(0.0, now - timestamp))
        for lane, timestamp in () if is_dedup else last.items():
            self._last_post.labels(lane.value).set(timestamp)

    def set_aside(self, stage: str, reason: str) -> None:
        """Count a dead letter that no batch gave."""
        self._dead_letters.labels(stage, reason).inc()

    def committed(self, *, is_ok: bool) -> None:
        """Count a commit of offsets that the broker took, or did not take."""
        result: CommitResult = "ok" if is_ok else "failed"
        self._commits.labels(result).inc()

    def show_lag(self, lags: Mapping[tuple[str, int], int]) -> None:
        """Show the lag of the partitions that this worker has (topics without prefix), and of no others."""
        for topic, partition in self._shown_lag - set(lags):
            self._lag.remove(topic, str(partition))
        for (topic, partition), lag in lags.items():
            self._lag.labels(topic, str(partition)).set(lag)
        self._shown_lag = set(lags)

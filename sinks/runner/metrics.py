"""Metrics of a process that runs a sink; listed with their labels in ``docs/metrics.md``."""

from collections.abc import Sequence
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from runtime.histogram_buckets import AGES_S, WORK_S
from sinks.contract import Batch, Partition, Refusal

SinkRecordOutcome = Literal["written", "refused"]
_SIZES = (1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000)


class SinkMetrics:
    """The metrics of one sink, in a registry of the caller's."""

    def __init__(self, registry: CollectorRegistry, sink: str = "") -> None:
        self._sink = sink
        self._records = Counter(
            "tgwire_sink_records", "Records by what became of them.", ("sink", "topic", "outcome"), registry=registry
        )
        self._refused = Counter(
            "tgwire_sink_refused", "Records that became dead letters, by reason.", ("sink", "reason"), registry=registry
        )
        self._commit = Histogram(
            "tgwire_sink_commit_seconds",
            "Time to write a batch durably.",
            ("sink",),
            buckets=WORK_S,
            registry=registry,
        )
        self._latency = Histogram(
            "tgwire_sink_latency_seconds",
            "From the broker's time of the first record of a batch until it is written.",
            ("sink", "topic"),
            buckets=AGES_S,
            registry=registry,
        )
        self._batch = Histogram(
            "tgwire_sink_batch_size", "Records in a batch.", ("sink",), buckets=_SIZES, registry=registry
        )
        self._lag = Gauge(
            "tgwire_sink_lag", "Records that are not written yet.", ("sink", "topic", "partition"), registry=registry
        )
        self._retries = Counter(
            "tgwire_sink_retries", "Writes that failed and are tried again.", ("sink",), registry=registry
        )
        self._superseded = Counter(
            "tgwire_sink_superseded",
            "Batches that another process had written, or whose offsets it had moved.",
            ("sink",),
            registry=registry,
        )
        self._written = Gauge(
            "tgwire_sink_last_write_timestamp_seconds", "When the last batch was written.", ("sink",), registry=registry
        )

    def wrote(self, batch: Batch, seconds: float, now: float) -> None:
        """A batch was written in ``seconds``; ``now`` is in seconds since 1970."""
        topic, count = batch.partition.topic, len(batch.messages)
        self._count(topic, "written", count)
        self._commit.labels(self._sink).observe(seconds)
        self._written.labels(self._sink).set(now)
        if count:
            self._batch.labels(self._sink).observe(count)
            self._latency.labels(self._sink, topic).observe(max(0.0, now - batch.messages[0].timestamp_ms / 1000))

    def refused(self, partition: Partition, refusals: Sequence[Refusal]) -> None:
        """Count records that became dead letters."""
        self._count(partition.topic, "refused", len(refusals))
        for refusal in refusals:
            self._refused.labels(self._sink, refusal.reason).inc()

    def lag(self, partition: Partition, records: int) -> None:
        """How far a partition is behind."""
        self._lag.labels(self._sink, partition.topic, str(partition.number)).set(records)

    def retried(self) -> None:
        """Count a write that failed and is tried again."""
        self._retries.labels(self._sink).inc()

    def superseded(self) -> None:
        """Count that another process has written instead."""
        self._superseded.labels(self._sink).inc()

    def _count(self, topic: str, outcome: SinkRecordOutcome, count: int) -> None:
        self._records.labels(self._sink, topic, outcome).inc(count)

"""Builds ``docs/metrics.md`` from the metrics themselves: their names, types, labels and help texts."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple, get_args

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector

from ingest.collector.channel.tracked_channel import CollectState
from ingest.collector.edits_and_deletions import UpdateOutcome
from ingest.collector.metrics import CollectMetrics, PushedKind
from ingest.live_reader import AbsenceReason
from ingest.media.metrics import FileOutcome, MediaMetrics
from ingest.preview.metrics import PreviewMetrics, PreviewOutcome
from ingest.publish.metrics import IngestMetrics, SetAsideKind, SourceOutcome
from ingest.sources.known_formats import FORMATS
from ingest.telegram.net.method_names import LABELS, OTHER
from ingest.telegram.net.metrics import MethodOutcome, ReceivedKind, TelegramMetrics
from processors.core.outcomes import DedupOutcome
from processors.errors import EXIT_REASONS
from processors.stream.monitoring.metrics import FAILED, REJECTED, CommitResult, WorkerMetrics
from processors.stream.stages.analyze_and_dedup import AnalyzeStage, DedupStage
from runtime.http_endpoint import RunningHealth, ready_gauge
from runtime.kafka.errors import PublishErrorKind
from runtime.settings.channel_list import TIERS
from runtime.settings.sink import RECORD_TOPICS, SinkName
from schemas import Lane, RejectReason
from schemas.topics import ALL_TOPICS, WORKER_INPUTS
from sinks.runner.metrics import SinkMetrics, SinkRecordOutcome
from tgwire.buildinfo import build_info

LabelValues = tuple[str, ...] | str
"""The values of a label; a string describes a set that is bounded, and known at run time alone."""

_ACCOUNT = "name of an account in the settings"
_VERSION = "a version"
_TOPICS = tuple(topic.name for topic in ALL_TOPICS)
_INPUTS = tuple(topic.name for topic in WORKER_INPUTS)
_SINKS = get_args(SinkName)
_SINK_TOPICS = tuple(topic.name for topic in RECORD_TOPICS)
_LANES = tuple(Lane)
_STAGES = (AnalyzeStage.name, DedupStage.name)
_EXPOSED_AS = {"info": "gauge"}
"""Types that Prometheus' text format lacks."""
_METHODS = (*sorted(LABELS), OTHER)

LABEL_VALUES: Final[Mapping[str, Mapping[str, LabelValues]]] = {
    "tgwire_build_info": {"version": _VERSION, "pipeline_version": _VERSION, "python": _VERSION},
    "tgwire_source_posts_total": {
        "source": tuple(each.name for each in FORMATS),
        "outcome": get_args(SourceOutcome),
    },
    "tgwire_published_posts_total": {"lane": _LANES},
    "tgwire_publish_errors_total": {"kind": get_args(PublishErrorKind)},
    "tgwire_set_aside_total": {"kind": get_args(SetAsideKind), "reason": tuple(RejectReason)},
    "tgwire_collect_hints_total": {"kind": get_args(PushedKind), "outcome": tuple(UpdateOutcome)},
    "tgwire_collect_absent_ids_total": {"reason": tuple(AbsenceReason)},
    "tgwire_collect_last_post_timestamp_seconds": {"tier": TIERS},
    "tgwire_collect_channels": {"state": tuple(state for kind in get_args(CollectState) for state in get_args(kind))},
    "tgwire_telegram_requests_total": {
        "account": _ACCOUNT,
        "method": _METHODS,
        "outcome": get_args(MethodOutcome),
    },
    "tgwire_telegram_flood_seconds_total": {"account": _ACCOUNT, "method": _METHODS},
    "tgwire_telegram_flood_until_timestamp_seconds": {"account": _ACCOUNT, "method": _METHODS},
    "tgwire_telegram_reconnects_total": {"account": _ACCOUNT},
    "tgwire_telegram_connected": {"account": _ACCOUNT},
    "tgwire_telegram_updates_total": {
        "account": _ACCOUNT,
        "kind": get_args(ReceivedKind),
    },
    "tgwire_preview_requests_total": {"outcome": get_args(PreviewOutcome)},
    "tgwire_media_files_total": {"outcome": get_args(FileOutcome)},
    "tgwire_posts_in_total": {"stage": _STAGES, "lane": _LANES},
    "tgwire_posts_out_total": {"stage": _STAGES, "outcome": (*DedupOutcome, REJECTED, FAILED)},
    "tgwire_records_out_total": {"topic": _TOPICS},
    "tgwire_stage_seconds": {"stage": _STAGES},
    "tgwire_delivery_seconds": {"stage": _STAGES},
    "tgwire_batch_size": {"stage": _STAGES},
    "tgwire_post_latency_seconds": {"lane": _LANES},
    "tgwire_verdict_latency_seconds": {"lane": _LANES},
    "tgwire_dead_letters_total": {"stage": _STAGES, "reason": tuple(RejectReason)},
    "tgwire_continuity_gaps_total": {"topic": _INPUTS},
    "tgwire_worker_exits_total": {"reason": EXIT_REASONS},
    "tgwire_commits_total": {"result": get_args(CommitResult)},
    "tgwire_consumer_lag": {"topic": _INPUTS, "partition": "number of a partition"},
    "tgwire_last_post_timestamp_seconds": {"lane": _LANES},
    "tgwire_sink_records_total": {"sink": _SINKS, "topic": _SINK_TOPICS, "outcome": get_args(SinkRecordOutcome)},
    "tgwire_sink_refused_total": {"sink": _SINKS, "reason": tuple(RejectReason)},
    "tgwire_sink_commit_seconds": {"sink": _SINKS},
    "tgwire_sink_latency_seconds": {"sink": _SINKS, "topic": _SINK_TOPICS},
    "tgwire_sink_batch_size": {"sink": _SINKS},
    "tgwire_sink_lag": {"sink": _SINKS, "topic": _SINK_TOPICS, "partition": "number of a partition"},
    "tgwire_sink_retries_total": {"sink": _SINKS},
    "tgwire_sink_superseded_total": {"sink": _SINKS},
    "tgwire_sink_last_write_timestamp_seconds": {"sink": _SINKS},
}
"""The labels of each metric that has some, and the values of each label."""

_HEAD = """\
# Metrics

Written by `python -m tgwire.generate` from the metrics in the code. Every process serves them at `/metrics` of
`http.host:http.port`, beside `/healthz` (the process is alive) and `/readyz` (it can do its work; 503 with the reason
until then). Labels are bounded: no channel, post key or file name is ever a label. How to query them, and what to alert
on: [operations.md](operations.md#metrics).
"""
_PROCESS = """\
The metrics of the process itself are those of prometheus_client: `process_start_time_seconds`,
`process_resident_memory_bytes`, `process_cpu_seconds_total` and the others of `process_*`.
"""


class MetricSection(NamedTuple):
    """Metrics that one kind of process, or one part of it, has."""

    title: str
    register: Callable[[CollectorRegistry], object]
    """Puts the metrics on a registry."""


def _register_endpoint(registry: CollectorRegistry) -> None:
    registry.register(build_info())
    registry.register(ready_gauge(RunningHealth()))


SECTIONS: Final = (
    MetricSection("Every process", _register_endpoint),
    MetricSection("Collector and replay: publishing", IngestMetrics),
    MetricSection("Collector: channels", CollectMetrics),
    MetricSection("Collector: Telegram accounts", TelegramMetrics),
    MetricSection("Collector: preview pages", PreviewMetrics),
    MetricSection("Collector: media files", MediaMetrics),
    MetricSection("Worker", WorkerMetrics),
    MetricSection("Sinks", SinkMetrics),
)


class UndocumentedLabelsError(ValueError):
    """A metric has labels that ``LABEL_VALUES`` lacks."""


class MetricRow(NamedTuple):
    """One metric of the document."""

    name: str
    kind: str
    labels: Mapping[str, LabelValues]
    help_text: str


class _Recorder(CollectorRegistry):
    """A registry that keeps what is registered: the base class has no public list of it."""

    def __init__(self) -> None:
        super().__init__()
        self.collectors: list[Collector] = []

    def register(self, collector: Collector) -> None:
        super().register(collector)
        self.collectors.append(collector)


def metric_rows(register: Callable[[CollectorRegistry], object]) -> Iterator[MetricRow]:
    """The metrics that a function registers, in their order; raises UndocumentedLabelsError."""
    recorder = _Recorder()
    register(recorder)
    for collector in recorder.collectors:
        assert isinstance(collector, MetricWrapperBase)
        yield _row(collector)


def metrics_document() -> str:
    """Text of ``docs/metrics.md``; raises UndocumentedLabelsError."""
    parts = [_HEAD]
    for section in SECTIONS:
        rows = "\n".join(_line(row) for row in metric_rows(section.register))
        parts.append(f"## {section.title}\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n{rows}\n")
    parts.insert(2, _PROCESS)
    return "\n".join(parts)


def _row(metric: MetricWrapperBase) -> MetricRow:
    [family] = metric.describe()
    suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
    name = family.name + suffix
    labels = LABEL_VALUES.get(name, {})
    if labels and family.type != "info":
        try:
            metric.labels(**dict.fromkeys(labels, "any"))
        except ValueError as error:
            raise UndocumentedLabelsError(f"{name}: LABEL_VALUES names other labels than the metric has") from error
    elif not any(sample for found in metric.collect() for sample in found.samples):
        raise UndocumentedLabelsError(f"{name}: LABEL_VALUES lacks the labels of this metric")
    return MetricRow(name, _EXPOSED_AS.get(family.type, family.type), labels, family.documentation)


def _line(row: MetricRow) -> str:
    labels = "; ".join(f"`{label}`: {_shown(values)}" for label, values in row.labels.items())
    return f"| `{row.name}` | {row.kind} | {labels} | {row.help_text} |".replace("|  |", "| |")


def _shown(values: LabelValues) -> str:
    return values if isinstance(values, str) else ", ".join(f"`{value}`" for value in values)

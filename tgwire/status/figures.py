"""The figures of a process that people ask for first, read from its page of metrics."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures that one process reports; None: it has no such figure."""

    lag: int | None = None
    """Records or posts that wait for it: of a worker and a sink those of its topics, of a collector those in flight
    to Kafka."""
    open_gaps: int | None = None
    """Channels with posts that are known to be missing."""
    held_posts: int | None = None
    """Posts that wait for these gaps."""
    last_s: float | None = None
    """Unix time of the last post, or of the last write of a sink."""
    memory_bytes: int | None = None


_LAG = ("tgwire_consumer_lag", "tgwire_sink_lag", "tgwire_collect_queue_depth")
_LAST = (
    "tgwire_collect_last_post_timestamp_seconds",
    "tgwire_last_post_timestamp_seconds",
    "tgwire_sink_last_write_timestamp_seconds",
)


def read_figures(metrics: str) -> Figures:
    """The figures on a page of metrics; none where it cannot be read."""
    try:
        samples = _by_name(text_string_to_metric_families(metrics))
    except ValueError:
        return Figures()
    return Figures(
        lag=_whole(_sum(samples, *_LAG)),
        open_gaps=_whole(_sum(samples, "tgwire_collect_gaps_open")),
        held_posts=_whole(_sum(samples, "tgwire_collect_held_posts")),
        last_s=max((value for name in _LAST for value in samples.get(name, ()) if value > 0), default=None),
        memory_bytes=_whole(_sum(samples, "process_resident_memory_bytes")),
    )


def _by_name(families: Iterable[object]) -> Mapping[str, list[float]]:
    found: dict[str, list[float]] = {}
    for family in families:
        samples: list[Sample] = getattr(family, "samples", [])
        for sample in samples:
            found.setdefault(sample.name, []).append(sample.value)
    return found


def _sum(samples: Mapping[str, list[float]], *names: str) -> float | None:
    values = [value for name in names for value in samples.get(name, ())]
    return sum(values) if values else None


def _whole(number: float | None) -> int | None:
    """A count; None also for what is none (NaN, infinity)."""
    return int(number) if number is not None and abs(number) < 1e18 else None

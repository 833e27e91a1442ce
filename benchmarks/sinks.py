"""Records a CPU second of each sink: ``python -m benchmarks.sinks [RECORDS]``.

From memory, in batches as the runner makes them; and, where Apache Kafka can run, from a broker through the runner, to
the end of the topic, less what the same takes over empty topics. Generated posts in the order of time, analyzed once
and sent round after round under new keys.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kafka
from prometheus_client import CollectorRegistry

from benchmarks.generator import generate
from benchmarks.results import Row, Table, show
from processors.loading import load_analyzer
from runtime.kafka.connection import connect
from runtime.kafka.topics import create_topics
from runtime.settings.kafka import KafkaSettings
from runtime.settings.sink import JsonlSinkSettings, ParquetSinkSettings
from schemas import NormalizedPost
from schemas.topics import NORMALIZED
from sinks.contract import Batch, Message, Partition, Sink
from sinks.jsonl import JsonlSink
from sinks.parquet import ParquetSink
from sinks.runner.dead_letters import DeadLetterSender
from sinks.runner.health import SinkHealth
from sinks.runner.metrics import SinkMetrics
from sinks.runner.runner import RunnerOptions, SinkRunner
from tgwire.local_broker import missing, start_broker

ANALYZED = 2_000
"""Posts that are analyzed; what is more is the same under other keys."""
RECORDS = 60_000
ROUNDS = 3
PARTITION = Partition(NORMALIZED.name, "a" * 32, 0)
BATCHES = {"jsonl": JsonlSinkSettings().batch_records, "parquet": ParquetSinkSettings().batch_records}


@dataclass(frozen=True)
class Taken:
    """What a run took."""

    cpu_s: float
    """Of all threads."""
    wall_s: float


def values(count: int) -> list[tuple[bytes, bytes]]:
    """Keys and JSON of normalized posts in the order of time."""
    analyzer = load_analyzer()
    posts = [outcome.post for outcome in analyzer.analyze_all(list(generate(ANALYZED, seed=1)))]  # type: ignore[union-attr]
    assert all(isinstance(post, NormalizedPost) for post in posts)
    posts.sort(key=lambda post: (post.posted_at is not None, post.posted_at))
    texts = [(post.key, post.to_json()) for post in posts]
    return [
        (key, value.replace(b'"key":"' + old, b'"key":"' + key, 1))
        for number in range(count)
        for name, value in [texts[number * len(texts) // count]]
        for old, key in [(name.encode(), f"{name.rpartition(':')[0]}:{number + 1}".encode())]
    ]


def sink_of(name: str, folder: Path) -> Sink:
    """A sink on a new place."""
    if name == "jsonl":
        return JsonlSink(JsonlSinkSettings(folder=folder))
    return ParquetSink(ParquetSinkSettings(place=str(folder)))


def from_memory(name: str, records: Sequence[tuple[bytes, bytes]]) -> Taken:
    """Write all records into a new place."""
    messages = [Message(number, key, value, 1_772_000_000_000) for number, (key, value) in enumerate(records)]
    size = BATCHES[name]
    with tempfile.TemporaryDirectory() as folder:
        sink = sink_of(name, Path(folder))
        sink.open([PARTITION])
        sink.move(PARTITION, 0)

        def write() -> None:
            for start in range(0, len(messages), size):
                end = min(start + size, len(messages))
                assert sink.write(Batch(PARTITION, start, end, messages[start:end])).next_offset == end

        taken = _timed(write)
        sink.close()
    return taken


def from_kafka(name: str, settings: KafkaSettings) -> Taken:
    """Write what the topic holds into a new place, as ``tgwire sink NAME --until-end`` does."""
    own = JsonlSinkSettings() if name == "jsonl" else ParquetSinkSettings()
    options = RunnerOptions(own.batch_records, own.batch_wait_s, until_end=True)
    with tempfile.TemporaryDirectory() as folder:
        return drained(name, sink_of(name, Path(folder)), options, settings)


def drained(name: str, sink: Sink, options: RunnerOptions, settings: KafkaSettings) -> Taken:
    """Write all that the sink's topics hold."""

    async def run() -> None:
        metrics = SinkMetrics(CollectorRegistry(), name)
        send = DeadLetterSender(settings, name, "benchmark")
        await SinkRunner(sink, settings, options, send, metrics, SinkHealth()).run()

    return _timed(lambda: asyncio.run(run()))


def publish(settings: KafkaSettings, topic: str, records: Iterable[tuple[bytes, bytes | None]]) -> None:
    """Send records to a topic."""
    producer: Any = connect(kafka.KafkaProducer, settings, linger_ms=50, batch_size=256 << 10, compression_type="lz4")
    try:
        for key, value in records:
            producer.send(settings.topic_prefix + topic, value, key)
        producer.flush(120)
    finally:
        producer.close()


def _timed(run: Callable[[], object]) -> Taken:
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    run()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(cpu_s, time.monotonic() - began)


def measure(count: int = RECORDS, rounds: int = ROUNDS) -> Table:
    """The best round of each."""
    records = values(count)
    rows = [
        _row(f"{name}, from memory", min((from_memory(name, records) for _ in range(rounds)), key=_cpu), count)
        for name in BATCHES
    ]
    if reason := missing("apache"):
        sys.stderr.write(f"not measured from Kafka: {reason}\n")
    else:
        with start_broker("apache") as broker:
            full, empty = (broker.settings(KafkaSettings(topic_prefix=prefix)) for prefix in ("full.", "empty."))
            for settings in (full, empty):
                create_topics(settings)
            publish(full, NORMALIZED.name, records)
            for name in BATCHES:
                whole, start = (
                    min((from_kafka(name, settings) for _ in range(rounds)), key=_cpu) for settings in (full, empty)
                )
                taken = Taken(whole.cpu_s - start.cpu_s, whole.wall_s - start.wall_s)
                rows.append(_row(f"{name}, from Kafka", taken, count))
    size = sum(len(value) for _, value in records) / len(records)
    return Table("sinks", f"Sinks: {count:,} records of {size:,.0f} bytes", "records a CPU second", tuple(rows))


def _cpu(taken: Taken) -> float:
    return taken.cpu_s


def _row(name: str, taken: Taken, count: int) -> Row:
    return Row(
        name,
        count / taken.cpu_s,
        (("us a record", taken.cpu_s / count * 1e6), ("records a second", count / taken.wall_s)),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sinks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("records", type=int, nargs="?", default=RECORDS, help="of each sink (%(default)s)")
    show(measure(parser.parse_args().records))

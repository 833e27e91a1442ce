"""The worker over Apache Kafka: throughput, CPU and latency: ``python -m benchmarks.end_to_end``."""

import statistics
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kafka
from kafka import TopicPartition

from benchmarks.backlog import WARM_POSTS, WORKER, Counted, Message, await_until, cluster, drain, messages, publish
from benchmarks.processes import running
from benchmarks.results import Row, Table, show
from runtime.kafka.connection import connect
from runtime.settings.kafka import KafkaSettings
from runtime.settings.tree import Settings
from schemas import Lane, RawPost, post_key
from schemas.plurals import counted
from schemas.topics import NORMALIZED, RAW_LIVE
from tgwire.local_broker import start_broker

POSTS = 10_000
ROUNDS = 2
LOADS = ((10, 0), (100, 0), (1_000, 0), (100, 25_000))
"""Live posts a second, and a backlog of the backfill beside them that outlasts the measurement."""
LATENCY_S = 15.0
"""Posts are published for so long."""
DEADLINE_S = 60.0


def throughput(base: KafkaSettings, folder: Path, posts: int = POSTS, rounds: int = ROUNDS) -> Table:
    """Drains by one worker and by two, alternating; the best round of each."""
    backlog = messages(WARM_POSTS + posts)
    runs = [(count, drain(base, folder, WORKER, backlog, processes=count)) for _ in range(rounds) for count in (1, 2)]
    rows = []
    for count in (1, 2):
        best = min((run for number, run in runs if number == count), key=lambda run: run.cpu_us_a_post)
        also = (
            ("posts/s", max(run.posts_a_second for number, run in runs if number == count)),
            ("posts/s a core used", 1e6 / best.cpu_us_a_post),
            ("RSS MB", best.rss_mb),
        )
        rows.append(Row(counted(count, "worker"), best.cpu_us_a_post, also))
    return Table("throughput", "Backlog through Kafka", "CPU us a post", tuple(rows))


@dataclass(frozen=True)
class Load:
    """What live posts at one rate met with."""

    taken_s: list[float]
    """Of each live post."""
    others_a_second: float
    """Other posts that came out meanwhile."""
    cpu_us_a_post: float
    """CPU of the worker for all posts that came out; what it needs without any weighs the more the fewer come."""


def latency(base: KafkaSettings, folder: Path, seconds: float = LATENCY_S) -> Table:
    """From handing a live post to the producer until a consumer of ``posts.normalized`` has it, under each load."""
    rows = []
    for rate, backlog in LOADS:
        with cluster(base, folder, f"latency{rate}-{backlog}.") as settings:
            load = _under_load(settings, folder, rate, int(rate * seconds), backlog)
        cuts = statistics.quantiles(load.taken_s, n=100)
        name = f"{rate:,} posts/s{' beside a backfill' if backlog else ''}"
        also = (("CPU us a post", load.cpu_us_a_post), ("backfill, posts/s", load.others_a_second))
        rows += [Row(f"{name}, p50", cuts[49] * 1000, also), Row(f"{name}, p99", cuts[98] * 1000, also)]
    return Table("latency", "Latency, publish to normalized record", "ms", tuple(rows))


def _under_load(settings: Settings, folder: Path, rate: int, count: int, backlog: int) -> Load:
    posts = messages(WARM_POSTS + count + backlog, seed=rate)
    with running(WORKER, settings, folder / f"latency{rate}-{backlog}.log") as worker:
        publish(settings, posts[:WARM_POSTS], Lane.LIVE)
        counted = Counted(settings)
        await_until(lambda: counted() >= WARM_POSTS, [worker])
        counted.close()
        publish(settings, posts[WARM_POSTS + count :], Lane.BACKFILL)
        consumer: Any = connect(kafka.KafkaConsumer, settings.kafka, enable_auto_commit=False, fetch_max_wait_ms=10)
        name = settings.kafka.topic_prefix + NORMALIZED.name
        partitions = [TopicPartition(name, number) for number in range(NORMALIZED.partitions)]
        consumer.assign(partitions)
        consumer.seek_to_end(*partitions)
        for tp in partitions:
            consumer.position(tp)  # the seek happens now, not with the first poll
        sent: dict[bytes, float] = {}
        live = posts[WARM_POSTS : WARM_POSTS + count]
        sender = threading.Thread(target=_publish_paced, args=(settings, live, rate, sent))
        cpu_s, began = worker.cpu_s(), time.monotonic()
        sender.start()
        try:
            taken, others = _arrivals(consumer, sent, count)
            cpu_s = worker.cpu_s() - cpu_s
            return Load(taken, others / (time.monotonic() - began), cpu_s / (len(taken) + others) * 1e6)
        finally:
            sender.join()
            consumer.close()


def _publish_paced(settings: Settings, posts: list[Message], rate: int, sent: dict[bytes, float]) -> None:
    ingest = settings.ingest
    producer: Any = connect(
        kafka.KafkaProducer, settings.kafka, linger_ms=ingest.linger_ms, compression_type=ingest.compression
    )
    name, keys = settings.kafka.topic_prefix + RAW_LIVE.name, [_key(value) for _, value in posts]
    producer.partitions_for(name)  # connects, which the first send would wait for
    began = time.monotonic()
    for number, (key, value) in enumerate(posts):
        if (wait_s := began + number / rate - time.monotonic()) > 0:
            time.sleep(wait_s)
        sent[keys[number]] = time.monotonic()
        producer.send(name, value, key)
    producer.flush(DEADLINE_S)
    producer.close()


def _key(value: bytes) -> bytes:
    post = RawPost.model_validate_json(value)
    return post_key(post.channel.id, post.message_id).encode()


def _arrivals(consumer: Any, sent: dict[bytes, float], count: int) -> tuple[list[float], int]:  # noqa: ANN401
    """Seconds that each live post took, and the number of other posts."""
    taken: list[float] = []
    others = 0
    deadline = time.monotonic() + LATENCY_S + DEADLINE_S
    while len(taken) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(taken)} of {count} posts came out")
        for records in consumer.poll(20).values():
            now = time.monotonic()
            own = [now - sent[record.key] for record in records if record.key in sent]
            taken += own
            others += len(records) - len(own)
    return taken, others


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch, start_broker("apache") as broker:
        show(throughput(broker.settings(), Path(scratch)))
        show(latency(broker.settings(), Path(scratch)))

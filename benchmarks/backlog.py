"""A drained backlog: the CPU and the time that processes need for posts that wait for them on Kafka.

The processes first drain a few posts, so that imports, models and the join of the group are behind them. Then they
are held still while the backlog is published, and let go.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kafka
from kafka import TopicPartition

from benchmarks.generator import generate
from benchmarks.processes import Measured, running
from ingest.publish.base import encode
from runtime.kafka.admin import admin_client
from runtime.kafka.connection import connect
from runtime.kafka.topics import create_topics, delete_topics
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import Lane
from schemas.topics import DUPLICATES, NORMALIZED, Topic, raw_topic

WORKER = ("tgwire", "worker")
WARM_POSTS = 1_000
SESSION_TIMEOUT_S = 30.0
"""Longer than a process is held still."""
DEADLINE_S = 180.0
POLL_S = 0.05

Message = tuple[bytes, bytes]
"""Key and value."""


@dataclass(frozen=True)
class Drain:
    """What a drained backlog took."""

    posts: int
    wall_s: float
    cpu_s: float
    """Of all processes together."""
    rss_mb: float
    """Of the largest process, at the end."""

    @property
    def cpu_us_a_post(self) -> float:
        """CPU microseconds for each post."""
        return self.cpu_s / self.posts * 1e6

    @property
    def posts_a_second(self) -> float:
        """Throughput."""
        return self.posts / self.wall_s


def messages(count: int, seed: int = 1) -> list[Message]:
    """Generated posts, encoded as the publisher does it."""
    return [encode(post) for post in generate(count, seed)]


@contextmanager
def cluster(base: KafkaSettings, folder: Path, prefix: str) -> Iterator[Settings]:
    """Settings for one measurement: topics of its own, deleted at the end."""
    settings = base.model_copy(update={"topic_prefix": prefix})
    worker = WorkerSettings(group=f"{prefix}group", data_dir=folder / prefix, session_timeout_s=SESSION_TIMEOUT_S)
    create_topics(settings)
    try:
        ingest = IngestSettings(state_dir=folder / f"{prefix}state")
        yield Settings(kafka=settings, worker=worker, ingest=ingest, log=LogSettings(level="warning"))
    finally:
        delete_topics(settings)


def own_folder(settings: Settings, number: int) -> Settings:
    """The settings of one of several workers."""
    worker = settings.worker.model_copy(update={"data_dir": settings.worker.data_dir / str(number)})
    return settings.model_copy(update={"worker": worker})


def publish(settings: Settings, posts: Sequence[Message], lane: Lane = Lane.BACKFILL) -> None:
    """Publish, and wait until the broker has all."""
    name = settings.kafka.topic_prefix + raw_topic(lane).name
    producer: Any = connect(
        kafka.KafkaProducer, settings.kafka, linger_ms=20, batch_size=128 << 10, compression_type="lz4"
    )
    try:
        for key, value in posts:
            producer.send(name, value, key)
        producer.flush(60)
    finally:
        producer.close()


class Counted:
    """Counts the records of a topic."""

    def __init__(self, settings: Settings, topic: Topic = NORMALIZED) -> None:
        self._consumer: Any = connect(kafka.KafkaConsumer, settings.kafka, enable_auto_commit=False)
        name = settings.kafka.topic_prefix + topic.name
        self._partitions = [TopicPartition(name, number) for number in range(topic.partitions)]

    def __call__(self) -> int:
        """Records written so far."""
        return sum(self._consumer.end_offsets(self._partitions).values())

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()


class Judged:
    """Counts the posts that have a verdict: the last that comes of a post. Some have several."""

    def __init__(self, settings: Settings) -> None:
        name = settings.kafka.topic_prefix + DUPLICATES.name
        self._consumer: Any = connect(
            kafka.KafkaConsumer, settings.kafka, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        self._consumer.assign([TopicPartition(name, number) for number in range(DUPLICATES.partitions)])
        self._keys: set[bytes] = set()

    def __call__(self) -> int:
        """Posts so far."""
        for records in self._consumer.poll().values():
            self._keys.update(record.key for record in records)
        return len(self._keys)

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()


def await_until(condition: Callable[[], bool], processes: Sequence[Measured]) -> None:
    """Wait for a condition while the processes live; TimeoutError when it does not come."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        for process in processes:
            process.require_alive()
        if time.monotonic() > deadline:
            raise TimeoutError("the posts did not come out in time")
        time.sleep(POLL_S)


def await_members(settings: Settings, count: int, processes: Sequence[Measured]) -> None:
    """Wait until a group has settled with so many members."""

    def has_settled() -> bool:
        with admin_client(settings.kafka) as admin:
            group = admin.describe_groups([settings.worker.group])[settings.worker.group]
        return str(group["group_state"]) == "Stable" and len(group["members"]) == count

    await_until(has_settled, processes)


def drain(
    base: KafkaSettings,
    folder: Path,
    module: Sequence[str],
    posts: Sequence[Message],
    *,
    processes: int = 1,
    has_verdicts: bool = True,
) -> Drain:
    """Measure one drain by so many processes of a module, to the last record and, if it sends any, the last verdict."""
    warm, backlog = posts[:WARM_POSTS], posts[WARM_POSTS:]
    prefix = f"bench{next(_numbers)}."
    with cluster(base, folder, prefix) as settings, ExitStack() as stack:
        publish(settings, warm)
        started = [
            stack.enter_context(running(module, own_folder(settings, number), folder / f"{prefix}{number}.log"))
            for number in range(processes)
        ]
        count, judged = Counted(settings), Judged(settings)
        stack.callback(count.close)
        stack.callback(judged.close)

        def is_done(posts: int) -> bool:
            return count() >= posts and (not has_verdicts or judged() >= posts)

        await_until(lambda: is_done(len(warm)), started)
        if processes > 1:
            await_members(settings, processes, started)
        for process in started:
            process.freeze()
        publish(settings, backlog)
        cpu_s, began = sum(process.cpu_s() for process in started), time.perf_counter()
        for process in started:
            process.thaw()
        await_until(lambda: is_done(len(posts)), started)
        wall_s = time.perf_counter() - began
        cpu_s = sum(process.cpu_s() for process in started) - cpu_s
        return Drain(len(backlog), wall_s, cpu_s, max(process.rss_mb() for process in started))


_numbers = itertools.count(1)

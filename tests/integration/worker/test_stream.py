"""A worker in a process of its own over a real broker: nothing lost, nothing twice, live posts first."""

import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

import kafka
import pytest
from kafka import TopicPartition

from runtime.kafka.connection import connect
from runtime.kafka.group_lag import group_lag
from runtime.kafka.topic_reader import StoredRecord, read_topic
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import DeadLetter, DuplicateRecord, Lane, NormalizedPost
from schemas.topics import DEAD_LETTER_HEADER, DEAD_LETTERS, DUPLICATES, FINGERPRINTS, NORMALIZED, Topic, raw_topic
from tests.support.patience import DEADLINE_S, end
from tests.support.warm_process import worker_process

CHANNELS = 13
SENTENCES = (
    "The government said on Monday that the new road between both cities would open in spring.",
    "Правительство сообщило в понедельник, что новая дорога между городами откроется весной.",
    "Die Regierung teilte am Montag mit, dass die neue Straße im Frühjahr geöffnet wird.",
)

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("topics")]


@pytest.fixture
def settings(kafka_settings: KafkaSettings, session_s: float, tmp_path: Path) -> Settings:
    worker = WorkerSettings(
        group=kafka_settings.topic_prefix + "group",
        data_dir=tmp_path / "worker",
        batch_size=500,
        session_timeout_s=session_s,
    )
    return Settings(kafka=kafka_settings, worker=worker, log=LogSettings(format="json"))


def raw_post(number: int, lane: Lane = Lane.BACKFILL) -> tuple[bytes, bytes]:
    """Key and value. Of ten posts in a row, the last has the content of the first."""
    said = number - 9 if number % 10 == 9 else number
    channel = 1000 + number % CHANNELS
    value = {
        "channel": {"id": channel},
        "message_id": number + 1,
        "posted_at": f"2026-03-{1 + number // 1440 % 28:02}T{number // 60 % 24:02}:{number % 60:02}:00Z",
        "text": f"{SENTENCES[said % len(SENTENCES)]} {said}",
        "source": {"kind": "test"},
        "lane": lane.value,
    }
    return str(channel).encode(), json.dumps(value).encode()


def post_key(number: int) -> bytes:
    return f"tg:{1000 + number % CHANNELS}:{number + 1}".encode()


Message = tuple[bytes | None, bytes | None]
"""Key and value."""


def publish(settings: Settings, topic: Topic, messages: Iterator[Message], partition: int | None = None) -> None:
    producer = connect(kafka.KafkaProducer, settings.kafka, linger_ms=5, enable_idempotence=False)
    try:
        for key, value in messages:
            producer.send(settings.kafka.topic_prefix + topic.name, value, key, partition=partition)
        producer.flush(DEADLINE_S)
    finally:
        producer.close()


def publish_posts(settings: Settings, numbers: range, lane: Lane = Lane.BACKFILL) -> None:
    publish(settings, raw_topic(lane), (raw_post(number, lane) for number in numbers))


class Follower:
    """Reads posts.normalized while a worker writes it."""

    def __init__(self, settings: Settings, worker: "Popen[bytes]", log: Path) -> None:
        self._consumer: Any = connect(kafka.KafkaConsumer, settings.kafka, enable_auto_commit=False)
        name = settings.kafka.topic_prefix + NORMALIZED.name
        partitions = [TopicPartition(name, number) for number in range(NORMALIZED.partitions)]
        self._consumer.assign(partitions)
        self._consumer.seek_to_beginning(*partitions)
        self._log = log
        self.worker = worker
        self.keys: Counter[bytes] = Counter()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Read on until the condition holds, while the worker runs."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            self.read()
            assert self.worker.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, f"{len(self.keys)} posts came out\n{self._log.read_text()}"

    def read(self) -> None:
        """Take what has come out."""
        for records in self._consumer.poll(500).values():
            self.keys.update(record.key for record in records)

    def close(self) -> None:
        self._consumer.close()


@contextmanager
def following(settings: Settings, tmp_path: Path) -> Iterator[Follower]:
    """A worker, and what it writes."""
    log = tmp_path / "worker.log"
    with worker_process(settings, log) as worker:
        follower = Follower(settings, worker, log)
        try:
            yield follower
        finally:
            follower.close()


def with_session_of(settings: Settings, seconds: float) -> Settings:
    """The settings with another session timeout."""
    return settings.model_copy(update={"worker": settings.worker.model_copy(update={"session_timeout_s": seconds})})


@contextmanager
def frozen(worker: "Popen[bytes]") -> Iterator[None]:
    """While it is stopped: what is published now it has not seen, however fast the machine is."""
    worker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        worker.send_signal(signal.SIGCONT)


def records(settings: Settings, topic: Topic) -> list[StoredRecord]:
    return list(read_topic(settings.kafka, topic))


def test_poison_ends_among_dead_letters_and_good_posts_flow_on(settings: Settings, tmp_path: Path) -> None:
    poison: list[Message] = [
        (b"1", b'{"broken'),
        (None, b"\xff\xfe not UTF-8"),
        (b"2", None),
        (b"\x00\xff", b'{"schema_version": 99}'),
    ]
    for number, message in enumerate(poison):
        publish_posts(settings, range(number * 100, number * 100 + 100))
        publish(settings, raw_topic(Lane.BACKFILL), iter([message]), partition=number)
    publish(settings, FINGERPRINTS, iter([(None, b"[]")]), partition=0)
    with following(settings, tmp_path) as follower:
        follower.wait_for(lambda: len(follower.keys) == 400)
        follower.wait_for(lambda: len(records(settings, DEAD_LETTERS)) == len(poison) + 1)
        assert end(follower.worker) == 0
    letters = records(settings, DEAD_LETTERS)
    assert {(letter.key, letter.value) for letter in letters} == {*poison, (None, b"[]")}
    headers = [DeadLetter.model_validate_json(dict(letter.headers)[DEAD_LETTER_HEADER]) for letter in letters]
    assert Counter(letter.topic for letter in headers) == {"posts.raw.backfill": len(poison), FINGERPRINTS.name: 1}
    assert set(follower.keys) == {post_key(number) for number in range(400)}
    post = NormalizedPost.model_validate_json(records(settings, NORMALIZED)[0].value or b"")
    assert post.language.code in ("en", "ru", "de")


def test_stopped_worker_goes_on_without_repeats(settings: Settings, tmp_path: Path) -> None:
    publish_posts(settings, range(2000))
    with following(settings, tmp_path) as follower:
        follower.wait_for(lambda: bool(follower.keys))
        with frozen(follower.worker):
            publish_posts(settings, range(2000, 3000))
            follower.worker.send_signal(signal.SIGTERM)
        assert follower.worker.wait(DEADLINE_S) == 0
    assert len(records(settings, NORMALIZED)) < 3000
    with following(settings, tmp_path) as follower:
        follower.wait_for(lambda: len(follower.keys) == 3000)
        assert end(follower.worker) == 0
    assert set(Counter(record.key for record in records(settings, NORMALIZED)).values()) == {1}


def test_killed_worker_loses_nothing_and_misjudges_nothing(settings: Settings, tmp_path: Path) -> None:
    count = 4000
    publish_posts(settings, range(3000))
    with following(with_session_of(settings, 10.0), tmp_path) as follower:
        # The next worker waits until this one's session is over. Where it is short, a busy machine may end it first.
        deadline = time.monotonic() + DEADLINE_S
        while len(follower.keys) <= count // 4 and follower.worker.poll() is None:
            assert time.monotonic() < deadline
            follower.read()
        with frozen(follower.worker):
            publish_posts(settings, range(3000, count))
            follower.worker.kill()
        follower.worker.wait()
    with following(settings, tmp_path) as follower:
        follower.wait_for(lambda: len(follower.keys) == count)
        follower.wait_for(lambda: not any(group_lag(settings.kafka, settings.worker.group).values()))  # verdicts too
    assert set(follower.keys) == {post_key(number) for number in range(count)}
    assert records(settings, DEAD_LETTERS) == []
    links = {record.key: DuplicateRecord.model_validate_json(record.value or b"").duplicate
             for record in records(settings, DUPLICATES)}  # fmt: skip
    repeats = {key: link.of.encode() for key, link in links.items() if link is not None}
    assert repeats == {post_key(number): post_key(number - 9) for number in range(9, count, 10)}


def test_live_posts_overtake_a_backfill(settings: Settings, tmp_path: Path) -> None:
    begun, waiting, live = range(500), range(500, 4500), range(4500, 4600)
    publish_posts(settings, begun)
    with following(settings, tmp_path) as follower:
        follower.wait_for(lambda: bool(follower.keys))
        with frozen(follower.worker):
            publish_posts(settings, waiting)
            publish_posts(settings, live, Lane.LIVE)
        follower.wait_for(lambda: len(follower.keys) == len(begun) + len(waiting) + len(live))
    written = {record.key: record.timestamp_ms for record in records(settings, NORMALIZED)}
    last_live = max(written[post_key(number)] for number in live)
    later = sum(written[post_key(number)] > last_live for number in waiting)
    assert later > len(waiting) // 10


@pytest.fixture
def no_topics(settings: Settings) -> Settings:
    other = settings.kafka.model_copy(update={"topic_prefix": settings.kafka.topic_prefix + "none."})
    return settings.model_copy(update={"kafka": other})


def test_missing_topics_are_named(no_topics: Settings, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with worker_process(no_topics, log) as worker:
        assert worker.wait(DEADLINE_S) == 4
    assert no_topics.kafka.topic_prefix + FINGERPRINTS.name in log.read_text()
    assert "tgwire topics create" in log.read_text()
    assert "Traceback" not in log.read_text()

"""Issues posts through the real publisher, and poison beside it, and keeps the account of both."""

import threading
import time
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Any, Self

import kafka
from prometheus_client import CollectorRegistry

from ingest.publish.base import Delivery
from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from runtime.errors import TransientError
from runtime.kafka.connection import connect
from runtime.kafka.errors import PublishError
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from schemas.topics import RAW_BACKFILL, RAW_LIVE
from tests.chaos.worker.invention import Inventor
from tests.chaos.worker.issued import Issued, Poison, poison
from tests.chaos.worker.oracle import Issue
from tests.chaos.worker.reference import detected_language

TICK_S = 0.02
POISON_EVERY = 40
"""Posts: some poison in nearly every batch of every partition."""
POISON_TIMEOUT_S = 60.0
REPLAY_EVERY, MOST_REPLAYED = 400, 120
"""Posts: now and then up to so many of the last are published once more, as a replay or a second account does."""
RETRY_S = 0.2


class Feeder:
    """A thread that issues posts at a steady rate until it is stopped.

    After a failed delivery it does what a replay does: a new publisher, from the first post that is not acknowledged.
    """

    def __init__(
        self,
        kafka_settings: KafkaSettings,
        ingest: IngestSettings,
        seed: int,
        rate: float,
        partitions: int = RAW_LIVE.partitions,
    ) -> None:
        self._kafka, self._ingest, self._rate, self._partitions = kafka_settings, ingest, rate, partitions
        self._random = Random(f"poison {seed}")
        self._inventor = Inventor(seed, detected_language())
        self._lock = threading.Lock()
        self._posts: list[Issued] = []
        self._acknowledged: set[int] = set()
        self._issued_at: list[float] = []
        self._poison: list[Poison] = []
        self._acknowledged_poison: set[int] = set()
        self._open: deque[_Sent] = deque()
        self._due = 0.0
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chaos-feeder", daemon=True)
        self._fault: BaseException | None = None
        self.failures = 0
        """Publishers that failed and were replaced."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_ending.set()
        self._thread.join()

    def end(self) -> None:
        """Issue nothing more, and wait until all is acknowledged. Raises what ended the thread early."""
        self._is_ending.set()
        self._thread.join()
        if self._fault is not None:
            raise self._fault

    def issue(self) -> Issue:
        """The account so far."""
        with self._lock:
            return Issue(
                list(self._posts),
                frozenset(self._acknowledged),
                list(self._poison),
                frozenset(self._acknowledged_poison),
                is_in_order=not self.failures,
            )

    def issued_since(self, moment: float) -> list[Issued]:
        """Posts issued after a moment of the monotonic clock."""
        with self._lock:
            return self._posts[bisect_right(self._issued_at, moment) :]

    def in_flight(self) -> int:
        """Posts that are not known to be acknowledged."""
        return len(self._open)

    def issued_at(self) -> list[float]:
        """Moment of issue by number."""
        with self._lock:
            return list(self._issued_at)

    def _run(self) -> None:
        try:
            producer = connect(kafka.KafkaProducer, self._kafka, linger_ms=5, delivery_timeout_ms=600_000)
            try:
                self._feed(producer)
                producer.flush(POISON_TIMEOUT_S)
            finally:
                producer.close(timeout=1)
        except BaseException as error:  # noqa: BLE001 - raised by end()
            self._fault = error

    def _feed(self, producer: Any) -> None:
        while not self._is_ending.is_set() or self._open:
            try:
                with KafkaPublisher(self._kafka, self._ingest, IngestMetrics(CollectorRegistry())) as publisher:
                    for sent in self._open:
                        sent.delivery = None
                    for sent in self._open:
                        sent.delivery = publisher.publish(sent.issued.post)
                    self._issue_on(publisher, producer)
                    publisher.flush()
                    self._settle()
            except (PublishError, TransientError):
                self.failures += 1
                self._is_ending.wait(RETRY_S)

    def _issue_on(self, publisher: KafkaPublisher, producer: Any) -> None:
        while not self._is_ending.is_set():
            # What a cut held up is not caught up with in one go.
            self._due = min(self._due + self._rate * TICK_S, self._rate)
            while self._due >= 1 and not self._is_ending.is_set():
                self._due -= 1
                self._issue_next(publisher, producer)
            self._settle()
            self._is_ending.wait(TICK_S)

    def _issue_next(self, publisher: KafkaPublisher, producer: Any) -> None:
        issued = self._inventor.next()
        with self._lock:
            self._posts.append(issued)
            self._issued_at.append(time.monotonic())
        if issued.number % POISON_EVERY == 0:
            self._send_poison(producer, issued.number)
        self._publish(publisher, issued)
        if (issued.number + 1) % REPLAY_EVERY == 0:
            for replayed in self._posts[-self._random.randint(1, MOST_REPLAYED) :]:
                self._publish(publisher, replayed)

    def _publish(self, publisher: KafkaPublisher, issued: Issued) -> None:
        sent = _Sent(issued)
        self._open.append(sent)
        sent.delivery = publisher.publish(issued.post)

    def _settle(self) -> None:
        """Note what is acknowledged, in order; raises the first failure."""
        while self._open and (delivery := self._open[0].delivery) is not None and delivery.is_settled:
            if delivery.error is not None:
                raise delivery.error
            with self._lock:
                self._acknowledged.add(self._open.popleft().issued.number)

    def _send_poison(self, producer: Any, number: int) -> None:
        bad = poison(number, self._random)
        with self._lock:
            self._poison.append(bad)
        topic = self._random.choice((RAW_LIVE, RAW_BACKFILL))
        partition = self._random.randrange(self._partitions)
        future = producer.send(self._kafka.topic_prefix + topic.name, bad.value, bad.key, partition=partition)
        future.add_callback(lambda _: self._acknowledged_poison.add(number))


@dataclass(slots=True)
class _Sent:
    """A post that is not known to be acknowledged, nor anything behind it."""

    issued: Issued
    delivery: Delivery | None = None
    """None when the publisher did not take it."""

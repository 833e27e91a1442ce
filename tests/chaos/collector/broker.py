"""A broker in memory that fails on order: what arrives stays, whether its publisher is notified or not."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from types import TracebackType
from typing import Self

from ingest.errors import DeliveryTimeoutError
from ingest.publish.base import encode, encode_counters, encode_state
from runtime.kafka.errors import BrokerUnavailableError, PublishError
from schemas import ChannelState, CounterUpdate, Lane, RawPost
from schemas.topics import CHANNEL_STATES, COUNTERS, Topic, raw_topic

MAX_IN_FLIGHT = 500
_LOOK_S = 0.002


class Point(StrEnum):
    """Where a process can be killed between a hint and the end of its post's way."""

    TAKEN = "before it is sent"
    SENT = "sent, not acknowledged"
    ACKNOWLEDGED = "acknowledged, not in the ledger"
    RECORDED = "in the ledger, not committed"
    COMMITTED = "committed"


class Sent:
    """A record on its way: the ``Delivery`` of it."""

    def __init__(
        self, publisher: "BrokerPublisher", topic: Topic, key: bytes, value: bytes | None, post: RawPost | None
    ) -> None:
        """``post`` is what a raw topic gets."""
        self.topic, self.key, self.value, self.post = topic, key, value, post
        self.sent_at = time.monotonic()
        self.has_arrived = True
        self.is_answered = False
        self.error: PublishError | None = None
        self._publisher = publisher

    @property
    def is_settled(self) -> bool:
        """See ``Delivery``."""
        self._publisher.answer()
        return self.is_answered


@dataclass
class Broker:
    """What was published, in order; and what is the matter with it at present."""

    random: Random
    lag_s: float = 0.0
    """From the arrival of a record to its acknowledgement."""
    is_refusing: bool = False
    is_silent: bool = False
    """Records arrive, and nothing is acknowledged."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    sent: list[Sent] = field(default_factory=list)

    def posts(self, begin: int = 0) -> list[tuple[bytes, RawPost]]:
        """Keys and posts that arrived, in order."""
        with self.lock:
            return [(each.key, each.post) for each in self.sent[begin:] if each.has_arrived and each.post is not None]

    def counters(self) -> list[CounterUpdate]:
        """Counts that arrived, in order."""
        with self.lock:
            values = [each.value for each in self.sent if each.has_arrived and each.topic is COUNTERS]
        return [CounterUpdate.model_validate_json(value or b"") for value in values]

    def states(self) -> dict[bytes, ChannelState]:
        """The last state that arrived of each channel; those that were withdrawn are left out."""
        with self.lock:
            values = {each.key: each.value for each in self.sent if each.has_arrived and each.topic is CHANNEL_STATES}
        return {key: ChannelState.model_validate_json(value) for key, value in values.items() if value is not None}


class Line:
    """The connection of one process to the broker: once it is cut, the process writes into the void."""

    def __init__(self, broker: Broker, at: Callable[[Point], None]) -> None:
        """``at`` is called at each point of each record's way."""
        self.broker, self.at = broker, at
        self.is_cut = False
        self.publishers = 0
        self._publisher: BrokerPublisher | None = None

    def connect(self) -> "BrokerPublisher":
        """A new publisher; raises BrokerUnavailableError while the broker refuses."""
        if self.broker.is_refusing and not self.is_cut:
            raise BrokerUnavailableError("the broker refuses connections")
        self.publishers += 1
        self._publisher = BrokerPublisher(self)
        return self._publisher

    def cut(self) -> None:
        """The process is killed: the last of what was not acknowledged may never have arrived."""
        with self.broker.lock:
            self.is_cut = True
            if self._publisher is not None:
                self._publisher.forget_last()

    def break_off(self) -> None:
        """The connection breaks: some of what was on its way has arrived, and the publisher is not notified."""
        if self._publisher is not None:
            self._publisher.die()


class BrokerPublisher:
    """A ``Publisher``."""

    def __init__(self, line: Line) -> None:
        self._line, self._broker = line, line.broker
        self._unsettled: deque[Sent] = deque()
        self._failure: PublishError | None = None
        self._is_stopped = False

    def destination(self, lane: Lane) -> str:
        """See ``Publisher``."""
        return f"broker:{lane}"

    def publish(self, post: RawPost) -> Sent:
        """See ``Publisher``."""
        return self._send(raw_topic(post.lane), *encode(post), post)

    def publish_counters(self, update: CounterUpdate) -> Sent:
        """See ``Publisher``."""
        return self._send(COUNTERS, *encode_counters(update), None)

    def publish_state(self, channel_id: int, state: ChannelState | None) -> Sent:
        """See ``Publisher``."""
        return self._send(CHANNEL_STATES, *encode_state(channel_id, state), None)

    def flush(self) -> None:
        """See ``Publisher``."""
        deadline = time.monotonic() + (1.0 if self._is_stopped else 30.0)
        while self._unsettled:
            self._wait(deadline)

    def stop(self) -> None:
        """See ``Publisher``."""
        self._is_stopped = True

    def close(self) -> None:
        """See ``Publisher``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def answer(self) -> None:
        """Acknowledge what is due."""
        broker, is_cut = self._broker, self._line.is_cut
        with broker.lock:
            due = time.monotonic() - broker.lag_s
            while self._unsettled and (is_cut or (not broker.is_silent and self._unsettled[0].sent_at <= due)):
                self._unsettled.popleft().is_answered = True

    def forget_last(self) -> None:
        """Some of the records that were sent last never arrived."""
        lost = self._broker.random.randint(0, len(self._unsettled))
        for sent in list(self._unsettled)[len(self._unsettled) - lost :]:
            sent.has_arrived = False

    def die(self) -> None:
        """Fail all that is on its way, and everything from now on."""
        with self._broker.lock:
            self.forget_last()
            self._failure = DeliveryTimeoutError("the connection to the broker is gone")
            for sent in self._unsettled:
                sent.error, sent.is_answered = self._failure, True
            self._unsettled.clear()

    def _send(self, topic: Topic, key: bytes, value: bytes | None, post: RawPost | None) -> Sent:
        at = _nowhere if topic is CHANNEL_STATES else self._line.at
        at(Point.TAKEN)
        deadline = time.monotonic() + 30.0
        while len(self._unsettled) >= MAX_IN_FLIGHT and self._failure is None:
            self._wait(deadline)
        if self._broker.is_refusing and not self._line.is_cut:
            self.die()
        if self._failure is not None:
            raise self._failure
        sent = Sent(self, topic, key, value, post)
        with self._broker.lock:
            if not self._line.is_cut:
                self._broker.sent.append(sent)
            self._unsettled.append(sent)
        at(Point.SENT)
        return sent

    def _wait(self, deadline: float) -> None:
        self.answer()
        if time.monotonic() > deadline:
            raise DeliveryTimeoutError(f"{len(self._unsettled)} posts were not acknowledged in time")
        threading.Event().wait(_LOOK_S)


def _nowhere(_: Point) -> None:
    """No process is killed on the way of a channel's state: its posts are what matters."""

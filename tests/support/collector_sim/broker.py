"""A broker that keeps what it is sent, and clients of it that fail."""

import asyncio
import random
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Self

from ingest.errors import DeliveryTimeoutError
from ingest.publish.base import Delivery, encode
from runtime.kafka.errors import BrokerUnavailableError, PublishError
from schemas import ChannelState, CounterUpdate, Lane, RawPost


@dataclass(frozen=True)
class Sent:
    """A record that reached the broker, and the client that sent it."""

    publisher: int
    post: RawPost


@dataclass
class FlakyBroker:
    """Everything that arrived, in order. ``faults`` is the share of sends that fail."""

    random: random.Random
    faults: float
    ack_s: float
    """Longest time to an acknowledgement."""
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = count()

    def connect(self) -> "FlakyPublisher":
        return FlakyPublisher(self, next(self._numbers))


class _Delivery:
    def __init__(self, due: float, error: PublishError | None) -> None:
        self._due, self._error = due, error

    @property
    def is_settled(self) -> bool:
        return asyncio.get_running_loop().time() >= self._due

    @property
    def error(self) -> PublishError | None:
        return self._error if self.is_settled else None

    def complete(self) -> None:
        self._due = 0.0


class FlakyPublisher:
    """A broker's client in the simulation: acknowledges late, fails one in so many, and is then of no more use."""

    def __init__(self, broker: "FlakyBroker", number: int) -> None:
        self._broker, self._number = broker, number
        self._open: list[_Delivery] = []
        self._failure: PublishError | None = None

    def destination(self, lane: Lane) -> str:
        return f"simulated:{lane}"

    def publish(self, post: RawPost) -> Delivery:
        broker, chance = self._broker, self._broker.random.random
        encode(post)
        if self._failure is not None:
            raise self._failure
        if chance() < broker.faults:
            self._failure = BrokerUnavailableError("simulated")
            raise self._failure
        error = None
        if chance() < broker.faults:
            error = self._failure = DeliveryTimeoutError("simulated")
        if error is None or chance() < 0.5:
            broker.sent.append(Sent(self._number, post))
        delivery = _Delivery(asyncio.get_running_loop().time() + broker.random.uniform(0, broker.ack_s), error)
        self._open.append(delivery)
        return delivery

    def publish_counters(self, update: CounterUpdate) -> Delivery:
        return _Delivery(0.0, None)

    def publish_state(self, channel_id: int, state: ChannelState | None) -> Delivery:
        return _Delivery(0.0, None)

    def flush(self) -> None:
        for delivery in self._open:
            delivery.complete()

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

"""A publisher that keeps posts in memory, with faults on order: for tests, and for a look at what would be sent."""

from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from ingest.errors import DeliveryTimeoutError
from ingest.publish.base import Delivery, encode, encode_counters, encode_state
from runtime.kafka.errors import BrokerUnavailableError, PublishError
from schemas import ChannelState, CounterUpdate, Lane, RawPost
from schemas.plurals import counted


class MemoryDelivery:
    """A record in flight until ``MemoryPublisher`` settles it."""

    __slots__ = ("arrive", "error", "is_settled", "key", "value")

    def __init__(self, key: bytes, value: bytes | None, arrive: Callable[[], None]) -> None:
        """``arrive`` is called when it is acknowledged."""
        self.key, self.value, self.arrive = key, value, arrive
        self.is_settled = False
        self.error: PublishError | None = None

    def complete(self, error: PublishError | None = None) -> None:
        """Acknowledge the record, or with an error fail it."""
        self.error = error
        self.is_settled = True


class MemoryPublisher:
    """Acknowledges at once, or on request.

    ``records`` holds key and value of every post that was acknowledged, in order of acknowledgement, ``counters`` those
    of counts and ``states`` those of states of channels. With ``holds_back`` they stay in ``in_flight`` until
    ``acknowledge`` or ``fail`` is called; a flush acknowledges them.
    """

    def __init__(self, name: str = "memory", *, max_in_flight: int = 5000, holds_back: bool = False) -> None:
        self.records: list[tuple[bytes, bytes]] = []
        self.counters: list[tuple[bytes, bytes]] = []
        self.states: list[tuple[bytes, bytes | None]] = []
        self.in_flight: deque[MemoryDelivery] = deque()
        self.is_down = False
        """While True, nothing is acknowledged: a flush and a full buffer are errors."""
        self._name = name
        self._max_in_flight = max_in_flight
        self._holds_back = holds_back
        self._failure: PublishError | None = None

    def destination(self, lane: Lane) -> str:
        """See ``Publisher``."""
        return f"{self._name}:{lane}"

    def publish(self, post: RawPost) -> Delivery:
        """See ``Publisher``."""
        key, value = encode(post)
        return self._send(key, value, lambda: self.records.append((key, value)))

    def publish_counters(self, update: CounterUpdate) -> Delivery:
        """See ``Publisher``."""
        key, value = encode_counters(update)
        return self._send(key, value, lambda: self.counters.append((key, value)))

    def publish_state(self, channel_id: int, state: ChannelState | None) -> Delivery:
        """See ``Publisher``."""
        key, value = encode_state(channel_id, state)
        return self._send(key, value, lambda: self.states.append((key, value)))

    def _send(self, key: bytes, value: bytes | None, arrive: Callable[[], None]) -> Delivery:
        if self._failure is not None:
            raise self._failure
        if len(self.in_flight) >= self._max_in_flight:
            self._complete_next()
        delivery = MemoryDelivery(key, value, arrive)
        self.in_flight.append(delivery)
        if not self._holds_back and not self.is_down:
            self._complete_next()
        return delivery

    def acknowledge(self, index: int = 0) -> None:
        """Acknowledge one of the records in flight."""
        delivery = self.in_flight[index]
        del self.in_flight[index]
        delivery.arrive()
        delivery.complete()

    def fail(self, error: PublishError, index: int = 0) -> None:
        """Fail one of the records in flight."""
        delivery = self.in_flight[index]
        del self.in_flight[index]
        self._failure = self._failure or error
        delivery.complete(error)

    def flush(self) -> None:
        """See ``Publisher``."""
        if self.is_down and self.in_flight:
            missing = counted(len(self.in_flight), "post")
            raise DeliveryTimeoutError(f"The publisher is down: it did not acknowledge {missing}.")
        while self.in_flight:
            self.acknowledge()

    def stop(self) -> None:
        """See ``Publisher``; there is no wait to cut short."""

    def close(self) -> None:
        """See ``Publisher``."""
        self.in_flight.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _complete_next(self) -> None:
        if self.is_down:
            raise BrokerUnavailableError("No acknowledgement: the publisher is down.")
        self.acknowledge()

"""Records in flight to the broker: one batch, and so one confirmation, for each topic and partition."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import Any, Protocol

from aiokafka.errors import KafkaError

from processors.errors import BatchNotDeliveredError, LeaseLostError
from runtime.kafka.types import TopicPartition

LEASE_CHECK_S = 0.25
"""Time between looks at the lease while deliveries are awaited: their retries, too, must not outlive it."""


class Wave(IntEnum):
    """What waits for what to be confirmed."""

    RECORDS = 0
    """Records that consumers of the output topics read."""
    STATES = 1
    """The log of states: it records that the records before it were sent."""
    FINGERPRINTS = 2
    """For duplicate detection, by the home in the log of states. What a crash leaves out here is sent again with
    the raw post."""


class BatchProducer(Protocol):
    """The part of aiokafka's producer that is used here."""

    def create_batch(self) -> Any:  # noqa: ANN401 - aiokafka is untyped
        """An empty aiokafka ``BatchBuilder``."""
        ...

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Awaitable[Any]:  # noqa: ANN401
        """Hand a batch over; what is returned resolves when the broker has confirmed it."""
        ...


@dataclass(slots=True)
class ProducerRecord:
    """A record to be sent, with the topic and partition it goes to."""

    topic: str
    """Full name of the topic on the cluster, with the prefix."""
    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    wave: Wave = Wave.RECORDS
    """Delivered after all records of the waves before it."""

    @property
    def size_bytes(self) -> int:
        """Bytes of key and value together."""
        return len(self.key or b"") + len(self.value or b"")


class OutputBatch:
    """The records that one input batch gives. Order within a topic and partition is kept."""

    def __init__(self, producer: BatchProducer, timeout_s: float, may_send: Callable[[], bool] = lambda: True) -> None:
        """``may_send`` is asked before anything is sent, and while confirmations are awaited."""
        self._producer = producer
        self._timeout_s = timeout_s
        self._may_send = may_send
        self._waves: tuple[dict[TopicPartition, list[Any]], ...] = tuple(defaultdict(list) for _ in Wave)
        self.size_bytes = 0
        """Bytes of keys and values that wait for a flush."""
        self.ends: dict[TopicPartition, int] = {}
        """Offset after the last record delivered, for each partition written to."""

    def add(self, record: ProducerRecord) -> None:
        """Put a record into the open batch of its topic and partition."""
        batches = self._waves[record.wave][record.topic, record.partition]
        if not batches or not self._append(batches[-1], record):
            batches.append(self._producer.create_batch())
            self._append(batches[-1], record)  # the first record of a batch fits, whatever its size
        self.size_bytes += record.size_bytes

    async def flush(self) -> None:
        """Return when the broker has confirmed every record; BatchNotDeliveredError when it has not, LeaseLostError
        when they must not be sent any more.
        """
        for wave in self._waves:
            await self._deliver(wave)
            wave.clear()
        self.size_bytes = 0

    @staticmethod
    def _append(batch: Any, record: ProducerRecord) -> bool:  # noqa: ANN401
        return (
            batch.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers)) is not None
        )

    async def _deliver(self, wave: dict[TopicPartition, list[Any]]) -> None:
        if not wave:
            return
        sending = {tp: asyncio.ensure_future(self._send(tp, batches)) for tp, batches in wave.items()}
        try:
            await self._confirmed(sending)
        finally:
            unanswered = [task for task in sending.values() if not task.done()]
            for task in unanswered:
                task.cancel()
            await asyncio.gather(*unanswered, return_exceptions=True)
        for tp, task in sending.items():
            if task.cancelled():
                raise BatchNotDeliveredError(tp[0], None)
            if isinstance(error := task.exception(), KafkaError | OSError | TimeoutError):
                raise BatchNotDeliveredError(tp[0], error)
            if isinstance(error, LeaseLostError):
                raise error
            self.ends |= task.result()

    async def _confirmed(self, sending: Mapping[TopicPartition, asyncio.Future[Any]]) -> None:
        """Wait for the broker's answers, as long as it may take."""
        # An idempotent aiokafka producer retries for ever: the limit is ours.
        deadline = time.monotonic() + self._timeout_s
        pending: set[asyncio.Future[Any]] = set(sending.values())
        while pending and (left_s := deadline - time.monotonic()) > 0:
            _, pending = await asyncio.wait(pending, timeout=min(left_s, LEASE_CHECK_S))
            if pending:
                self._require_lease()

    def _require_lease(self) -> None:
        if not self._may_send():
            raise LeaseLostError

    async def _send(self, tp: TopicPartition, batches: list[Any]) -> dict[TopicPartition, int]:
        topic, partition = tp
        confirmed = []
        for batch in batches:
            batch.close()
            self._require_lease()
            confirmed.append(await self._producer.send_batch(batch, topic, partition=partition))
        results = await asyncio.gather(*confirmed, return_exceptions=True)
        end = None
        for batch, result in zip(batches, results, strict=True):
            if isinstance(result, BaseException):
                raise result
            # A retry that the broker knows already is confirmed with offset -1.
            end = result.offset + batch.record_count() if result.offset >= 0 else None
        return {} if end is None else {tp: end}


class OutputBatches:
    """Makes the outputs of a worker's batches, once its producer is there."""

    def __init__(self, timeout_s: float, may_send: Callable[[int], bool]) -> None:
        """``may_send`` is asked whether records of a generation of the group may be sent."""
        self.producer: BatchProducer
        """aiokafka's producer, to be set before the first batch."""
        self._timeout_s = timeout_s
        self._may_send = may_send

    def new(self, generation: int) -> OutputBatch:
        """An empty output for a batch that begins in a generation of the group."""
        return OutputBatch(self.producer, self._timeout_s, partial(self._may_send, generation))

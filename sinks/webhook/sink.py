"""The sink of webhooks: each record is a request, sent until the receiver takes it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from runtime.settings.sink import WebhookSinkSettings
from schemas import RejectReason
from sinks.contract import END, START, Batch, Guarantee, Message, Partition, PartitionPosition, Refusal, Written
from sinks.errors import SinkUnavailableError
from sinks.offsets_file import OffsetsFile
from sinks.place_lock import PlaceLock
from sinks.webhook.deliveries import Deliveries, DeliveryOutcome
from sinks.webhook.receiver import client_of, receiver_of

SIDE_FILE = "offsets.json"


class WebhookSink:
    """Offsets are in ``FOLDER/offsets.json``, written after the receiver has taken what is below them: what was on its
    way when the process died is sent again, under the same ``webhook-id``.
    """

    guarantee = Guarantee.AT_LEAST_ONCE

    def __init__(
        self, settings: WebhookSinkSettings, folder: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises SinkSettingError."""
        self._receiver = receiver_of(settings)
        self.topics = settings.topics
        self._settings, self._folder, self._clock = settings, folder, clock
        self._lock: PlaceLock | None = None
        self._side: OffsetsFile | None = None
        self._runner: asyncio.Runner | None = None
        self._client: httpx.AsyncClient | None = None
        self._delivered: dict[Partition, set[int]] = {}
        """Offsets above the sink's own that the receiver has taken."""
        self._failing: dict[tuple[Partition, int], float] = {}
        """Records on which the receiver fails, and since when."""

    def open(self, partitions: Sequence[Partition]) -> dict[Partition, PartitionPosition]:
        """See ``Sink``."""
        if self._lock is None:
            self._lock = PlaceLock(self._folder)
        if self._client is None:
            self._runner = asyncio.Runner()
            self._client = client_of(self._settings)
        self._side = OffsetsFile(self._folder / SIDE_FILE)
        return self._side.positions(partitions, END if self._settings.begin == "end" else START)

    def move(self, partition: Partition, offset: int) -> None:
        """See ``Sink``."""
        self._known.save(partition, offset)
        self._delivered.pop(partition, None)

    def write(self, batch: Batch) -> Written:
        """See ``Sink``; what was delivered before an error is not sent again."""
        here = self._known.next_offset(batch.partition)
        if here is not None and here != batch.start:
            return Written(here)
        delivered = self._delivered.setdefault(batch.partition, set())
        outcome = self._send(batch.partition, [each for each in batch.messages if each.offset not in delivered])
        delivered |= outcome.delivered
        refused = outcome.refused + self._given_up(batch.partition, outcome)
        next_offset = _first_left(batch, delivered)
        if next_offset > batch.start or not batch.messages:
            self._known.save(batch.partition, next_offset)
            self._forget(batch.partition, next_offset)
        if refused or next_offset == batch.end:
            return Written(next_offset, tuple(each for each in refused if each.message.offset >= next_offset))
        raise SinkUnavailableError(f"{self._receiver.host}: {outcome.problem}", outcome.retry_after_s)

    def close(self) -> None:
        """See ``Sink``."""
        if self._runner is not None and self._client is not None:
            self._runner.run(self._client.aclose())
            self._runner.close()
        self._runner = self._client = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def _known(self) -> OffsetsFile:
        assert self._side is not None, "open comes first"
        return self._side

    def _send(self, partition: Partition, messages: Sequence[Message]) -> DeliveryOutcome:
        if not messages:
            return DeliveryOutcome()
        assert self._runner is not None
        assert self._client is not None
        receiver, settings = self._receiver, self._settings
        deliveries = Deliveries(self._client, receiver.url, receiver.key, settings.concurrency, settings.timeout_s)
        try:
            return self._runner.run(deliveries.send(partition, messages))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None  # ReceiverError: every request would end like that

    def _given_up(self, partition: Partition, outcome: DeliveryOutcome) -> list[Refusal]:
        """What the receiver has failed on for too long."""
        now, given_up = self._clock(), []
        for message in outcome.failed:
            since = self._failing.setdefault((partition, message.offset), now)
            if now - since >= self._settings.retry_s:
                text = f"{outcome.problem}, for {now - since:.0f} s"
                given_up.append(Refusal(message, RejectReason.FAILED, text))
        return given_up

    def _forget(self, partition: Partition, below: int) -> None:
        self._delivered[partition] = {offset for offset in self._delivered[partition] if offset >= below}
        self._failing = {
            (each, offset): since
            for (each, offset), since in self._failing.items()
            if each != partition or offset >= below
        }


def _first_left(batch: Batch, delivered: set[int]) -> int:
    """The offset up to which everything was delivered; where the first message was not, the batch's start."""
    left = next((index for index, each in enumerate(batch.messages) if each.offset not in delivered), None)
    if left is None:
        return batch.end
    return batch.messages[left].offset if left else batch.start

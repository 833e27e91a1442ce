"""aiokafka's producer, as far as ``batch_producer`` uses it: what is sent is kept, and confirmed at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Sent:
    """A record as it was delivered."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    timestamp: int | None
    headers: Any
    offset: int = 0


class Batch(list[Sent]):
    """A batch that takes any number of records."""

    def __init__(self) -> None:
        super().__init__()

    def append(self, **fields: Any) -> object:  # type: ignore[override]
        super().append(Sent("", 0, **fields))
        return self

    def close(self) -> None: ...

    def record_count(self) -> int:
        return len(self)


@dataclass
class Producer:
    """``before`` is awaited ahead of each batch, and ``fault`` raised instead of taking it."""

    sent: list[Sent] = field(default_factory=list)
    fault: Exception | None = None
    before: Callable[[], Awaitable[None]] | None = None

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> Awaitable[Any]:
        if self.before is not None:
            await self.before()
        if self.fault is not None:
            raise self.fault
        first = len(self.log(topic, partition))
        for number, record in enumerate(batch):
            record.topic, record.partition, record.offset = topic, partition, first + number
            self.sent.append(record)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.set_result(type("Metadata", (), {"offset": first}))
        return future

    def log(self, topic: str, partition: int) -> list[Sent]:
        """What a partition holds."""
        return [record for record in self.sent if (record.topic, record.partition) == (topic, partition)]

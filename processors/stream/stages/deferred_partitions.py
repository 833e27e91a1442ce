"""Messages whose partition is not ready: they wait beside the others, which go on."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

from processors.stream.kafka_message import KafkaMessage

RunStage = Callable[[Sequence[KafkaMessage]], Awaitable[None]]


class DeferredPartitions:
    """Takes a stage's messages. Those of a partition whose state must be loaded first go to a task of their own, in
    their order, until all that came meanwhile is handled.
    """

    def __init__(self, run: RunStage, is_ready: Callable[[int], bool], limit: int) -> None:
        """``run`` handles messages and loads what they need; ``limit`` is the most messages that wait."""
        self._run = run
        self._is_ready = is_ready
        self._limit = limit
        self._waiting: dict[int, list[KafkaMessage]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._moved = asyncio.Event()

    @property
    def partitions(self) -> set[int]:
        """Partitions whose messages wait, or are handled apart."""
        return set(self._waiting)

    async def take(self, messages: Sequence[KafkaMessage]) -> None:
        """Handle messages; returns when those of partitions that are ready are delivered."""
        ready: list[KafkaMessage] = []
        apart: dict[int, list[KafkaMessage]] = defaultdict(list)
        for message in messages:
            number = message.tp[1]
            if number in self._waiting or not self._is_ready(number):
                apart[number].append(message)
            else:
                ready.append(message)
        for number, some in apart.items():
            self._defer(number, some)
        if ready:
            await self._run(ready)
        while sum(map(len, self._waiting.values())) > self._limit:
            self._moved.clear()
            await self._moved.wait()

    async def stop(self) -> None:
        """Break off what is handled apart, which no framework knows of: without a broker it would not end soon."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _defer(self, number: int, messages: list[KafkaMessage]) -> None:
        if number in self._waiting:
            self._waiting[number] += messages
            return
        self._waiting[number] = messages
        self._tasks[number] = asyncio.create_task(self._handle(number))

    async def _handle(self, number: int) -> None:
        try:
            while self._waiting[number]:
                some, self._waiting[number] = self._waiting[number], []
                await self._run(some)
                self._moved.set()
        finally:
            del self._waiting[number], self._tasks[number]
            self._moved.set()

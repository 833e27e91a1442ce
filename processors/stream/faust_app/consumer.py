"""Faust's consumer with bounded buffers, which fetches live posts first."""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Transport

from processors.stream.faust_app.drain import DrainConsumer
from processors.stream.stages.backfill_gate import FetchPriority

POLL_RECORDS = 500
"""Most records of one poll: what a full buffer can be exceeded by."""
RETRY_S = 0.02
"""Wait of a poll while all buffers are full."""
SHORT_POLL_S = 0.1
"""Longest wait of a poll that leaves partitions out: their buffers may have emptied meanwhile."""


class LaneThread(AIOKafkaConsumerThread):
    """Faust's thread of the consumer, which does not wait for a broker that is away when the worker ends."""

    logger = logging.getLogger("faust.tgwire.thread")

    async def on_start(self) -> None:
        """Connect."""
        app: Any = self.app
        await app.shutdown.start(super().on_start())

    async def on_thread_stop(self) -> None:
        """Leave the group and close the connections."""
        app: Any = self.app
        await app.shutdown.stop("consumer", super().on_thread_stop())


class LaneConsumer(DrainConsumer):
    """Leaves out partitions whose stream has enough in its buffer.

    Faust itself stops fetching a partition at 80 % of ``stream_buffer_maxsize`` and, past that size, blocks every
    stream behind the full one. Here a full stream, such as a held back backfill, blocks no other.
    """

    logger = logging.getLogger("faust.tgwire.consumer")

    def _new_consumer_thread(self) -> LaneThread:
        return LaneThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[Any] | None, timeout: float) -> Mapping[Any, Any]:
        app: Any = self.app
        wanted = [tp for tp in active_partitions or () if self._buffered(tp) < app.buffer_limit]
        if not wanted:
            await asyncio.sleep(RETRY_S)
            return {}
        *early, last = app.fetch_priority.order(wanted)
        for turn in early:
            if records := await super()._getmany(turn, 0.0):
                return dict(records)
        is_partial = len(wanted) < len(active_partitions or ())
        return dict(await super()._getmany(last, min(timeout, SHORT_POLL_S) if is_partial else timeout))

    def _buffered(self, tp: Any) -> int:  # noqa: ANN401 - Faust's own tuple
        channels: Any = self.app.topics._tp_index.get(tp, ())  # type: ignore[attr-defined] # noqa: SLF001
        return max((channel.queue.qsize() for channel in channels), default=0)


def buffered(app: Any) -> int:  # noqa: ANN401 - untyped within
    """Messages in the buffers of all streams of an app. A stream's buffer is shared by its partitions."""
    channels = {id(channel): channel for found in app.topics._tp_index.values() for channel in found}  # noqa: SLF001
    return sum(channel.queue.qsize() for channel in channels.values())


class LaneTransport(Transport):
    """Kafka with ``LaneConsumer``."""

    Consumer = LaneConsumer


def fetch_priority(backfill: str) -> FetchPriority[tuple[str, int]]:
    """Turns in which the topic of that name comes last."""
    return FetchPriority(lambda tp: tp[0] == backfill, time.monotonic)

"""Faust's consumer with bounded buffers: it fetches live posts first, and has its own loop from fetches to streams.

That loop does without the four asyncio tasks that Faust makes for every message. Faust races the delivery of each
against a suspended flow (``Consumer._drain_messages`` of 0.15.3), remembers what it read, and notes gaps for its own
commits. Here the flow is checked before each delivery, and the offset tracker checks every offset. What is left out
when a rebalance comes is fetched again: Faust seeks to the committed offsets before it lets the flow go on.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any, Generic, TypeVar

import structlog
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport

from processors.stream.faust_app.shutdown import STOP_S, end_all

POLL_RECORDS = 500
"""Most records of one poll: what a full buffer can be exceeded by."""
RETRY_S = 0.02
"""Wait of a poll while all buffers are full."""
SHORT_POLL_S = 0.1
"""Longest wait of a poll that leaves partitions out: their buffers may have emptied meanwhile."""
BACKFILL_POLL_S = 1.0
"""The backfill is fetched at least this often, when there is room for it."""
FETCH_WAIT_S = 1.0
"""Longest wait for records; Faust's own."""
REQUEST_WAIT_MS = 100
"""Longest wait of a broker for records that a fetch asks for, which Faust sets to 1.5 s. aiokafka has one fetch at a
time in flight to a broker, and leaves out partitions of which records wait to be taken. Where live ones did, because a
worker was busy for some tenths of a second, nothing was fetched of them until that fetch for the others was over."""
YIELD_EVERY = 100
"""Records between two chances for other tasks; Faust's own."""

T = TypeVar("T", bound=Hashable)
_log = structlog.stdlib.get_logger(__name__)


class FetchPriority(Generic[T]):
    """Which partitions to ask for records next, so that a backfill's records are not taken in before live ones."""

    def __init__(self, is_behind: Callable[[T], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._is_behind = is_behind
        self._clock = clock
        self._served_at = clock()

    def order(self, partitions: Collection[T]) -> tuple[set[T], ...]:
        """Sets of partitions, to be asked one after the other until one has records. None is empty."""
        behind = {tp for tp in partitions if self._is_behind(tp)}
        ahead = set(partitions) - behind
        if not behind or not ahead:
            return (behind or ahead,) if partitions else ()
        now = self._clock()
        if now - self._served_at >= BACKFILL_POLL_S:
            self._served_at = now
            return (behind, behind | ahead)
        return (ahead, behind | ahead)


class LaneThread(AIOKafkaConsumerThread):
    """Faust's thread of the consumer, which does not wait for a broker that is away when the worker ends."""

    logger = logging.getLogger("faust.tgwire.thread")

    async def on_start(self) -> None:
        """Connect the consumer, without waiting for a broker once the worker ends."""
        app: Any = self.app
        await app.shutdown.start(super().on_start())

    async def on_thread_stop(self) -> None:
        """Leave the group and close the connections."""
        app: Any = self.app
        self._drop_calls()
        await app.shutdown.stop("consumer", super().on_thread_stop())

    def _create_worker_consumer(self, transport: Any) -> Any:  # noqa: ANN401 - Faust's transport, aiokafka's consumer
        consumer: Any = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = REQUEST_WAIT_MS  # noqa: SLF001 - for the fetcher that its start makes
        return consumer

    def _drop_calls(self) -> None:
        """Nobody waits for the answers any more. mode would make each call first: a commit alone asks a broker that is
        away for ever, and mode takes the cancellation of one call for its answer, and makes the next.
        """
        calls = None if self._method_queue is None else self._method_queue._queue  # noqa: SLF001
        while calls is not None and not calls.empty():
            promise = calls.get_nowait().promise
            promise.get_loop().call_soon_threadsafe(promise.cancel)

    async def _gather_remaining_tasks(self) -> None:
        tasks = {task for task in asyncio.all_tasks(self.thread_loop) if task is not asyncio.current_task()}
        await end_all(tasks, STOP_S)  # mode waits without a limit, while the main thread waits for this one


class LaneConsumer(Consumer):
    """Leaves out partitions whose stream has enough in its buffer.

    Faust itself stops fetching a partition at 80 % of ``stream_buffer_maxsize`` and, past that size, blocks every
    stream behind the full one. Here a full stream, such as a held back backfill, blocks no other.
    """

    logger = logging.getLogger("faust.tgwire.consumer")

    async def verify_all_partitions_active(self) -> None:
        """Nothing: partitions that do not move are the stall watchdog's. Faust fails over one without a position, which
        a partition has none of while its leader is away.
        """

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

    async def _drain_messages(self, fetcher: Any) -> None:  # noqa: ANN401 - Faust's service
        stops: tuple[type[BaseException], ...] = (*self.consumer_stopped_errors, asyncio.CancelledError)
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):  # noqa: SLF001
                await self._drain_once()
                await asyncio.sleep(0)
        except stops:
            if not self.app.should_stop:
                raise

    async def _drain_once(self) -> None:
        records, active = await self._wait_next_records(FETCH_WAIT_S)
        if records is None or self.should_stop:
            return
        if self.flow_active:
            await self._deliver(records, active)
        else:
            await self._seek_back()

    async def _deliver(self, records: Mapping[Any, Any], active: set[Any] | None) -> None:
        generation = self.app.consumer_generation_id
        for number, (tp, record) in enumerate(self.scheduler.iterate(records), start=1):
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if active is None or tp in active or tp in self._buffered_partitions:
                await self.callback(self._to_message(tp, record))
            if number % YIELD_EVERY == 0:
                await asyncio.sleep(0)

    async def _seek_back(self) -> None:
        try:
            await self.perform_seek()
        except Exception as error:  # noqa: BLE001 - Faust seeks again before the flow goes on
            _log.debug("no seek while the flow was suspended", error=repr(error))

    def _buffered(self, tp: Any) -> int:  # noqa: ANN401 - Faust's own tuple
        channels: Any = self.app.topics._tp_index.get(tp, ())  # type: ignore[attr-defined] # noqa: SLF001
        return max((channel.queue.qsize() for channel in channels), default=0)


def buffered(app: Any) -> int:  # noqa: ANN401 - untyped within
    """Messages in the buffers of all streams of an app. A stream's buffer is shared by its partitions."""
    channels = {id(channel): channel for found in app.topics._tp_index.values() for channel in found}  # noqa: SLF001
    return sum(channel.queue.qsize() for channel in channels.values())


class LaneTransport(Transport):
    """Faust's transport to Kafka, with ``LaneConsumer`` as its consumer."""

    Consumer = LaneConsumer


def fetch_priority(backfill: str) -> FetchPriority[tuple[str, int]]:
    """Turns in which the topic of that name comes last."""
    return FetchPriority(lambda tp: tp[0] == backfill, time.monotonic)

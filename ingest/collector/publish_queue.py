"""The bounded queue from the event loop to the publisher, and from its acknowledgements to the ledger."""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

import structlog

from ingest.collector.metrics import CollectMetrics
from ingest.collector.pending_publish import PendingPublish
from ingest.collector.retrying_publisher import RetryingPublisher
from ingest.ledger.ledger import Ledger
from ingest.ledger.order_clock import OrderClock
from runtime.back_off import BackOff
from runtime.errors import TransientError
from runtime.kafka.errors import PublishError
from runtime.outage import Notice, Outage

_TURN = 500
"""Items that one turn takes, so that acknowledgements are looked at in between."""
_POLL_S = 0.01
"""Seconds between two looks for acknowledgements, which a publisher does not report."""
_COMMIT_INTERVAL_S = 0.1
"""Seconds between two commits of the ledger: each costs some ms of disk, and a kill repeats what is not committed."""
FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S = 1.0, 30.0
"""Seconds before a failed publisher is replaced; doubled each time, until a post was acknowledged."""
STALL_S = 5.0
"""Without an acknowledgement for so long nothing is being published, whatever the client still hopes for: it gives a
record up only after ``ingest.delivery_timeout_s``. A partition has a new leader sooner.
"""

_log = structlog.stdlib.get_logger(__name__)


def _ignore(_: list[PendingPublish]) -> None:
    """Default of ``on_recorded``."""


@dataclass(frozen=True, slots=True)
class PublishStall:
    """Posts wait, and none can be published."""

    since_s: float
    """Seconds since the last was, or since the first of those that wait was taken."""
    reason: str


class PublishQueue:
    """Takes items on the event loop, publishes them on a thread, and records them in the ledger on another.

    The order stays. ``on_recorded`` is called on the loop with what the ledger has recorded, durably.
    """

    def __init__(
        self,
        publisher: RetryingPublisher,
        ledger: Ledger,
        order: OrderClock,
        metrics: CollectMetrics,
        executor: Executor,
        max_depth: int,
    ) -> None:
        self.max_depth = max_depth
        self.depth = 0
        """Items taken and not yet recorded."""
        self.on_recorded: Callable[[list[PendingPublish]], None] = _ignore
        self.published = 0
        """Posts acknowledged since the start."""
        self._publisher, self._ledger, self._order = publisher, ledger, order
        self._metrics, self._executor = metrics, executor
        # At each scrape: while nothing is acknowledged, nothing else would report it.
        metrics.queue_depth.set_function(lambda: self.depth)
        self._loop = asyncio.get_running_loop()
        self._queue: deque[PendingPublish] = deque()
        self._released: list[PendingPublish] = []
        self._is_closing = False
        self._work, self._record, self._closing = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._failure: PublishError | None = None
        self._back_off = BackOff(FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S, jitter=0.0)
        self._moved_at = 0.0
        """Time of the loop of the last acknowledgement or record, or of the first item of those under way."""
        self._unrecorded = 0
        """Items acknowledged and not yet recorded."""
        self._outage = Outage()
        self._deadline = math.inf
        self._cut: asyncio.TimerHandle

    @property
    def stall(self) -> PublishStall | None:
        """Whether nothing can be published at present, and why; safe to ask on any thread."""
        since_s = self._loop.time() - self._moved_at if self.depth else 0.0
        if self._failure is not None:
            return PublishStall(since_s, str(self._failure))
        if since_s < STALL_S:
            return None
        if self._unrecorded >= self.depth:
            return PublishStall(since_s, "the ledger does not record what was acknowledged: check the disk")
        return PublishStall(since_s, "what was sent is not acknowledged")

    @property
    def has_room(self) -> bool:
        """Whether the queue can take one more item within its bound."""
        return self.depth < self.max_depth

    async def wait_for_room(self, items: int, bound: int | None = None) -> None:
        """Wait until so many items keep the bound, or a lower one; in an empty queue any number has room."""
        bound = self.max_depth if bound is None else min(bound, self.max_depth)
        while self.depth and self.depth + items > bound:
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            await waiter

    def put(self, item: PendingPublish) -> None:
        """Take an item; the caller has made sure of the room. Its post gets its order: that of the records to come."""
        if item.post is not None:
            item.post = self._order.stamp(item.post)
        if not self.depth:
            self._moved_at = self._loop.time()
        self.depth += 1
        self._queue.append(item)
        if not self._work.is_set():
            self._work.set()

    def written(self) -> None:
        """Something was written to the ledger, and is to be committed."""
        self._record.set()

    async def commit(self) -> None:
        """Make durable what was written to the ledger."""
        await self._loop.run_in_executor(self._executor, self._ledger.commit)

    def close(self, timeout_s: float) -> None:
        """Let ``publish`` and ``record`` end after what they are at. ``drain`` then has so long."""
        self._is_closing = True
        self._deadline = self._loop.time() + timeout_s
        self._cut = self._loop.call_at(self._deadline, self._publisher.stop)
        for event in (self._work, self._record, self._closing):
            event.set()

    async def publish(self) -> None:
        """Publish until it is closed. Raises DestinationChangedError and StateError."""
        while not self._is_closing:
            if not self._queue and not self._publisher.has_unsent:
                await self._idle()
            is_acknowledged = await self._turn()
            if self._publisher.failure is not None:
                await self._fail(self._publisher.failure)
            elif is_acknowledged or self._failure is None:  # to be connected again proves nothing
                self._failure = None
                self._back_off.reset()
                self._log_outage(self._outage.answered(self._loop.time()))

    async def record(self) -> None:
        """Write what is acknowledged into the ledger, until it is closed. Raises StateError."""
        while not self._is_closing:
            await self._record.wait()
            await self._record_released()
            await self._pause(_COMMIT_INTERVAL_S)

    async def drain(self) -> bool:
        """Publish and record what was taken, once the two have ended; False when something is left."""
        try:
            while (self._queue or self._publisher.has_unsent) and self._loop.time() < self._deadline:
                await self._turn()
                if self._publisher.failure is not None:
                    break
            self._publisher.stop()
            released = await self._loop.run_in_executor(self._executor, self._publisher.flush)
            self._count(released)
            await self._record_released()
        finally:
            self._cut.cancel()
        return self.depth == 0

    async def disconnect(self) -> None:
        """Close the connection of the publisher."""
        await self._loop.run_in_executor(self._executor, self._publisher.close)

    async def _idle(self) -> None:
        """Wait for an item, an acknowledgement or the end."""
        while not self._queue and not self._publisher.has_news and not self._is_closing:
            self._work.clear()
            timer = self._loop.call_later(_POLL_S, self._work.set) if self._publisher.has_sent else None
            await self._work.wait()
            if timer is not None:
                timer.cancel()

    async def _pause(self, wait_s: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), wait_s)

    async def _turn(self) -> bool:
        """Send what waits; returns whether the broker has acknowledged something."""
        batch = list(islice(self._queue, _TURN))
        if any(item.is_noted_first for item in batch):
            await self.commit()
        for _ in batch:
            self._queue.popleft()
        released = await self._loop.run_in_executor(self._executor, self._send, batch)
        if released:
            self._record.set()
        return self._count(released)

    def _send(self, batch: list[PendingPublish]) -> list[PendingPublish]:
        orders = [item.post.order for item in batch if item.post is not None and item.post.order is not None]
        if orders:
            self._ledger.order.reserve(orders[-1])
        return self._publisher.turn(batch)

    def _count(self, released: list[PendingPublish]) -> bool:
        now = self._loop.time()
        self._released += released
        self._unrecorded += len(released)
        is_acknowledged = any(item.post or item.counters or item.state for item in released)
        if is_acknowledged:
            self._moved_at = now
        for item in released:
            self.published += item.post is not None
            if item.pushed_at is not None:
                self._metrics.push_seconds.observe(now - item.pushed_at)
        return is_acknowledged

    async def _fail(self, failure: PublishError) -> None:
        self._failure = failure
        self._log_outage(self._outage.failed(self._loop.time()), failure)
        await self._pause(self._back_off.next_s())

    @staticmethod
    def _log_outage(notice: Notice | None, failure: PublishError | None = None) -> None:
        if notice is None:
            return
        if notice.phase == "ends":
            _log.warning("posts can be published again", away_s=notice.length_s)
        elif isinstance(failure, TransientError):  # an outage, of which the process speaks in words of its own
            _log.debug("nothing can be published", problem=str(failure))
        else:
            _log.error("nothing can be published", problem=str(failure))

    async def _record_released(self) -> None:
        self._record.clear()
        recorded, self._released = self._released, []
        await self._loop.run_in_executor(self._executor, self._write, recorded)
        self.depth -= len(recorded)
        self._unrecorded -= len(recorded)
        if recorded:
            self._moved_at = self._loop.time()
        self.on_recorded(recorded)
        waiters, self._waiters = self._waiters, deque()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _write(self, recorded: list[PendingPublish]) -> None:
        if recorded:
            self._ledger.apply([item.ledger_update for item in recorded if item.state is None])
        self._ledger.commit()

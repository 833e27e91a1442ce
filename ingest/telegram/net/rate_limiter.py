"""One account's requests that can wait: the most urgent first, so many a second."""

import asyncio
import heapq
from itertools import count

from ingest.live_reader import RequestPriority


class RateLimiter:
    """Lets one request go in each interval. GAP never waits: a post that was just pushed is held up by it."""

    def __init__(self, per_s: float) -> None:
        self._interval_s = 1.0 / per_s
        self._next = 0.0
        self._order = count()
        self._waiting: list[tuple[RequestPriority, int, asyncio.Future[None]]] = []
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, priority: RequestPriority) -> None:
        """Wait for a turn; raises what `end` was given."""
        if priority is RequestPriority.GAP:
            return
        waiter = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), waiter))
        self._arm()
        await waiter

    def end(self, error: Exception) -> None:
        """No request can be sent now: all that wait for their turn raise the error."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        for _, _, waiter in waiting:
            if not waiter.done():
                waiter.set_exception(error)

    def _arm(self) -> None:
        if self._timer is None and self._waiting:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._next), self._go)

    def _go(self) -> None:
        self._timer = None
        while self._waiting:
            _, _, waiter = heapq.heappop(self._waiting)
            if not waiter.done():
                waiter.set_result(None)
                self._next = asyncio.get_running_loop().time() + self._interval_s
                break
        self._arm()

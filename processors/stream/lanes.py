"""Live posts ahead of a backfill, without starving it.

A backfill batch starts only while few live posts wait and duplicate detection, which both lanes share, has little to
do. When live posts keep a worker busy for ever, the backfill still gets one batch every ``PATIENCE_S``.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Hashable
from typing import Generic, TypeVar

PATIENCE_S = 5.0
POLL_S = 0.02
BACKFILL_POLL_S = 1.0
"""The backfill is fetched at least this often, when there is room for it."""

T = TypeVar("T", bound=Hashable)


class BackfillGate:
    """Holds the backfill's next batch back until it is its turn."""

    def __init__(
        self,
        live_waiting: Callable[[], Awaitable[int]],
        dedup_backlog: Callable[[], Awaitable[int]],
        max_live: int,
        max_backlog: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._live_waiting = live_waiting
        self._dedup_backlog = dedup_backlog
        self._max_live = max_live
        self._max_backlog = max_backlog
        self._clock = clock
        self._is_closed = False
        self.is_holding = False
        """True while a batch waits: the backfill's partitions then stand still for a good reason."""

    async def wait(self) -> None:
        """Return when the next batch may start, at once after ``close``."""
        deadline = self._clock() + PATIENCE_S
        self.is_holding = True
        try:
            while not self._is_closed and self._clock() < deadline and not await self._is_open():
                await asyncio.sleep(POLL_S)
        finally:
            self.is_holding = False

    def close(self) -> None:
        """The worker stops: hold nothing back."""
        self._is_closed = True

    async def _is_open(self) -> bool:
        return await self._live_waiting() <= self._max_live and await self._dedup_backlog() <= self._max_backlog


class FetchTurns(Generic[T]):
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

"""Live posts ahead of a backfill, without starving it.

The backfill goes on in portions. One starts only while few posts wait on the live lane and in duplicate detection,
which both lanes share: a live post then comes out behind about one portion. Where no live post came for a while,
portions are whole batches, and more may wait. When live posts keep a worker busy for ever, the backfill still gets one
portion every ``PATIENCE_S``.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE_S = 5.0
POLL_S = 0.02
FEW = 100
"""Posts that may wait beside live ones: so many are processed in a tenth of a second. Were none allowed to wait, a
backfill would starve beside any steady flow, which always has some that wait to fill a batch."""
PORTION = 250
"""Posts of a portion beside live ones. Beside 100 live posts/s (``benchmarks.end_to_end``), which then took 0.33 s in
the median, a backfill went on at 1,000 posts/s; with 500, at 1,200 and 0.51 s; with 100, at 740 and 0.28 s."""
BACKLOG_BATCHES = 2
"""Batches that may wait for duplicate detection while the live lane is idle. With batches of 1000 this cost 7 % of a
backfill's throughput on one worker, with batches of 500 about a quarter."""


class BackfillGate:
    """Holds the backfill's next posts back until it is their turn."""

    def __init__(
        self,
        live_waiting: Callable[[], Awaitable[int]],
        dedup_backlog: Callable[[], Awaitable[int]],
        batch_size: int,
        are_batches_idle: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``are_batches_idle``: whether no live batch was at work for a while (``live_priority.py``). Posts that wait
        do not show it: when they are requested, a live batch has often just taken them.
        """
        self._live_waiting = live_waiting
        self._dedup_backlog = dedup_backlog
        self._batch_size = batch_size
        self._are_batches_idle = are_batches_idle
        self._clock = clock
        self._is_live_idle = False
        """Whether the live lane was idle when it was looked at last."""
        self._is_closed = False
        self.is_holding = False
        """True while posts wait: the backfill's partitions are then paused on purpose."""

    async def wait(self) -> int:
        """Return when posts may start, at once after ``close``; the number of them."""
        deadline = self._clock() + PATIENCE_S
        self.is_holding = True
        try:
            while not self._is_closed and self._clock() < deadline and not await self._is_open():
                await asyncio.sleep(POLL_S)
        finally:
            self.is_holding = False
        return self._batch_size if self._is_live_idle else PORTION

    def close(self) -> None:
        """The worker stops: hold nothing back."""
        self._is_closed = True

    async def _is_open(self) -> bool:
        live = await self._live_waiting()
        self._is_live_idle = not live and self._are_batches_idle()
        most = BACKLOG_BATCHES * self._batch_size if self._is_live_idle else FEW
        return live <= FEW and await self._dedup_backlog() <= most

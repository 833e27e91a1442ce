"""Live posts ahead of a backfill on the same thread.

A delivery takes a dozen turns of the event loop. Were every turn taken by a slice of a backfill first, live posts would
wait for a dozen slices; so a backfill waits between two slices until the live batch at work has ended. The live lane
then pauses (``batching.py``), which leaves time for it. Duplicate detection does not wait: after each end of a worker
that a fingerprint causes, analysis would first send that fingerprint once more.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from processors.stream.stages.stages import Stage
from schemas import Lane

QUIET_S = 2.0
"""The live lane is idle when no batch of it was at work for so long."""
GIVE_WAY_S = 0.25
"""Longest wait for a live batch: one that takes longer waits for a broker or a table itself."""
BACKFILL_SLICE = 50
"""Most posts of a backfill's slice beside live ones, which wait for one slice. A backfill alone takes 10 % more CPU
with 50 than with 100."""


class LivePriority:
    """Knows which live batches are at work, and lets a backfill wait for them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at_work = 0
        self._ended = asyncio.Event()
        """Set and cleared whenever a live batch has ended."""
        self._ended_at = -math.inf

    @property
    def is_idle(self) -> bool:
        """Whether no live batch was at work for ``QUIET_S``."""
        return not self._at_work and self._clock() - self._ended_at >= QUIET_S

    @contextmanager
    def batch(self, stage: Stage[Any]) -> Iterator[None]:
        """A batch of a stage is at work."""
        is_live = stage.lane is Lane.LIVE
        self._at_work += is_live
        try:
            yield
        finally:
            self._at_work -= is_live
            if is_live:
                self._ended_at = self._clock()
                self._ended.set()
                self._ended.clear()

    async def give_way(self, stage: Stage[Any]) -> None:
        """Between two slices: return when the live batch at work has ended, if a backfill asks. At once for others."""
        if self._at_work and stage.lane is Lane.BACKFILL:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), GIVE_WAY_S)

    def slice_posts(self, stage: Stage[Any]) -> int:
        """Most messages of a stage's next slice."""
        if self.is_idle or stage.lane is not Lane.BACKFILL:
            return stage.slice_posts
        return min(stage.slice_posts, BACKFILL_SLICE)

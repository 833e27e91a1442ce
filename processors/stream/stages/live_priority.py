"""Live posts ahead of other work on the same thread.

A delivery takes a dozen turns of the event loop. Were every turn taken by a slice of other work first, live posts would
wait for a dozen slices; so other work waits until the live batch at work has ended. The live lane then pauses
(``batching.py``), which leaves time for the others. A backfill waits before each slice; duplicate detection only for a
part of a batch, as it has to keep up with live posts however many there are.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from processors.stream.stages.analyze_and_dedup import Stage
from schemas import Lane

QUIET_S = 2.0
"""The live lane is idle when no batch of it was at work for so long."""
GIVE_WAY_S = 0.25
"""Longest wait for a live batch: one that takes longer waits for a broker or a table itself."""
PATIENCE_S = 0.5
"""So long after its beginning a batch of duplicate detection waits no more: one that takes longer shows a backlog."""
BACKFILL_SLICE = 50
"""Most posts of a backfill's slice beside live ones, which wait for one slice. A backfill alone takes 10 % more CPU
with 50 than with 100."""


class LivePriority:
    """Knows which live batches are at work, and lets others wait for them."""

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
        """Around a batch of a stage: a live one holds others up until it ends."""
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

    async def before_batch(self, stage: Stage[Any]) -> None:
        """Return when the live batch at work has ended, if there is one; at once for a live one."""
        if self._at_work and stage.lane is not Lane.LIVE:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), GIVE_WAY_S)

    async def between_slices(self, stage: Stage[Any], taken_s: float) -> None:
        """Return when the live batch at work has ended, between two slices of a batch that began ``taken_s`` ago; at
        once for duplicate detection after ``PATIENCE_S``.
        """
        if stage.lane is Lane.BACKFILL or taken_s < PATIENCE_S:
            await self.before_batch(stage)

    def slice_posts(self, stage: Stage[Any]) -> int:
        """Most messages of a stage's next slice: fewer for a backfill while live posts come."""
        if self.is_idle or stage.lane is not Lane.BACKFILL:
            return stage.slice_posts
        return min(stage.slice_posts, BACKFILL_SLICE)

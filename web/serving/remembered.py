"""Answers that cost much and change slowly, kept for a minute and read once for all who wait."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """One answer; a failure is not kept."""

    def __init__(self, keep_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock``: seconds that only go forward."""
        self._keep_s, self._clock = keep_s, clock
        self._kept: tuple[float, T] | None = None
        self._lock = asyncio.Lock()

    async def get(self, read: Callable[[], Awaitable[T]]) -> T:
        """What is kept, or what ``read`` gives."""
        async with self._lock:
            if self._kept is None or self._clock() - self._kept[0] >= self._keep_s:
                self._kept = (self._clock(), await read())
            return self._kept[1]

"""Waiting for what a client or a server does by itself."""

import asyncio
import time
from collections.abc import Callable

from tests.support.patience import DEADLINE_S

POLL_S = 0.005


async def until(condition: Callable[[], object], what: str, timeout_s: float = DEADLINE_S) -> None:
    """Return once the condition is true; raises `AssertionError`, which names the condition, when it stays false."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain for {what}")
        await asyncio.sleep(POLL_S)

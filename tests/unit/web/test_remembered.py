"""Costly answers are kept for a minute, and read once for all who wait."""

import asyncio

import pytest

from web.serving.remembered import Remembered


async def test_an_answer_is_read_once_a_minute_for_all() -> None:
    now, reads = 0.0, 0
    remembered: Remembered[int] = Remembered(60, lambda: now)

    async def read() -> int:
        nonlocal reads
        await asyncio.sleep(0)
        reads += 1
        return reads

    assert await asyncio.gather(*(remembered.get(read) for _ in range(5))) == [1] * 5
    now = 59.9
    assert await remembered.get(read) == 1
    now = 60.0
    assert await remembered.get(read) == 2


async def test_a_failure_is_not_kept() -> None:
    remembered: Remembered[int] = Remembered(60, lambda: 0.0)

    async def fail() -> int:
        raise OSError("away")

    async def read() -> int:
        return 7

    with pytest.raises(OSError, match="away"):
        await remembered.get(fail)
    assert await remembered.get(read) == 7

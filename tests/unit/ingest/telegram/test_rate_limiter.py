"""The order and speed of requests that can wait."""

import asyncio

import pytest

from ingest.errors import ReaderLostError
from ingest.live_reader import RequestPriority
from ingest.telegram.net.rate_limiter import RateLimiter
from tests.support.collector_sim.virtual_time import run_virtual


def test_the_most_urgent_goes_first_and_equals_in_their_order() -> None:
    run_virtual(urgency())


async def urgency() -> None:
    pace, gone = RateLimiter(per_s=200), list[str]()

    async def go(priority: RequestPriority, name: str) -> None:
        await pace.turn(priority)
        gone.append(name)

    waiting = [
        asyncio.create_task(go(priority, name))
        for priority, name in [
            (RequestPriority.BACKFILL, "backfill"),
            (RequestPriority.SWEEP, "sweep 1"),
            (RequestPriority.REFETCH, "revisit"),
            (RequestPriority.SWEEP, "sweep 2"),
        ]
    ]
    await asyncio.sleep(0)
    await pace.turn(RequestPriority.GAP)
    assert gone == []
    await asyncio.gather(*waiting)
    assert gone == ["sweep 1", "sweep 2", "revisit", "backfill"]


def test_turns_keep_their_distance_also_after_a_rest() -> None:
    run_virtual(distances())


async def distances() -> None:
    pace, loop = RateLimiter(per_s=50), asyncio.get_running_loop()
    await pace.turn(RequestPriority.SWEEP)
    await asyncio.sleep(0.1)
    moments = []
    for _ in range(4):
        await pace.turn(RequestPriority.SWEEP)
        moments.append(loop.time())
    assert moments[-1] - moments[0] >= 3 * 0.02 - 0.002  # no burst for the time of rest


def test_one_who_gives_up_takes_no_turn() -> None:
    run_virtual(giving_up())


async def giving_up() -> None:
    pace, loop = RateLimiter(per_s=1), asyncio.get_running_loop()
    await pace.turn(RequestPriority.SWEEP)
    impatient = asyncio.create_task(pace.turn(RequestPriority.SWEEP))
    patient = asyncio.create_task(pace.turn(RequestPriority.BACKFILL))
    await asyncio.sleep(0)
    impatient.cancel()
    began = loop.time()
    await patient
    assert loop.time() - began < 1.9  # one turn, not two


async def test_the_end_of_a_connection_ends_all_waiting() -> None:
    pace = RateLimiter(per_s=0.001)
    await pace.turn(RequestPriority.SWEEP)
    waiting = [asyncio.create_task(pace.turn(RequestPriority.SWEEP)) for _ in range(3)]
    await asyncio.sleep(0)
    pace.end(ReaderLostError("gone"))
    for each in waiting:
        with pytest.raises(ReaderLostError, match="gone"):
            await each

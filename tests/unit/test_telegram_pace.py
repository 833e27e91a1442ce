"""The order and speed of requests that can wait."""

import asyncio

import pytest

from ingest.errors import ReaderLostError
from ingest.live_reader import Urgency
from ingest.telegram.net.rate_limiter import Pace


async def test_the_most_urgent_goes_first_and_equals_in_their_order() -> None:
    pace, gone = Pace(per_s=200), list[str]()

    async def go(urgency: Urgency, name: str) -> None:
        await pace.turn(urgency)
        gone.append(name)

    waiting = [
        asyncio.create_task(go(urgency, name))
        for urgency, name in [
            (Urgency.BACKFILL, "backfill"),
            (Urgency.SWEEP, "sweep 1"),
            (Urgency.REVISIT, "revisit"),
            (Urgency.SWEEP, "sweep 2"),
        ]
    ]
    await asyncio.sleep(0)
    await pace.turn(Urgency.GAP)
    assert gone == []
    await asyncio.gather(*waiting)
    assert gone == ["sweep 1", "sweep 2", "revisit", "backfill"]


async def test_turns_keep_their_distance_also_after_a_rest() -> None:
    pace, loop = Pace(per_s=50), asyncio.get_running_loop()
    await pace.turn(Urgency.SWEEP)
    await asyncio.sleep(0.1)
    moments = []
    for _ in range(4):
        await pace.turn(Urgency.SWEEP)
        moments.append(loop.time())
    assert moments[-1] - moments[0] >= 3 * 0.02 - 0.002  # no burst for the time of rest


async def test_one_who_gives_up_takes_no_turn() -> None:
    pace, loop = Pace(per_s=1), asyncio.get_running_loop()
    await pace.turn(Urgency.SWEEP)
    impatient = asyncio.create_task(pace.turn(Urgency.SWEEP))
    patient = asyncio.create_task(pace.turn(Urgency.BACKFILL))
    await asyncio.sleep(0)
    impatient.cancel()
    began = loop.time()
    await patient
    assert loop.time() - began < 1.9  # one turn, not two


async def test_the_end_of_a_connection_ends_all_waiting() -> None:
    pace = Pace(per_s=0.001)
    await pace.turn(Urgency.SWEEP)
    waiting = [asyncio.create_task(pace.turn(Urgency.SWEEP)) for _ in range(3)]
    await asyncio.sleep(0)
    pace.end(ReaderLostError("gone"))
    for each in waiting:
        with pytest.raises(ReaderLostError, match="gone"):
            await each

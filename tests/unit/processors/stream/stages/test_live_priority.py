"""Other work waits for the live batch at work, but never for long."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from processors.stream.stages import live_priority
from processors.stream.stages.live_priority import BACKFILL_SLICE, PATIENCE_S, QUIET_S, LivePriority
from schemas import Lane
from tests.support.patience import DEADLINE_S


class Stage:
    slice_posts = 2 * BACKFILL_SLICE

    def __init__(self, lane: Lane | None) -> None:
        self.lane = lane


LIVE: Any = Stage(Lane.LIVE)
BACKFILL: Any = Stage(Lane.BACKFILL)
DEDUP: Any = Stage(None)


Wait = Callable[[LivePriority, Any], Awaitable[None]]
BEFORE = LivePriority.before_batch


def between(priority: LivePriority, stage: Any, taken_s: float = 0.0) -> Awaitable[None]:
    return priority.between_slices(stage, taken_s)


@pytest.mark.parametrize(
    ("wait", "stage"), [(BEFORE, BACKFILL), (between, BACKFILL), (BEFORE, DEDUP), (between, DEDUP)]
)
async def test_others_wait_for_the_live_batch_at_work_not_for_those_behind_it(
    wait: Wait, stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_priority, "GIVE_WAY_S", DEADLINE_S)
    priority = LivePriority()
    with priority.batch(LIVE):
        waiting = asyncio.ensure_future(wait(priority, stage))
        await asyncio.sleep(0.01)
        assert not waiting.done()
    with priority.batch(LIVE):
        await waiting


async def test_a_live_batch_that_waits_for_a_broker_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_priority, "GIVE_WAY_S", 0.001)
    priority = LivePriority()
    with priority.batch(LIVE):
        await asyncio.wait_for(priority.before_batch(BACKFILL), DEADLINE_S)


async def test_live_batches_wait_for_nobody_and_nobody_waits_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_priority, "GIVE_WAY_S", 2 * DEADLINE_S)
    priority = LivePriority()
    with priority.batch(LIVE), priority.batch(BACKFILL):
        for wait in (BEFORE, between):
            await asyncio.wait_for(wait(priority, LIVE), DEADLINE_S)
    with priority.batch(BACKFILL), priority.batch(DEDUP):
        for stage in (LIVE, BACKFILL, DEDUP):
            for wait in (BEFORE, between):
                await asyncio.wait_for(wait(priority, stage), DEADLINE_S)


async def test_duplicate_detection_takes_a_long_batch_to_its_end_while_live_batches_come_and_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would fall behind live posts that keep a worker busy."""
    monkeypatch.setattr(live_priority, "GIVE_WAY_S", 2 * DEADLINE_S)
    priority = LivePriority()
    with priority.batch(LIVE):
        await asyncio.wait_for(between(priority, DEDUP, PATIENCE_S), DEADLINE_S)


def test_a_batch_that_fails_is_over() -> None:
    priority = LivePriority(clock=iter([0.0, QUIET_S]).__next__)
    with pytest.raises(ZeroDivisionError), priority.batch(LIVE):
        raise ZeroDivisionError
    assert priority.slice_posts(BACKFILL) == BACKFILL.slice_posts


def test_slices_of_a_backfill_are_short_until_the_live_lane_is_idle() -> None:
    now = 100.0
    priority = LivePriority(clock=lambda: now)
    assert priority.slice_posts(BACKFILL) == BACKFILL.slice_posts
    assert priority.is_idle
    with priority.batch(LIVE):
        assert not priority.is_idle
        assert priority.slice_posts(BACKFILL) == BACKFILL_SLICE
    assert priority.slice_posts(BACKFILL) == BACKFILL_SLICE
    assert (priority.slice_posts(LIVE), priority.slice_posts(DEDUP)) == (LIVE.slice_posts, DEDUP.slice_posts)
    now += QUIET_S
    assert priority.slice_posts(BACKFILL) == BACKFILL.slice_posts

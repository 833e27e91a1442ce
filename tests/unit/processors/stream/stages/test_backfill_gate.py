"""Live posts go ahead of a backfill, which still gets its turn."""

from dataclasses import dataclass

import pytest

from processors.stream.stages.backfill_gate import (
    BACKLOG_BATCHES,
    FEW,
    PATIENCE_S,
    PORTION,
    BackfillGate,
)

BATCH = 1000


@dataclass
class Load:
    """What waits; each look at it takes a while on the test's own clock."""

    live: int = 0
    dedup: int = 0
    now: float = 0.0
    looks: int = 0
    ends_after: int | None = None
    has_batches: bool = False
    """Whether live batches were at work of late."""

    async def live_waiting(self) -> int:
        self.looks += 1
        self.now += 1.0
        if self.ends_after is not None and self.looks > self.ends_after:
            self.live = self.dedup = 0
        return self.live

    async def dedup_backlog(self) -> int:
        return self.dedup

    def gate(self) -> BackfillGate:
        return BackfillGate(
            self.live_waiting, self.dedup_backlog, BATCH, lambda: not self.has_batches, lambda: self.now
        )


async def test_idle_live_lane_lets_whole_batches_pass_at_once() -> None:
    load = Load(live=0, dedup=BACKLOG_BATCHES * BATCH)
    assert await load.gate().wait() == BATCH
    assert load.looks == 1


async def test_beside_few_live_posts_portions_pass_at_once() -> None:
    load = Load(live=FEW, dedup=FEW)
    assert await load.gate().wait() == PORTION
    assert load.looks == 1


@pytest.mark.parametrize(
    "load",
    [
        Load(live=FEW + 1, ends_after=2),
        Load(live=1, dedup=FEW + 1, ends_after=2),
        Load(dedup=BACKLOG_BATCHES * BATCH + 1, ends_after=2),
    ],
)
async def test_backfill_waits_for_live_posts_and_for_dedup(load: Load) -> None:
    await load.gate().wait()
    assert load.looks == 3


async def test_live_lane_is_not_idle_while_batches_take_all_posts_at_once() -> None:
    load = Load(live=0, has_batches=True)
    assert await load.gate().wait() == PORTION
    load.has_batches = False
    assert await load.gate().wait() == BATCH


async def test_backfill_passes_after_its_patience_when_live_never_ends() -> None:
    load = Load(live=FEW + 1)
    gate = load.gate()
    assert await gate.wait() == PORTION
    assert PATIENCE_S <= load.now < PATIENCE_S + 2
    assert not gate.is_holding


async def test_closed_gate_holds_nothing_back() -> None:
    load = Load(live=FEW + 1)
    gate = load.gate()
    gate.close()
    await gate.wait()
    assert load.looks == 0

"""Posts are read again as planned though the wall clock was far ahead meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

import tests.support.collector_sim.bench as bench_module
from schemas.rank import microseconds
from tests.support.collector_sim.bench import SETTINGS, Bench, pause
from tests.support.collector_sim.virtual_time import moment, now, run_virtual

AHEAD_S = 120 * 86_400.0
SetClock = Callable[[float], None]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """On which no sweep finds what the plan does not."""
    return Bench(tmp_path / "state", settings=SETTINGS.model_copy(update={"sweep_normal_s": 1e9}))


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Let the wall clock be ahead by so many seconds from now on."""
    ahead_s = 0.0

    def set_to(seconds: float) -> None:
        nonlocal ahead_s
        ahead_s = seconds

    monkeypatch.setattr(bench_module, "now", lambda: now() + timedelta(seconds=ahead_s))
    return set_to


def test_a_clock_that_is_ahead_for_a_moment_was_never_ahead(bench: Bench, set_clock: SetClock) -> None:
    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            set_clock(AHEAD_S)
            await pause(1)
            bench.world.push(collector, bench.world[1].post(5))
            await pause(30)
            set_clock(0.0)
            await pause(30)
            await _is_read_again(bench)

    run_virtual(work())
    assert all((post.order or 0) < microseconds(moment(86_400)) for post in bench.posts)


def test_a_collector_that_starts_while_the_clock_is_ahead(bench: Bench, set_clock: SetClock) -> None:
    set_clock(AHEAD_S)

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, bench.world[1].post(5))
            await pause(30)
        set_clock(0.0)
        async with bench.collecting():
            await pause(30)
            await _is_read_again(bench)

    run_virtual(work())


def test_a_clock_that_is_set_right_while_the_collector_runs(bench: Bench, set_clock: SetClock) -> None:
    set_clock(AHEAD_S)

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, bench.world[1].post(5))
            await pause(1800)
            set_clock(0.0)
            await pause(1800)
            await _is_read_again(bench)

    run_virtual(work())


def test_a_time_that_was_planned_by_a_clock_that_was_ahead(bench: Bench, set_clock: SetClock) -> None:
    set_clock(AHEAD_S)

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, bench.world[1].post(5))
            await pause(5)
            # No answer shows this edit yet: the post is to be read once more soon.
            collector.edited(1, bench.posts[0].model_copy(update={"text": "edited"}))
            await pause(20)
        set_clock(0.0)
        async with bench.collecting():
            await pause(30)
            await _is_read_again(bench)

    run_virtual(work())


async def _is_read_again(bench: Bench) -> None:
    """An edit that nothing reports is found."""
    bench.world[1].edit(1, 20)
    await pause(8 * 3600)
    assert len(bench.posts) == 2

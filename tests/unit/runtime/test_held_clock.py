"""The clock of the collector's plans, over a wall clock that anybody may set."""

import pytest

from runtime.held_clock import HOLD_S, HeldClock
from runtime.testing import WallAndSteadyClock

DAY_S = 86_400.0


@pytest.fixture
def clocks() -> WallAndSteadyClock:
    return WallAndSteadyClock()


@pytest.fixture
def held(clocks: WallAndSteadyClock) -> HeldClock:
    return HeldClock(lambda: clocks.wall, lambda: clocks.steady)


@pytest.mark.parametrize("days", [120, -120])
def test_a_jump_that_is_taken_back_was_never_there(clocks: WallAndSteadyClock, held: HeldClock, days: int) -> None:
    right = clocks.wall
    clocks.wall += days * DAY_S
    assert held() == right
    clocks.advance(HOLD_S / 2)
    assert held() == right + HOLD_S / 2
    clocks.wall -= days * DAY_S
    clocks.advance(HOLD_S)
    assert held() == clocks.wall == right + 1.5 * HOLD_S


@pytest.mark.parametrize("days", [120, -120])
def test_a_jump_that_stays_is_followed(clocks: WallAndSteadyClock, held: HeldClock, days: int) -> None:
    clocks.wall += days * DAY_S
    held()
    clocks.advance(HOLD_S)
    assert held() == clocks.wall


def test_small_corrections_are_followed_at_once(clocks: WallAndSteadyClock, held: HeldClock) -> None:
    clocks.wall += 20
    assert held() == clocks.wall
    clocks.wall -= 40
    assert held() == clocks.wall

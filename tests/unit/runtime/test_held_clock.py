"""The clock of the collector's plans, over a wall clock that anybody may set."""

import pytest

from runtime.held_clock import HOLD_S, HeldClock

DAY_S = 86_400.0


class Clocks:
    wall, steady = 1_700_000_000.0, 50.0

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def held(clocks: Clocks) -> HeldClock:
    return HeldClock(lambda: clocks.wall, lambda: clocks.steady)


@pytest.mark.parametrize("days", [120, -120])
def test_a_jump_that_is_taken_back_was_never_there(clocks: Clocks, held: HeldClock, days: int) -> None:
    right = clocks.wall
    clocks.wall += days * DAY_S
    assert held() == right
    clocks.pass_(HOLD_S / 2)
    assert held() == right + HOLD_S / 2
    clocks.wall -= days * DAY_S
    clocks.pass_(HOLD_S)
    assert held() == clocks.wall == right + 1.5 * HOLD_S


@pytest.mark.parametrize("days", [120, -120])
def test_a_jump_that_stays_is_followed(clocks: Clocks, held: HeldClock, days: int) -> None:
    clocks.wall += days * DAY_S
    held()
    clocks.pass_(HOLD_S)
    assert held() == clocks.wall


def test_small_corrections_are_followed_at_once(clocks: Clocks, held: HeldClock) -> None:
    clocks.wall += 20
    assert held() == clocks.wall
    clocks.wall -= 40
    assert held() == clocks.wall

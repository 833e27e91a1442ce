"""The pace that progress shows."""

import pytest

from runtime.testing import ManualClock
from tgwire.cli.output.pace import Pace


def test_the_pace_is_that_of_the_last_seconds() -> None:
    clock = ManualClock()
    pace = Pace(window_s=10.0, clock=clock)
    assert pace.per_s(0) == 0.0
    shown = []
    for second in range(1, 41):
        clock.now = 100.0 + second
        shown.append(pace.per_s(1000 * min(second, 20) + 10 * max(0, second - 20)))
    assert shown[9] == pytest.approx(1000.0)
    assert shown[19] == pytest.approx(1000.0)
    assert shown[39] == pytest.approx(10.0)


def test_many_calls_keep_few_samples() -> None:
    clock = ManualClock()
    pace = Pace(window_s=10.0, clock=clock)
    for call in range(100_000):
        clock.now += 0.001
        pace.per_s(call)
    assert pace.per_s(100_000) == pytest.approx(1000.0, rel=0.01)
    assert len(pace._samples) < 30

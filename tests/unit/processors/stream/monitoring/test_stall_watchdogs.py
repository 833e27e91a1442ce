"""A worker whose main loop runs no timer any more ends itself."""

import threading
import time

from processors.errors import StallError
from processors.stream.monitoring.stall_watchdogs import LoopWatchdog
from tests.support.patience import DEADLINE_S

FAR_S = 60.0
"""Of ticks, which no other process takes away."""


def test_silence_is_reported_once() -> None:
    reported_errors: list[StallError] = []
    reported = threading.Event()

    def report(error: StallError) -> None:
        reported_errors.append(error)
        reported.set()

    watchdog = LoopWatchdog(0.05, report, tick_s=0.01)
    watchdog.beat()
    assert reported.wait(DEADLINE_S)
    assert len(reported_errors) == 1


def test_beats_keep_it_quiet_and_so_does_the_time_for_an_end() -> None:
    reported = threading.Event()
    watchdog = LoopWatchdog(FAR_S, lambda _: reported.set(), tick_s=0.01)
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        watchdog.beat()
        assert not reported.wait(0.02)
    watchdog.expect_end(FAR_S)
    watchdog.beat()
    assert not reported.is_set()


def test_a_worker_that_does_not_end_is_reported_whatever_beats_still_come() -> None:
    reported_errors: list[StallError] = []
    reported = threading.Event()

    def report(error: StallError) -> None:
        reported_errors.append(error)
        reported.set()

    watchdog = LoopWatchdog(FAR_S, report, tick_s=0.01)
    watchdog.expect_end(0.2)
    until = time.monotonic() + DEADLINE_S
    while not reported.wait(0.01):
        watchdog.beat()
        assert time.monotonic() < until
    assert str(reported_errors[0]) == "the worker has not ended within 0.2 s"


def test_it_waits_for_the_first_beat() -> None:
    reported = threading.Event()
    LoopWatchdog(0.01, lambda _: reported.set(), tick_s=0.01)
    assert not reported.wait(0.2)

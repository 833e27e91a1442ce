"""A worker whose main loop runs no timer any more ends itself."""

import threading
import time

from processors.errors import StallError
from processors.stream.monitoring.loop_watchdog import LoopWatchdog

DEADLINE_S = 60.0


def test_silence_is_reported_once() -> None:
    told: list[StallError] = []
    heard = threading.Event()

    def tell(error: StallError) -> None:
        told.append(error)
        heard.set()

    pulse = LoopWatchdog(0.05, tell, tick_s=0.01)
    pulse.beat()
    assert heard.wait(DEADLINE_S)
    assert len(told) == 1


def test_beats_keep_it_quiet_and_a_stop_ends_it() -> None:
    heard = threading.Event()
    pulse = LoopWatchdog(DEADLINE_S, lambda _: heard.set(), tick_s=0.01)
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        pulse.beat()
        assert not heard.wait(0.02)
    pulse.stop()
    pulse.beat()
    assert not heard.is_set()


def test_it_waits_for_the_first_beat() -> None:
    heard = threading.Event()
    LoopWatchdog(0.01, lambda _: heard.set(), tick_s=0.01)
    assert not heard.wait(0.2)

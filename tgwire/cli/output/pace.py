"""Rates, as progress bars show them."""

import time
from collections import deque
from collections.abc import Callable

WINDOW_S = 10.0
"""The pace is that of the last seconds: what was skipped at the start does not predict what is to come."""


class Pace:
    """Turns a growing count into a rate."""

    def __init__(self, window_s: float = WINDOW_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._window_s, self._clock = window_s, clock
        self._samples = deque([(clock(), 0)])

    def per_s(self, count: int) -> float:
        """The rate over the window, with the count of now; 0 before any time has passed."""
        now = self._clock()
        last = self._samples[-1]
        if now - last[0] >= self._window_s / 20 or len(self._samples) == 1:
            self._samples.append((now, count))
        while len(self._samples) > 2 and self._samples[1][0] <= now - self._window_s:
            self._samples.popleft()
        began, before = self._samples[0]
        return (count - before) / (now - began) if now > began else 0.0

"""A watchdog over the watchdog, on a thread of its own.

Seen after a freeze past the session timeout: the consumer's thread went on and kept the worker in its group, while on
the main loop no timer ran any more. Its partitions stalled, and nothing was left to notice.
"""

import threading
import time
from collections.abc import Callable

from processors.errors import StallError

TICK_S = 1.0


class LoopWatchdog:
    """Calls ``on_silence`` when no beat came for a time; time in which the whole process was frozen does not count."""

    def __init__(self, silence_s: float, on_silence: Callable[[StallError], object], tick_s: float = TICK_S) -> None:
        self._silence_s = silence_s
        self._on_silence = on_silence
        self._tick_s = tick_s
        self._ticks = 0
        self._problem = f"the main loop ran no timer for {silence_s:g} s"
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, name="tgwire-pulse", daemon=True)

    def beat(self) -> None:
        """The main loop is alive. The first beat begins the watch."""
        if self._is_ending:
            return
        self._ticks = 0
        if not self._thread.is_alive():
            self._thread.start()

    def expect_end(self, limit_s: float) -> None:
        """No more beats will come; the process is to end within this time, however its threads wait."""
        self._ticks, self._silence_s = 0, limit_s
        self._problem = f"the worker has not ended within {limit_s:g} s"
        if not self._thread.is_alive():
            self._thread.start()
        self._is_ending = True

    def _run(self) -> None:
        while True:
            time.sleep(self._tick_s)
            self._ticks += 1
            if self._ticks * self._tick_s > self._silence_s:
                self._on_silence(StallError(self._problem))
                return

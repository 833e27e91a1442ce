"""A watchdog over the watchdog, on a thread of its own.

Seen after a freeze past the session timeout: the consumer's thread went on and kept the worker in its group, while on
the main loop no timer ran any more. Its partitions stalled, and nothing was left to notice.
"""

import threading
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
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tgwire-pulse", daemon=True)

    def beat(self) -> None:
        """The main loop is alive. The first beat begins the watch."""
        self._ticks = 0
        if not self._thread.is_alive() and not self._is_stopped.is_set():
            self._thread.start()

    def stop(self) -> None:
        """No more beats will come, and that is in order."""
        self._is_stopped.set()

    def _run(self) -> None:
        while not self._is_stopped.wait(self._tick_s):
            self._ticks += 1
            if self._ticks * self._tick_s > self._silence_s:
                self._on_silence(StallError(f"the main loop ran no timer for {self._silence_s:g} s"))
                return

"""What notices that a worker stands still: a partition that makes no progress, or a main loop that runs no timer."""

import threading
import time
from collections.abc import Callable, Container, Iterable

from processors.errors import StallError
from runtime.kafka.types import TopicPartition

STUCK_FACTOR = 5
"""A partition whose records are not even fetched is a fault only after this many stall timeouts: it may wait its turn
behind others. One whose records were fetched and never handled is a fault after one."""
TICK_S = 1.0


class StallWatch:
    """Since when each partition has made no progress, with records waiting.

    A hole at the very end of a partition has no later offset that would show it to the offset tracker.
    """

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._moved: dict[TopicPartition, float] = {}

    def moved(self, tps: Iterable[TopicPartition], now: float) -> None:
        """Note that partitions made progress at ``now`` (monotonic seconds), or have a good reason for none."""
        self._moved.update(dict.fromkeys(tps, now))

    def is_suspect(self, tp: TopicPartition, now: float) -> bool:
        """Whether a partition has made no progress for the timeout."""
        return now - self._moved.setdefault(tp, now) > self.timeout_s

    def is_stalled(self, tp: TopicPartition, now: float, *, is_fetched: bool) -> bool:
        """Whether a suspect is a fault; ``is_fetched`` when the consumer has read its records up to the end."""
        timeout_s = self.timeout_s if is_fetched else self.timeout_s * STUCK_FACTOR
        return now - self._moved.get(tp, now) > timeout_s

    def retain(self, assigned: Container[TopicPartition]) -> None:
        """Forget all partitions that are not assigned to this worker any more."""
        self._moved = {tp: at for tp, at in self._moved.items() if tp in assigned}


class LoopWatchdog:
    """Calls ``on_silence``, on a thread of its own, when no beat came for a time; time in which the whole process was
    frozen does not count.

    Seen after a freeze past the session timeout: the consumer's thread went on and kept the worker in its group, while
    on the main loop no timer ran any more. Its partitions stalled, and nothing was left to notice.
    """

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

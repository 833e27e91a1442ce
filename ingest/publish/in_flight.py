"""The bound on what is published and not yet acknowledged."""

import threading
import time
from collections.abc import Callable

from prometheus_client import Gauge

from runtime.kafka.errors import PublishError

MAX_IN_FLIGHT_BYTES = 32 << 20
"""kafka-python 3 has no bound of its own on what it buffers."""
STOP_GRACE_S = 10.0
"""After a stop, acknowledgements are awaited for so long; what is open then is sent again next time."""
_POLL_S = 0.1
"""A signal handler must not take a lock, so that a stop is polled for."""


class InFlight:
    """Counts what is in flight, blocks above the bounds, and keeps the first failure. Thread-safe."""

    def __init__(self, max_posts: int, gauge: Gauge, max_bytes: int = MAX_IN_FLIGHT_BYTES) -> None:
        self.failure: PublishError | None = None
        self.is_stopped = False
        """Set to True, it cuts the waits of ``enter`` and ``drain`` short."""
        self._max_posts, self._max_bytes = max_posts, max_bytes
        self._gauge = gauge
        self._changed = threading.Condition()
        self._posts = 0
        self._bytes = 0

    def enter(self, size: int, timeout_s: float) -> bool:
        """Reserve room for one post; False when there was none before the timeout, a failure, or a stop."""
        with self._changed:
            self._wait(lambda: self.failure is not None or self._has_room(size), timeout_s, stop_grace_s=0.0)
            if self.failure is not None or not self._has_room(size):
                return False
            self._posts += 1
            self._bytes += size
            self._gauge.inc()
            return True

    def leave(self, size: int, failure: PublishError | None = None) -> None:
        """Release the place of a settled post."""
        with self._changed:
            self._posts -= 1
            self._bytes -= size
            self._gauge.dec()
            self.failure = self.failure or failure
            self._changed.notify_all()

    def drain(self, timeout_s: float) -> int:
        """Block until nothing is in flight; the number of posts that still are after the timeout, or a stop."""
        with self._changed:
            self._wait(lambda: not self._posts, timeout_s, stop_grace_s=STOP_GRACE_S)
            return self._posts

    def _wait(self, is_met: Callable[[], bool], timeout_s: float, stop_grace_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        is_cut = False
        while not is_met() and (remaining_s := deadline - time.monotonic()) > 0:
            if self.is_stopped and not is_cut:
                is_cut = True
                deadline = min(deadline, time.monotonic() + stop_grace_s)
            else:
                self._changed.wait(min(remaining_s, _POLL_S))

    def _has_room(self, size: int) -> bool:
        """One post alone always has room."""
        fits = self._posts < self._max_posts and self._bytes + size <= self._max_bytes
        return fits or not self._posts

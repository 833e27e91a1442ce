"""How much of mapped files is resident: pages that were read stay until they are released."""

import mmap
import time
from collections.abc import Callable
from pathlib import Path

GROWTH_BYTES = 64 << 20
"""So much more of files than after the last time, and it is let go. A page brings up to a megabyte with it."""
SHARE = 0.05
"""Most of the time that letting go may take: with a backlog more stays resident, since the pages come back at once."""
LOOK_S = 0.05
"""Seconds between two looks at the resident memory."""


class ResidentFiles:
    """Bounds what is resident of this process's mapped files."""

    def __init__(
        self,
        release: Callable[[], None],
        measure: Callable[[], int] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``release`` lets go of the pages; ``measure`` gives the bytes of files that are resident."""
        self._release = release
        self._measure = resident_bytes if measure is None else measure
        self._clock = clock
        self._least = self._measure()
        self._next_look = 0.0

    def look(self) -> None:
        """Let go of the pages, if they are many and the last time is long enough ago."""
        began = self._clock()
        if began < self._next_look:
            return
        wait_s, found = LOOK_S, self._measure()
        self._least = min(self._least, found)
        if found - self._least > GROWTH_BYTES:
            self._release()
            self._least = self._measure()
            wait_s = max(LOOK_S, (self._clock() - began) / SHARE)
        self._next_look = self._clock() + wait_s


def resident_bytes() -> int:
    """Bytes of mapped files that are resident in this process; 0 on a system without /proc."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[2]) * mmap.PAGESIZE
    except OSError:
        return 0

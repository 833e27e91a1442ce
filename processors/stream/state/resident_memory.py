"""How much of mapped files is resident: pages that were read stay until they are released."""

import mmap
import time
from collections.abc import Callable
from pathlib import Path

GROWTH_BYTES = 64 << 20
"""Least growth of what is resident of files at which it is let go."""
GROWTH_PART = 32
"""A large index lets go when that has grown by this part of its bytes: what is in use comes back at once, and costs."""
LOOK_S = 0.02
"""Seconds between two looks at the resident memory."""


class ResidentFiles:
    """Bounds what is resident of this process's mapped files."""

    def __init__(
        self,
        release: Callable[[], None],
        nbytes: Callable[[], int],
        measure: Callable[[], int] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``release`` lets go of the pages; ``nbytes`` gives the size of the index, and ``measure`` the bytes of files
        that are resident.
        """
        self._release = release
        self._nbytes = nbytes
        self._measure = resident_bytes if measure is None else measure
        self._clock = clock
        self._least = self._measure()
        self._next_look = 0.0

    def look(self) -> None:
        """Let go of the pages, if they are many and the last look is long enough ago."""
        if self._clock() < self._next_look:
            return
        found = self._measure()
        self._least = min(self._least, found)
        if found - self._least > max(GROWTH_BYTES, self._nbytes() // GROWTH_PART):
            self._release()
            self._least = self._measure()
        self._next_look = self._clock() + LOOK_S


def resident_bytes() -> int:
    """Bytes of mapped files that are resident in this process; 0 on a system without /proc."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[2]) * mmap.PAGESIZE
    except OSError:
        return 0

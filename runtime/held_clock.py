"""A wall clock for schedules: a jump is followed only when it has lasted for ``HOLD_S``."""

from collections.abc import Callable

TOLERANCE_S = 60.0
"""A clock that is set right in smaller steps is followed at once."""
HOLD_S = 600.0
"""Other jumps are followed after so long: a machine may read another date for a moment (a bad time server, a restored
snapshot), and what is planned or forgotten by it would stay so for as long as it was wrong.
"""


class HeldClock:
    """Seconds since 1970; after a jump of the wall clock counted by a monotonic clock."""

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        self._wall, self._steady = wall, steady
        self._offset_s = wall() - steady()
        self._jumped_at: float | None = None

    def __call__(self) -> float:
        """The time of now."""
        steady = self._steady()
        offset_s = self._wall() - steady
        if abs(offset_s - self._offset_s) > TOLERANCE_S:
            if self._jumped_at is None:
                self._jumped_at = steady
            if steady - self._jumped_at < HOLD_S:
                return steady + self._offset_s
        self._offset_s, self._jumped_at = offset_s, None
        return steady + offset_s

"""Waits between tries: they double up to a bound, with jitter, so that many processes do not come at once."""

import random

FIRST_S = 0.5
LONGEST_S = 60.0
_MOST_DOUBLINGS = 16


class BackOff:
    """The waits between the tries of one thing, in seconds."""

    def __init__(self, first_s: float = FIRST_S, longest_s: float = LONGEST_S, *, jitter: float = 0.5) -> None:
        """``jitter``: the share of each wait that is left to chance, from 0 to 1."""
        self._first_s, self._longest_s, self._jitter = first_s, longest_s, jitter
        self.tries = 0
        """Waits since the last success."""

    def next_s(self, at_least_s: float | None = None) -> float:
        """Seconds until the next try; never less than ``at_least_s``, for which a server may have asked."""
        bound_s = min(self._longest_s, self._first_s * (1 << min(self.tries, _MOST_DOUBLINGS)))
        self.tries += 1
        wait_s = bound_s * (1 - self._jitter * random.random())  # noqa: S311 - spreads load, guards nothing
        return max(at_least_s or 0.0, wait_s)

    def reset(self) -> None:
        """Begin with the first wait again: a try has succeeded."""
        self.tries = 0

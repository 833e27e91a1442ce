"""Waits between tries: they double up to a bound, with jitter, so that many processes do not come at once."""

import random

FIRST_S = 0.5
LONGEST_S = 60.0


class BackOff:
    """Of one batch."""

    def __init__(self, rng: random.Random | None = None) -> None:
        self._tries = 0
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, guards nothing

    def next_s(self, at_least_s: float | None = None) -> float:
        """Seconds until the next try: half of the bound and up to all of it, never below what the place asked for."""
        bound = min(LONGEST_S, FIRST_S * (1 << min(self._tries, 16)))
        self._tries += 1
        return max(at_least_s or 0.0, bound / 2 + self._rng.random() * bound / 2)

"""When a post is read again."""

import math
from collections.abc import Callable, Sequence

from ingest.ledger.records import PublishedMessage

_HOUR_S = 3600.0


class RefetchSchedule:
    """Ages at which posts are read again, rounded up to a common beat: one request can then ask for many."""

    def __init__(self, ages_h: Sequence[float], wall: Callable[[], float]) -> None:
        self._ages_s = sorted(age * _HOUR_S for age in ages_h)
        self._beat_s = self._ages_s[0] / 4 if self._ages_s else _HOUR_S
        self._wall = wall

    def after(self, row: PublishedMessage) -> tuple[int, float] | None:
        """The next time for the post of a row, as its id and seconds since 1970; None when there is none any more."""
        now = self._wall()
        for age_s in self._ages_s:
            if (due := row.posted_at + age_s) > now:
                return row.anchor, math.ceil(due / self._beat_s) * self._beat_s
        return None

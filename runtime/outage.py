"""An outage of a service, logged in few lines: one when it begins, one a minute while it lasts, one when it ends."""

from typing import Literal, NamedTuple

REMINDER_S = 60.0
"""Time between two lines while it lasts."""

Phase = Literal["begins", "lasts", "ends"]


class Notice(NamedTuple):
    """A line about an outage that is due to be logged."""

    phase: Phase
    length_s: float
    """How long the outage has lasted, to the whole second."""


class Outage:
    """Outages of one service, and when each is to be logged. Times are readings of a clock that never goes back."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._said = 0.0

    @property
    def is_on(self) -> bool:
        """Whether the service is away."""
        return self._began is not None

    def failed(self, now: float, since: float | None = None) -> Notice | None:
        """The service does not answer, and has not ``since`` then; the line that is due, if one is."""
        if self._began is None:
            self._began, self._said = now if since is None else since, now
            return Notice("begins", float(round(now - self._began)))
        if now - self._said < REMINDER_S:
            return None
        self._said = now
        return Notice("lasts", float(round(now - self._began)))

    def answered(self, now: float) -> Notice | None:
        """The service answers, or did at ``now``; the line that is due, if it was away."""
        if self._began is None:
            return None
        began, self._began = self._began, None
        return Notice("ends", float(round(now - began)))

"""Public names of channels: forwards may hold no more of their origin, while links hold ids.

A name is borne by one channel at a time, but it may be given up and taken by another. Of each channel the first day is
known on which it was seen with the name; a forward goes to the channel that had the name last on the day on which the
forward was seen, or to the first one that is known.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import NamedTuple

from processors.core.dedup.day_segments import DaySegments
from processors.core.dedup.post_table import UNKNOWN, EventPosition
from schemas.keys import SYNTHETIC_BASE

BEARERS = 16
"""Most channels of one name: who sends posts of more is making them up."""
WAITING = 1024
"""Most forwards of one name that follow when more becomes known of it, the latest ones to arrive."""


UNKNOWN_DAY = (1 << 31) - 1
"""Of a forward: who has the name now is meant."""


class NamedOriginRow(NamedTuple):
    """The origin of a forward, by its channel's name."""

    name: int
    """Hash of the name in lower case."""
    message: int
    seen: int
    """Day (UTC, since 1970) on which the forward was seen."""


class ChannelNameRegistry:
    """Who bears which name, and which posts are forwards from there. The segments hold all of it."""

    def __init__(self, days: DaySegments) -> None:
        self._days = days
        self._bearers: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
        """For each name the channels, each with its first day and the row that shows it."""
        self._waiting: dict[int, deque[tuple[int, int]]] = defaultdict(lambda: deque(maxlen=WAITING))
        """For each name the days and rows (among the forwards) of posts."""
        self.bound_hits = 0
        self._load()

    def _load(self) -> None:
        for _, names in self._days.table("names"):
            for row, (name, channel, since) in enumerate(names.tolist()):
                self._bearers[name][channel] = since, row
        for day, forwards in self._days.table("forwards"):
            for row, name in enumerate(forwards["name"].tolist()):
                self._waiting[name].append((day, row))

    def learn(self, name: int, channel: int, since: int) -> bool:
        """Note that a channel was seen with a name; whether that is news."""
        bearers = self._bearers[name]
        known = bearers.get(channel)
        if known is None:
            if len(bearers) == BEARERS:
                self.bound_hits += 1
                return False
            bearers[channel] = since, self._days.names.add_name(name, channel, since)
            return True
        if since >= known[0]:
            return False
        bearers[channel] = since, known[1]
        self._days.names.set_since(known[1], since)
        return True

    def wait(self, origin: NamedOriginRow, day: int, row: int) -> None:
        """Note a post of a day, in a row among its posts, that is a forward."""
        waiting = self._waiting[origin.name]
        self.bound_hits += len(waiting) == WAITING
        waiting.append((day, self._days[day].add_forward(row, *origin)))

    def forwards(self, name: int) -> Iterator[tuple[int, int, NamedOriginRow]]:
        """Posts that are forwards from a channel of a name: day, row among its posts, and the origin. By day, and in
        order of arrival within it: of those that a restart has read nothing else is known.
        """
        for day, number in sorted(self._waiting.get(name, ())):
            row, *origin = self._days[day].forwards.rows[number].item()
            yield day, row, NamedOriginRow(*origin)

    def position(self, origin: NamedOriginRow, post: EventPosition) -> EventPosition | None:
        """The location of a post's origin, as far as it is known by now: a post's origin is older than the post."""
        bearers = [
            (since, channel)
            for channel, (since, _) in self._bearers.get(origin.name, {}).items()
            if channel != post.channel or origin.message < post.message
        ]
        real = [bearer for bearer in bearers if bearer[1] < SYNTHETIC_BASE] or bearers
        had = [bearer for bearer in real if bearer[0] <= origin.seen]
        if not real:
            return None
        _, channel = max(had) if had else min(real)
        return EventPosition(UNKNOWN, channel, origin.message)

"""The numbered events of one chat, which differences are made of: https://core.telegram.org/api/updates."""

from bisect import bisect_right
from enum import Enum, auto
from typing import NamedTuple

MAX_EVENTS = 20_000
"""Older ones are forgotten: a client that was away for longer gets a difference that is too long."""


class Change(Enum):
    """What an event did to messages."""

    NEW = auto()
    EDITED = auto()
    DELETED = auto()


class Event(NamedTuple):
    """A change of messages."""

    pts: int
    """After the event."""
    pts_count: int
    change: Change
    ids: tuple[int, ...]


class UpdateLog:
    """Events in the order of their ``pts``."""

    def __init__(self) -> None:
        self.pts = 1
        self._forgotten = 1
        self._events: list[Event] = []

    def add(self, change: Change, ids: tuple[int, ...]) -> Event:
        """Number an event: a deletion counts each of its messages."""
        self.pts += len(ids)
        event = Event(self.pts, len(ids), change, ids)
        self._events.append(event)
        if len(self._events) > MAX_EVENTS:
            half = MAX_EVENTS // 2
            self._forgotten = self._events[half - 1].pts
            del self._events[:half]
        return event

    def since(self, pts: int) -> list[Event] | None:
        """What came after; None when some of it is forgotten."""
        if pts < self._forgotten:
            return None
        return self._events[bisect_right(self._events, pts, key=lambda event: event.pts) :]

"""Spans of time that end now, or, of an archive, with its newest post."""

from dataclasses import dataclass

from sinks.store.database import Reader
from sinks.store.reading.overview import newest_post


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, from ``since_ms`` on and before ``until_ms``."""

    since_ms: int
    until_ms: int
    is_now: bool

    def phrase(self, name: str) -> str:
        """The span in words, e.g. "in the last 7 days"."""
        return f"in the last {name}" if self.is_now else f"in the last {name} of the store"

    def eighths(self, moments: list[int]) -> list[int]:
        """How many moments are in each eighth."""
        counts = [0] * 8
        for moment_ms in moments:
            counts[min(7, (moment_ms - self.since_ms) * 8 // max(1, self.until_ms - self.since_ms))] += 1
        return counts


def window(reader: Reader, now_ms: int, length_ms: int) -> Window:
    """The span of a length that ends now; in an old store, with its newest post."""
    newest = newest_post(reader)
    if newest is None or newest.posted_ms >= now_ms - length_ms:
        return Window(now_ms - length_ms, now_ms + 1, True)
    return Window(newest.posted_ms - length_ms, newest.posted_ms + 1, False)

"""The segments of all days, and which of them a post is compared with."""

from collections.abc import Mapping

from processors.core.dedup.segment import Arrays, Segment
from processors.core.dedup.tables import NAMES, UNDATED, day_of_arrival, is_undated


class Days:
    """Segments by day since 1970; from ``tables.UNDATED`` on, by the day of their arrival, those of posts without a
    date; ``tables.NAMES`` holds no posts.
    """

    def __init__(self, window_days: int, saved: Mapping[int, Arrays]) -> None:
        self._window_days = window_days
        self.segments = {day: Segment(arrays) for day, arrays in saved.items()}
        self._windows: dict[int, list[Segment]] = {}

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, memory-mapped ones included."""
        return sum(segment.nbytes for segment in self.segments.values())

    def segment(self, day: int) -> Segment:
        """The segment of a day, a new one if there was none."""
        if day not in self.segments:
            self.replace(day, None)
        return self.segments[day]

    def of_arrival(self, day: int, arrived_ms: int) -> int:
        """The day by which a post is kept that arrives now."""
        return UNDATED + day_of_arrival(arrived_ms) if is_undated(day) else day

    @property
    def names(self) -> Segment:
        """The segment that holds the channels' names."""
        return self.segment(NAMES)

    def replace(self, day: int, arrays: Arrays | None) -> None:
        """Go on with these arrays for a day, and free its own."""
        self.segments[day] = Segment(arrays)
        self._windows.clear()

    def drop_before(self, arrived_ms: int) -> int:
        """Forget the days of which nothing arrived since this broker's time; how many they were."""
        dropped = [day for day, one in self.segments.items() if day != NAMES and one.arrived_ms < arrived_ms]
        for known in dropped:
            del self.segments[known]
        self._windows.clear()
        return len(dropped)

    def window(self, day: int) -> list[Segment]:
        """What the posts of a day are compared with: the days around it, and all days if it is unknown."""
        window = self._windows.get(day)
        if window is None:
            days = sorted(known for known in self.segments if known != NAMES)
            if not is_undated(day):
                days = [known for known in days if is_undated(known) or abs(known - day) <= self._window_days]
            window = self._windows[day] = [self.segments[near] for near in days]
        return window

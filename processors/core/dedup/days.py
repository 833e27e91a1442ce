"""The segments of all days, and which of them a post is compared with."""

from collections.abc import Mapping

from processors.core.dedup.segment import Arrays, Segment
from processors.core.dedup.tables import NAMES, UNDATED


class Days:
    """Segments by day since 1970; ``tables.UNDATED`` holds the posts without a date, ``tables.NAMES`` no posts."""

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

    @property
    def names(self) -> Segment:
        """The segment that holds the channels' names."""
        return self.segment(NAMES)

    def replace(self, day: int, arrays: Arrays | None) -> None:
        """Go on with these arrays for a day, and free its own."""
        self.segments[day] = Segment(arrays)
        self._windows.clear()

    def drop_before(self, day: int) -> int:
        """Forget earlier days; how many they were. Posts without a date stay."""
        dropped = [known for known in self.segments if UNDATED < known < day]
        for known in dropped:
            del self.segments[known]
        self._windows.clear()
        return len(dropped)

    def window(self, day: int) -> list[Segment]:
        """What the posts of a day are compared with: the days around it, and all days if it is unknown."""
        window = self._windows.get(day)
        if window is None:
            days = sorted(known for known in self.segments if known != NAMES)
            if day != UNDATED:
                days = [known for known in days if known == UNDATED or abs(known - day) <= self._window_days]
            window = self._windows[day] = [self.segments[near] for near in days]
        return window

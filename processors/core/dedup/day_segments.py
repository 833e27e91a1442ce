"""The segments of all days, at work or at rest, and which of them a post is compared with.

Days are at work while posts are compared with them: a small one takes a few KB then. At rest a day is an image: in a
memory-mapped file, or in memory, as many bytes as there, until it is saved.
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup.post_table import NAMES, UNDATED, day_of_arrival, is_undated
from processors.core.dedup.segment import Segment
from processors.core.dedup.segment_image import Image, ImageHead, is_large, packed

MAX_LOADED = 256
"""Days at work after which the small ones are put to rest: 7 KB each, and made again in 50 us."""


class DaySegments(Mapping[int, Segment]):
    """Segments by day since 1970; from ``post_table.UNDATED`` on, by the day of their arrival, those of posts without a
    date; ``post_table.NAMES`` holds no posts.
    """

    def __init__(self, window_days: int, saved: Mapping[int, Image]) -> None:
        """Go on with days as they were saved."""
        self._window_days = window_days
        self._images: dict[int, Image] = dict(saved)
        """The last image of each day that has one; older than the segment at work where that has changed."""
        self._loaded: dict[int, Segment] = {}
        self._unsaved: set[int] = set()
        """Days whose image is not saved."""
        self._undated = {day for day in saved if is_undated(day)}
        self._windows: dict[int, list[Segment]] = {}

    def __getitem__(self, day: int) -> Segment:
        segment = self._loaded.get(day)
        if segment is None:
            segment = self._loaded[day] = Segment(self._images[day])
        return segment

    def __iter__(self) -> Iterator[int]:
        yield from list(self._images)
        yield from [day for day in self._loaded if day not in self._images]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, day: object) -> bool:
        return day in self._loaded or day in self._images

    @property
    def posts(self) -> int:
        """Rows of posts of all days."""
        return sum(self._rows(day) for day in self)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, memory-mapped ones included."""
        resting = sum(image.size for day, image in self._images.items() if day not in self._loaded)
        return resting + sum(segment.nbytes for segment in self._loaded.values())

    @property
    def loaded(self) -> Mapping[int, Segment]:
        """The days at work."""
        return self._loaded

    def segment(self, day: int) -> Segment:
        """The segment of a day, a new one if there was none."""
        if (segment := self._loaded.get(day)) is not None:
            return segment
        if day not in self._images:
            self._loaded[day] = Segment()
            self._windows.clear()
            if is_undated(day):
                self._undated.add(day)
        return self[day]

    def of_arrival(self, day: int, arrived_ms: int) -> int:
        """The day by which a post is kept that arrives now."""
        return UNDATED + day_of_arrival(arrived_ms) if is_undated(day) else day

    @property
    def names(self) -> Segment:
        """The segment that holds the channels' names."""
        return self.segment(NAMES)

    def rows(self, day: int, name: str) -> NDArray[np.void]:
        """A table of a day, without putting that to work."""
        segment = self._loaded.get(day)
        return self._images[day].table(name) if segment is None else segment.tables[name].saved()

    def table(self, name: str) -> Iterator[tuple[int, NDArray[np.void]]]:
        """A table of each day."""
        for day in self:
            yield day, self.rows(day, name)

    def holds(self, day: int, row: int, identity: int) -> bool:
        """Whether a post is in this row of this day."""
        if day not in self:
            return False
        posts = self[day].posts
        return row < posts.size and posts.rows["identity"].item(row) == identity

    def replace(self, day: int, saved: Image) -> None:
        """Go on with a day as it was saved, and free its own."""
        self._images[day] = saved
        self._loaded.pop(day, None)
        self._unsaved.discard(day)
        self._windows.clear()

    def images(self) -> Mapping[int, Image]:
        """The last image of each day that has one."""
        return self._images

    def unsaved(self) -> list[int]:
        """Days that differ from what was saved last."""
        return [day for day in self if self.is_changed(day) or day in self._unsaved]

    def head(self, day: int) -> ImageHead:
        """The head of a day's image as it is now."""
        return self._loaded[day].head() if self.is_changed(day) else self._images[day].head()

    def chunks(self, day: int) -> Iterable[memoryview]:
        """A day's image as it is now, piece by piece."""
        return self._loaded[day].chunks() if self.is_changed(day) else self._images[day].chunks()

    def unload_idle(self, *, all_days: bool = False) -> None:
        """Put days to rest when many are at work, or all: small ones that changed go on as images in memory, and large
        ones stay until they are saved.
        """
        if len(self._loaded) <= MAX_LOADED and not all_days:
            return
        self._windows.clear()
        for day, segment in list(self._loaded.items()):
            if self.is_changed(day):
                if is_large(segment.head()):
                    continue
                self._images[day] = packed(segment.chunks())
                self._unsaved.add(day)
            del self._loaded[day]

    def drop_before(self, arrived_ms: int) -> int:
        """Forget the days of which nothing arrived since this broker's time; how many they were."""
        dropped = [day for day in self if day != NAMES and self._arrived_ms(day) < arrived_ms]
        for day in dropped:
            self._loaded.pop(day, None)
            self._images.pop(day, None)
            self._unsaved.discard(day)
            self._undated.discard(day)
        self._windows.clear()
        return len(dropped)

    def window(self, day: int) -> list[Segment]:
        """What the posts of a day are compared with: the days around it, and all days if it is unknown."""
        window = self._windows.get(day)
        if window is None:
            if is_undated(day):
                days = sorted(known for known in self if known != NAMES)
            else:
                around = range(day - self._window_days, day + self._window_days + 1)
                days = sorted(self._undated) + [near for near in around if near in self]
            window = self._windows[day] = [self[near] for near in days]
        return window

    def is_changed(self, day: int) -> bool:
        """Whether a day at work differs from its image, or has none."""
        segment = self._loaded.get(day)
        return segment is not None and (segment.is_changed or day not in self._images)

    def _rows(self, day: int) -> int:
        segment = self._loaded.get(day)
        return self._images[day].head().rows[0] if segment is None else segment.posts.size

    def _arrived_ms(self, day: int) -> int:
        segment = self._loaded.get(day)
        return self._images[day].head().arrived_ms if segment is None else segment.arrived_ms

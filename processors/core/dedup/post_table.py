"""Rows of posts and texts in numpy arrays: about 80 and 340 bytes each, where Python objects would take kilobytes."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup.minhash import BANDS, NUMBERS
from schemas.times import DAY_MS, UNIX_EPOCH

UNKNOWN = np.iinfo(np.int64).max
"""As a post's time: unknown dates come last."""
NO_ROW = -1
NO_LINK = 0
COLLECTED, DELETED, BARE, RETURNED = (1 << bit for bit in range(4))
"""Bits of ``state`` of POST: the class of its rank; it is deleted; its texts alone are known, no state of it; it had
been forgotten, so that what it repeats may be forgotten, too."""
UNDATED = -(1 << 30)
"""The first of the days of posts without a date: such a post is kept with those that arrived on the same day."""
NAMES = UNDATED - 1
"""No day: the segment that holds the channels' names, and no posts."""
_MICROSECOND = timedelta(microseconds=1)
_DAY_US = 1000 * DAY_MS
_LEAST = 2
_FEW = 64

POST = np.dtype(
    [
        ("identity", "<u8"),
        ("revision", "<u8"),
        ("posted", "<i8"),
        ("channel", "<i8"),
        ("message", "<i8"),
        ("moment", "<i8"),
        ("state", "<u1"),
        ("text", "<i4"),
        ("link_kind", "<u1"),
        ("link_similarity", "<f4"),
        ("link_posted", "<i8"),
        ("link_channel", "<i8"),
        ("link_message", "<i8"),
    ]
)
"""A post; ``moment`` and ``state`` are those of its newest state; ``text`` is its row among the texts of the segment
while that is its current text, else ``NO_ROW``."""

VALUES = BANDS + 3
EXACT, FIRST_LEAD, SECOND_LEAD = range(BANDS, VALUES)

TEXT = np.dtype(
    [
        ("values", "<u8", (VALUES,)),
        ("language", "<u8"),
        ("numbers", "<u4", (NUMBERS + 2,)),
        ("owners", "<i4", (3,)),
        ("shingles", "<u4"),
        ("residents", "<i4"),
    ]
)
"""A text of one day in one language. ``values`` are what it is found by: the 32 bands of the signature (four 16-bit
values are one number), the hash of the whole, those of the first words of two lines. ``numbers`` are the least hashes
of its numbers, their count and a hash of all in their order. ``owners`` are rows among the posts of the segment: the
earliest post that ever had it and is not deleted, the earliest of any other channel, and the lead: the earliest that
has it now. ``residents`` counts the posts that have it now."""

FORWARD = np.dtype([("row", "<i4"), ("name", "<u8"), ("message", "<i8"), ("seen", "<i4")])
"""A post, by its row, whose origin is known by its channel's name; see ``processors.core.dedup.named_origins``."""
NAME = np.dtype([("name", "<u8"), ("channel", "<i8"), ("since", "<i4")])
"""A channel's name, and the first day on which it was seen with it."""


Text = Any
"""A ``numpy.void`` of the dtype TEXT."""


class EventPosition(NamedTuple):
    """Position of a post in event time; equal times go by channel and message id."""

    posted: int
    """Microseconds since 1970, or UNKNOWN."""
    channel: int
    message: int


class IndexedPost(NamedTuple):
    """A row of POST."""

    identity: int
    revision: int
    posted: int
    channel: int
    message: int
    moment: int
    state: int
    text: int
    link_kind: int
    link_similarity: float
    link_posted: int
    link_channel: int
    link_message: int

    @property
    def position(self) -> EventPosition:
        """Its position."""
        return EventPosition(self.posted, self.channel, self.message)

    @property
    def original(self) -> EventPosition | None:
        """Position of the post that it links to."""
        return (
            EventPosition(self.link_posted, self.link_channel, self.link_message) if self.link_kind != NO_LINK else None
        )


def moment(posted: int) -> datetime | None:
    """A post's time as a date."""
    return None if posted == UNKNOWN else UNIX_EPOCH + posted * _MICROSECOND


def day_of(posted: int) -> int:
    """The day (UTC, since 1970) of a post's time; of unknown dates all days are compared, and ``UNDATED`` is one."""
    return UNDATED if posted == UNKNOWN else posted // _DAY_US


def day_of_arrival(arrived_ms: int) -> int:
    """The day (UTC, since 1970) of a broker's time."""
    return arrived_ms // DAY_MS


def is_undated(day: int) -> bool:
    """Whether the posts of a day have no date."""
    return NAMES < day < 0


class RowTable:
    """Rows of one dtype, which can be appended to; the first ``size`` of ``rows`` are in use."""

    def __init__(self, dtype: "np.dtype[np.void]", rows: NDArray[np.void] | None = None, size: int = 0) -> None:
        """``rows`` may have room for more than ``size``."""
        self.rows: NDArray[np.void] = np.zeros(_LEAST, dtype) if rows is None else rows
        self.size = size

    def append(self, values: Any) -> int:  # noqa: ANN401 - a tuple or a row of the dtype
        """Add a row; its number."""
        row = self.reserve()
        self.rows[row] = values
        return row

    def reserve(self) -> int:
        """Add a row that is written later; its number."""
        row = self.size
        if row == len(self.rows):
            rows = np.zeros(max(_LEAST, row * 2 if row < _FEW else row + row // 2), self.rows.dtype)
            rows[:row] = self.rows
            self.rows = rows
        else:
            self.make_writable()
        self.size = row + 1
        return row

    def make_writable(self) -> None:
        """Make rows writable that came from a file."""
        if not self.rows.flags.writeable:
            self.rows = self.rows.copy()

    def saved(self) -> NDArray[np.void]:
        """The rows in use."""
        return self.rows[: self.size]

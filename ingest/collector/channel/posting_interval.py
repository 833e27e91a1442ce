"""How often a channel posts, by its newest page."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

from schemas import RawPost

_FEWEST_POSTS = 4
"""Posts of the newest page below which no interval between them counts as usual."""


def whole_posts(messages: Iterable[RawPost]) -> list[RawPost]:
    """The messages without the parts of albums behind the first."""
    albums: set[int] = set()
    found = []
    for message in messages:
        if message.album_id is None or message.album_id not in albums:
            found.append(message)
        if message.album_id is not None:
            albums.add(message.album_id)
    return found


def usual_interval_s(moments: Sequence[datetime]) -> float | None:
    """Median of the seconds between posts, given when they were posted; None when there are too few."""
    if len(moments) < _FEWEST_POSTS:
        return None
    return round(median((later - earlier).total_seconds() for earlier, later in pairwise(sorted(moments))), 1)

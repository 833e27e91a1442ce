"""The order of the states that are handed on: a hybrid clock, one for all channels of a ledger."""

from collections.abc import Callable

from schemas import RawPost
from schemas.rank import microseconds


class OrderClock:
    """Gives each state a later place than all before it, and than every date that Telegram has shown.

    The place is in microseconds since 1970: the greatest of the wall clock, the last place plus one, and the dates. So
    a wall clock that is wrong or set back never makes a newer state older; ``schemas.rank`` has what the places mean.
    """

    def __init__(self, wall: Callable[[], float], start_us: int) -> None:
        """``wall``: seconds since 1970. ``start_us``: the least place that nobody has used."""
        self._wall = wall
        self._last_us = start_us - 1

    def see(self, post: RawPost) -> None:
        """Let the places go on from the dates of a post."""
        for date in (post.posted_at, post.edited_at):
            if date is not None:
                self._last_us = max(self._last_us, microseconds(date) - 1)

    def now_s(self) -> float:
        """Seconds since 1970; no state that was handed on so far has a later place."""
        return max(self._wall(), self._last_us / 1e6)

    def stamp(self, post: RawPost) -> RawPost:
        """The post with the next place."""
        self.see(post)
        self._last_us = max(int(self._wall() * 1e6), self._last_us + 1)
        return post.model_copy(update={"order": self._last_us})

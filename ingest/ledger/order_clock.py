"""The order of the states that are passed on: a hybrid clock, one for all channels of a ledger, and how far it may have
gone, which is durable before one of its orders is used.
"""

import math
from collections.abc import Callable

from runtime.sqlite_file import StateFile
from schemas import RawPost
from schemas.rank import microseconds

RESERVE_US = 60_000_000
"""Between two writes. A start after a kill begins at most so far ahead of what was sent."""
ORDER_LIMIT = (
    "CREATE TABLE IF NOT EXISTS order_limit (id INTEGER PRIMARY KEY CHECK (id = 1), limit_us INTEGER NOT NULL) STRICT"
)


class OrderClock:
    """Gives each state a later place than all before it, and than every date that Telegram has shown.

    The place is in microseconds since 1970: the greatest of the wall clock, the last place plus one, and the dates. So
    a wall clock that is wrong or set back never makes a newer state older; ``schemas.rank`` has what the places mean.
    """

    def __init__(self, wall: Callable[[], float], start_us: int) -> None:
        """``wall``: seconds since 1970. ``start_us``: the least place that nobody has used."""
        self._wall = wall
        self._last_us = start_us - 1
        self.newest_s = -math.inf
        """The latest date that Telegram has shown since the start, in seconds since 1970."""

    def observe(self, post: RawPost) -> None:
        """Let the places go on from the dates of a post."""
        for date in (post.posted_at, post.edited_at):
            if date is not None:
                self._last_us = max(self._last_us, microseconds(date) - 1)
                self.newest_s = max(self.newest_s, date.timestamp())

    def now_s(self) -> float:
        """Seconds since 1970; no state that was passed on so far has a later place."""
        return max(self._wall(), self._last_us / 1e6)

    def stamp(self, post: RawPost) -> RawPost:
        """The post with the next place."""
        self.observe(post)
        self._last_us = max(int(self._wall() * 1e6), self._last_us + 1)
        return post.model_copy(update={"order": self._last_us})


class OrderLimit:
    """Microseconds since 1970 below which orders may have been used, by this process or by one before it.

    There is one for the whole file, whatever the destination. Safe on any thread.
    """

    def __init__(self, file: StateFile) -> None:
        self._file = file
        with file.reading() as database:
            row = database.execute("SELECT limit_us FROM order_limit").fetchone()
        self._durable_us = 0 if row is None else int(row[0])
        self._used_us: int | None = None
        self.start_us = self._durable_us
        """Least order, in microseconds since 1970, that a clock may begin with."""

    def raise_above(self, order_us: int) -> None:
        """Begin later: somebody has used this order."""
        self.start_us = max(self.start_us, order_us + 1)

    def reserve(self, order_us: int) -> None:
        """Allow orders up to this one to be used, durably. Raises StateError."""
        self._used_us = order_us if self._used_us is None else max(self._used_us, order_us)
        if order_us >= self._durable_us:
            self._write(order_us + RESERVE_US)

    def give_back(self) -> None:
        """At the end: what was reserved and not used. The next start then begins right behind the last one."""
        if self._used_us is not None:
            self._write(self._used_us + 1)

    def _write(self, limit_us: int) -> None:
        with self._file.writing() as database:
            database.execute("INSERT OR REPLACE INTO order_limit VALUES (1, ?)", (limit_us,))
        self._file.commit()
        self._durable_us = limit_us

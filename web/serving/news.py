"""News for open pages: the store's changes are read once for all of them, and each gets the number that it missed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog

from schemas.counted import counted
from sinks.store.database import Dialect, Reader
from sinks.store.errors import StoreError, StoreUnavailableError
from sinks.store.reading.overview import newest_post
from sinks.store.search.changes import Place, changes_after
from web.serving.followed_query import Arrival, ArrivedBatch, FollowedQuery, Follower
from web.serving.readers import Readers

PAUSE_S: Final = 0.5
MOST_CLIENTS: Final = 1_000
MOST_QUERIES: Final = 100
"""Different ones: each is asked about every batch of changes."""
_ASKED_TOGETHER: Final = 2
"""Queries, of the readers that pages have as well."""
_MOST_MISSED: Final = 10
"""Batches of changes that are counted at once for a page that comes back."""
_log = structlog.stdlib.get_logger(__name__)


class TooManyError(Exception):
    """No more pages can follow; the text is for their readers."""


@dataclass
class News:
    """Reads the store's changes while somebody follows them."""

    readers: Readers
    most_clients: int = MOST_CLIENTS
    newest_ms: int | None = None
    is_reachable: bool = True
    is_over: bool = False
    _followers: set[Follower] = field(default_factory=set)
    _queries: dict[str, FollowedQuery] = field(default_factory=dict)
    _place: Place | None = None
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _asking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_ASKED_TOGETHER))

    @property
    def clients(self) -> int:
        """Pages that follow."""
        return len(self._followers)

    @asynccontextmanager
    async def following(self, query: str, first_id: int, place: Place) -> AsyncIterator[Follower]:
        """A page that follows until the block ends. TooManyError where there is no room for it."""
        if len(self._followers) >= self.most_clients:
            raise TooManyError(
                f"{counted(self.most_clients, 'page')} may follow at once, and others do; this one does not. "
                "Reload to see new posts"
            )
        others = {each.query for each in self._followers}
        if query not in others and len(others) >= MOST_QUERIES:
            raise TooManyError(f"{MOST_QUERIES} different filters are followed already. Reload to see new posts")
        follower = Follower(query, first_id, place)
        self._followers.add(follower)
        self._place = min(self._place, place) if self._place is not None else place
        self._wanted.set()
        try:
            yield follower
        finally:
            self._followers.discard(follower)

    async def run(self) -> None:
        """Follow the store until cancelled."""
        try:
            while True:
                if not self._followers:
                    self._place = None
                    self._wanted.clear()
                    await self._wanted.wait()
                await self._look()
                await asyncio.sleep(PAUSE_S)
        finally:
            for query in self._queries.values():
                await query.close()

    def close(self) -> None:
        """Let all pages go: the server ends."""
        self.is_over = True
        for follower in self._followers:
            follower.wakes.set()

    async def _look(self) -> None:
        place, followers = self._place, set(self._followers)
        if place is None:
            return
        try:
            end, arrivals, newest_ms = await self.readers.read(lambda reader, dialect: _arrived(reader, dialect, place))
        except (StoreUnavailableError, StoreError) as error:
            if self.is_reachable:
                _log.warning("store does not answer", error=str(error))
            self._change(is_reachable=False)
            return
        except Exception:  # noqa: BLE001 - whatever fails here, the news go on
            if self.is_reachable:
                _log.exception("news cannot be read")
            self._change(is_reachable=False)
            return
        if newest_ms != self.newest_ms:
            self.newest_ms = newest_ms
            for follower in followers:
                follower.wakes.set()
        self._hand_out(arrivals, end, followers & self._followers)
        # Who came while the store was read has seen nothing of it.
        self._place = min([end, *(each.place for each in self._followers - followers)])
        self._change(is_reachable=True)

    def _hand_out(self, arrivals: tuple[Arrival, ...], end: Place, followers: set[Follower]) -> None:
        by_query: dict[str, set[Follower]] = {}
        for follower in followers:
            by_query.setdefault(follower.query, set()).add(follower)
        for follower in by_query.pop("", ()):
            follower.count(arrivals, end)
        for text in self._queries.keys() - by_query.keys():
            self._queries.pop(text).forget()
        for text, waiting in by_query.items():
            query = self._queries.setdefault(text, FollowedQuery(text, self.readers, self._asking))
            query.take(ArrivedBatch(arrivals, end, frozenset(waiting)))

    def _change(self, *, is_reachable: bool) -> None:
        if is_reachable != self.is_reachable:
            self.is_reachable = is_reachable
            for follower in self._followers:
                follower.wakes.set()


def _arrived(reader: Reader, dialect: Dialect, place: Place) -> tuple[Place, tuple[Arrival, ...], int | None]:
    """How far the changes were read, the posts that have come, in order, and the moment of the newest post."""
    places: dict[str, Place] = {}
    for _ in range(_MOST_MISSED):
        changes = list(changes_after(reader, dialect, place))
        if not changes:
            break
        place = changes[-1].place
        places |= {change.key: change.place for change in changes if change.what == "new"}
    rows = reader.among("SELECT id, key FROM posts WHERE key", list(places))
    arrivals = sorted((Arrival(places[key], number) for number, key in rows), key=lambda each: each.place)
    newest = newest_post(reader)
    return place, tuple(arrivals), newest.posted_ms if newest else None

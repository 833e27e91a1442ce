"""News for open pages: the store's changes are read once for all of them, and each gets the number that it missed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from schemas.counted import counted
from schemas.query.parser import parse
from schemas.query.tree import Node
from sinks.store.database import Dialect, Reader
from sinks.store.errors import StoreError, StoreUnavailableError
from sinks.store.reading.overview import newest_post
from sinks.store.search.changes import Place, changes_after
from sinks.store.search.names import look_up
from sinks.store.search.searching import find_ids
from sinks.store.search.selection import Order, Selection
from web.serving.readers import Readers

PAUSE_S: Final = 0.5
MOST_CLIENTS: Final = 1_000
MOST_QUERIES: Final = 100
"""Different ones: each is asked about every batch of changes."""
_TOGETHER: Final = 1_000
"""Arrivals that a query is asked about at once: each is a parameter of its statement."""
_MOST_MISSED: Final = 10
"""Batches of changes that are counted for a page that comes back."""
_log = structlog.stdlib.get_logger(__name__)


class TooManyError(Exception):
    """No more pages can follow; the text is for their readers."""


@dataclass(slots=True, eq=False)
class Follower:
    """An open page."""

    query: str
    first_id: int
    """Posts with a smaller id are further down than the page reaches."""
    place: Place
    new: int = 0
    wakes: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A post that has come, and where among the changes."""

    place: Place
    id: int


@dataclass
class News:
    """Reads the store's changes while somebody follows them."""

    readers: Readers
    most_clients: int = MOST_CLIENTS
    newest_ms: int | None = None
    is_reachable: bool = True
    is_over: bool = False
    _followers: set[Follower] = field(default_factory=set)
    _place: Place | None = None
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)

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
        while True:
            if not self._followers:
                self._place = None
                self._wanted.clear()
                await self._wanted.wait()
            await self._look()
            await asyncio.sleep(PAUSE_S)

    def close(self) -> None:
        """Let all pages go: the server ends."""
        self.is_over = True
        for follower in self._followers:
            follower.wakes.set()

    async def _look(self) -> None:
        place, followers = self._place, set(self._followers)
        queries = {each.query for each in followers}
        if place is None:
            return
        try:
            end, found, newest_ms = await self.readers.read(
                lambda reader, dialect: _arrived(reader, dialect, place, queries)
            )
        except (StoreUnavailableError, StoreError) as error:
            if self.is_reachable:
                _log.warning("store does not answer", error=str(error))
            self._change(is_reachable=False)
            return
        except Exception:  # noqa: BLE001 - one reader's question must not end the news of all others
            if self.is_reachable:
                _log.exception("news cannot be read")
            self._change(is_reachable=False)
            return
        is_newer, self.newest_ms = newest_ms != self.newest_ms, newest_ms
        for follower in followers & self._followers:
            arrivals = found[follower.query]
            follower.new += sum(1 for each in arrivals if each.place > follower.place and each.id > follower.first_id)
            follower.place = max(follower.place, end)
            if arrivals or is_newer:
                follower.wakes.set()
        # Who came while the store was read has seen nothing of it.
        self._place = min([end, *(each.place for each in self._followers - followers)])
        self._change(is_reachable=True)

    def _change(self, *, is_reachable: bool) -> None:
        if is_reachable != self.is_reachable:
            self.is_reachable = is_reachable
            for follower in self._followers:
                follower.wakes.set()


def _arrived(
    reader: Reader, dialect: Dialect, place: Place, queries: set[str]
) -> tuple[Place, dict[str, list[Arrival]], int | None]:
    places: dict[str, Place] = {}
    for _ in range(_MOST_MISSED):
        changes = list(changes_after(reader, dialect, place))
        if not changes:
            break
        place = changes[-1].place
        places |= {change.key: change.place for change in changes if change.what == "new"}
    rows = reader.among("SELECT id, key FROM posts WHERE key", list(places))
    arrivals = [Arrival(places[key], number) for number, key in rows]
    newest = newest_post(reader)
    found = {query: _matching(reader, dialect, query, arrivals) for query in queries}
    return place, found, newest.posted_ms if newest else None


def _matching(reader: Reader, dialect: Dialect, query: str, arrivals: list[Arrival]) -> list[Arrival]:
    if not query or not arrivals:
        return arrivals
    tree: Node = parse(query)
    names, now_ms = look_up(reader, tree), _now_ms()
    matching: set[int] = set()
    for start in range(0, len(arrivals), _TOGETHER):
        ids = tuple(each.id for each in arrivals[start : start + _TOGETHER])
        chosen = Selection(len(ids), Order.NEWEST, among=ids)
        matching.update(find_ids(reader, dialect, tree, names, chosen, now_ms))
    return [each for each in arrivals if each.id in matching]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def ended(task: "asyncio.Task[None]") -> None:
    """Cancel a task and wait for its end."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

"""News for open pages: the store's changes are read once for all of them, and each gets the number that it missed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from schemas.plurals import counted
from sinks.store.database import Dialect, Reader
from sinks.store.errors import StoreError, StoreUnavailableError
from sinks.store.reading.overview import newest_post
from sinks.store.search.changes import Change, ChangeCursor, KeptChanges, changes_after, kept_changes
from web.serving.followed_query import AWAY, CHANGES, Arrival, ArrivedBatch, FollowedQuery, Follower
from web.serving.readers import Readers

PAUSE_S: Final = 0.25
MOST_CLIENTS: Final = 1_000
MOST_QUERIES: Final = 100
"""Different ones: each is asked about every batch of changes."""
_ASKED_TOGETHER: Final = 2
"""Queries, of the readers that pages have as well."""
_MOST_MISSED: Final = 10
"""Batches of changes that are read at once: what a page that comes back missed takes several times."""
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
    _in_step: set[Follower] = field(default_factory=set)
    """Followers who were given everything up to ``_place``."""
    _place: ChangeCursor | None = None
    _behind: set[Follower] = field(default_factory=set)
    """Followers who are being given what they missed, up to ``_behind_place`` so far."""
    _behind_place: ChangeCursor = ChangeCursor()  # noqa: RUF009 - it is immutable
    _queries: dict[str, FollowedQuery] = field(default_factory=dict)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _asking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_ASKED_TOGETHER))

    @property
    def clients(self) -> int:
        """Number of pages that follow."""
        return len(self._followers)

    @asynccontextmanager
    async def following(
        self, query: str, first_id: int, place: ChangeCursor, shown: frozenset[int] = frozenset()
    ) -> AsyncIterator[Follower]:
        """A page that follows until the block ends. TooManyError where there is no room for it."""
        if len(self._followers) >= self.most_clients:
            raise TooManyError(
                f"{counted(self.most_clients, 'page')} may follow at once, and others do; this one does not. "
                "Reload to see new posts"
            )
        others = {each.query for each in self._followers}
        if query not in others and len(others) >= MOST_QUERIES:
            raise TooManyError(f"{MOST_QUERIES} different filters are followed already. Reload to see new posts")
        follower = Follower(query, first_id, place, shown)
        self._followers.add(follower)
        self._wanted.set()
        try:
            yield follower
        finally:
            self._followers.discard(follower)

    async def run(self) -> None:
        """Follow the store until cancelled."""
        try:
            while True:
                self._forget_queries()
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
        self._wake_all()

    async def _look(self) -> None:
        try:
            late = await self._read_on()
            await self._catch_up(late)
        except (StoreUnavailableError, StoreError) as error:
            if self.is_reachable:
                _log.warning("store does not answer", error=str(error))
            self._change(is_reachable=False)
        except Exception:  # noqa: BLE001 - whatever fails here, the news go on
            if self.is_reachable:
                _log.exception("news cannot be read")
            self._change(is_reachable=False)
        else:
            self._change(is_reachable=True)

    async def _read_on(self) -> set[Follower]:
        """Give what has come to all who have the rest. The newcomers who have not are returned."""
        self._in_step &= self._followers
        newcomers = self._followers - self._in_step - self._behind
        found = await self.readers.read(partial(_arrived, self._place))
        if found.newest_ms != self.newest_ms:
            self.newest_ms = found.newest_ms
            self._wake_all()
        if self._place is not None and not found.kept.has_all_after(self._place):
            for follower in self._in_step:
                follower.miss(AWAY)
        for follower in newcomers:
            if not found.kept.has_all_after(follower.place):
                follower.miss(AWAY)
            if follower.place >= found.start:
                self._in_step.add(follower)
        self._hand_out(found, self._in_step & self._followers)
        self._place = found.end
        return newcomers - self._in_step

    async def _catch_up(self, late: set[Follower]) -> None:
        """Give a part of what they missed to pages that came back: to all of a round, so that nobody starts it over."""
        assert self._place is not None
        self._behind &= self._followers
        if not self._behind:
            self._behind = late & self._followers
            self._behind_place = min((each.place for each in self._behind), default=self._place)
        if not self._behind:
            return
        found = await self.readers.read(partial(_arrived, self._behind_place))
        self._hand_out(found, self._behind & self._followers)
        self._behind_place = found.end
        if found.end >= self._place:
            self._in_step |= self._behind
            self._behind = set()

    def _hand_out(self, found: "_ChangesFound", followers: set[Follower]) -> None:
        by_query: dict[str, set[Follower]] = {}
        for follower in followers:
            by_query.setdefault(follower.query, set()).add(follower)
        new = [each for each in found.arrivals if each.what == "new"]
        for follower in by_query.pop("", ()):
            follower.count(new, found.end)
        for text, waiting in by_query.items():
            if text not in self._queries:
                self._queries[text] = FollowedQuery(text, self.readers, self._asking)
            self._queries[text].take(ArrivedBatch(found.arrivals, found.end, frozenset(waiting)))

    def _forget_queries(self) -> None:
        """Of pages that have gone; one that was slow is kept until it has rested."""
        for text in self._queries.keys() - {each.query for each in self._followers}:
            self._queries[text].forget()
            if self._queries[text].is_idle:
                del self._queries[text]

    def _change(self, *, is_reachable: bool) -> None:
        if is_reachable != self.is_reachable:
            self.is_reachable = is_reachable
            self._wake_all()

    def _wake_all(self) -> None:
        for follower in tuple(self._followers):
            follower.wakes.set()


@dataclass(frozen=True, slots=True)
class _ChangesFound:
    """What has changed between two places, in order."""

    start: ChangeCursor
    end: ChangeCursor
    arrivals: tuple[Arrival, ...]
    kept: KeptChanges
    newest_ms: int | None


def _arrived(start: ChangeCursor | None, reader: Reader, dialect: Dialect) -> _ChangesFound:
    """What has changed since a place; without one, since now."""
    kept = kept_changes(reader, dialect)
    place = start = kept.last if start is None else min(start, kept.last)
    found: list[Change] = []
    for _ in range(_MOST_MISSED):
        changes, place = changes_after(reader, dialect, place)
        if not changes:
            break
        found += [each for each in changes if each.what in CHANGES]
    keys = list({each.key for each in found})
    ids = {key: number for number, key in reader.among("SELECT id, key FROM posts WHERE key", keys)}
    arrivals = [Arrival(each.place, ids[each.key], each.what) for each in found if each.key in ids]
    newest = newest_post(reader)
    return _ChangesFound(start, place, tuple(arrivals), kept, newest.posted_ms if newest else None)

"""A query that open pages follow, asked about new posts apart from all others: a slow one costs only its own pages."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from schemas.query.parser import parse
from sinks.store.database import Dialect, Reader
from sinks.store.errors import QueryTimeoutError, StoreError, StoreUnavailableError
from sinks.store.search.changes import Place
from sinks.store.search.names import look_up
from sinks.store.search.searching import find_ids
from sinks.store.search.selection import HitSelection, Order
from web.serving.readers import Readers
from web.serving.tasks import ended

TOGETHER: Final = 1_000
"""Arrivals that a query is asked about at once: each is a parameter of its statement."""
REST_S: Final = 40.0
"""A query that took too long is asked again after this: it takes no more than a twentieth of a reader's time."""
MOST_WAITING: Final = 100_000
"""Arrivals that a query has not been asked about yet: as many as the store keeps changes."""
TOO_SLOW: Final = "slow search: not all counted"
FAILED: Final = "new hits cannot be counted"
AWAY: Final = "away too long"
"""All have to fit beside the number of new hits on a screen of 320 px."""
_log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Follower:
    """An open page."""

    query: str
    first_id: int
    """Posts with a smaller id are further down than the page reaches."""
    place: Place
    new: int = 0
    problem: str = ""
    """Why not all new posts are counted."""
    wakes: asyncio.Event = field(default_factory=asyncio.Event)

    def count(self, arrivals: Sequence["Arrival"], end: Place) -> None:
        """Count what has come up to a place."""
        self.new += sum(1 for each in arrivals if each.place > self.place and each.id > self.first_id)
        self.place = max(self.place, end)
        if arrivals:
            self.wakes.set()

    def miss(self, problem: str) -> None:
        """Say why not all new posts are counted."""
        if self.problem != problem:
            self.problem = problem
            self.wakes.set()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A post that has come, and where among the changes."""

    place: Place
    id: int


@dataclass(frozen=True, slots=True)
class ArrivedBatch:
    """Arrivals up to a place, and the pages that wait for those that match."""

    arrivals: tuple[Arrival, ...]
    end: Place
    followers: frozenset[Follower]


@dataclass
class FollowedQuery:
    """One query. ``asking`` bounds how many are asked at a time, so that pages find a reader, too."""

    text: str
    readers: Readers
    asking: asyncio.Semaphore
    _waiting: deque[ArrivedBatch] = field(default_factory=deque)
    _task: asyncio.Task[None] | None = None
    _rests_until: float = 0.0

    def take(self, batch: ArrivedBatch) -> None:
        """Ask about arrivals; while the query rests, its pages miss them and say so."""
        arrivals = _awaited(batch)
        if arrivals and (self._is_resting or self._waiting_arrivals + len(arrivals) > MOST_WAITING):
            _miss(batch.followers, TOO_SLOW)
            return
        for start in range(0, len(arrivals), TOGETHER):
            some = arrivals[start : start + TOGETHER]
            self._waiting.append(ArrivedBatch(some, some[-1].place, batch.followers))
        if self._waiting and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._ask_all())

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being asked, and there was no reason to rest."""
        return not self._is_resting and (self._task is None or self._task.done())

    @property
    def _waiting_arrivals(self) -> int:
        return sum(len(each.arrivals) for each in self._waiting)

    @property
    def _is_resting(self) -> bool:
        return time.monotonic() < self._rests_until

    def forget(self) -> None:
        """Ask nothing more for pages that have gone; what is being asked ends by itself."""
        self._waiting.clear()

    async def close(self) -> None:
        """Stop at once."""
        self.forget()
        if self._task is not None:
            await ended(self._task)

    async def _ask_all(self) -> None:
        while self._waiting:
            batch = self._waiting.popleft()
            try:
                async with self.asking:
                    found = await self.readers.read(partial(self._matching, batch.arrivals))
            except QueryTimeoutError:
                _log.warning("a followed query takes too long", query=self.text)
                self._rest(batch, TOO_SLOW)
            except (StoreUnavailableError, StoreError):
                self._waiting.appendleft(batch)
                return  # whoever reads the changes reports it, and what comes next asks again
            except Exception:  # noqa: BLE001 - one query must not end the news of all others
                _log.exception("a followed query cannot be answered", query=self.text)
                self._rest(batch, FAILED)
            else:
                for follower in batch.followers:
                    follower.count(found, batch.end)

    def _rest(self, failed: ArrivedBatch, problem: str) -> None:
        self._rests_until = time.monotonic() + REST_S
        for batch in (failed, *self._waiting):
            _miss(batch.followers, problem)
        self._waiting.clear()

    def _matching(self, arrivals: Sequence[Arrival], reader: Reader, dialect: Dialect) -> list[Arrival]:
        tree = parse(self.text)
        ids = tuple(each.id for each in arrivals)
        chosen = HitSelection(len(ids), Order.NEWEST, among=ids)
        now_ms = time.time_ns() // 1_000_000
        matching = set(find_ids(reader, dialect, tree, look_up(reader, tree), chosen, now_ms))
        return [each for each in arrivals if each.id in matching]


def _awaited(batch: ArrivedBatch) -> tuple[Arrival, ...]:
    """The arrivals that any of the pages can count."""
    place = min(each.place for each in batch.followers)
    first_id = min(each.first_id for each in batch.followers)
    return tuple(each for each in batch.arrivals if each.place > place and each.id > first_id)


def _miss(followers: frozenset[Follower], problem: str) -> None:
    for follower in followers:
        follower.miss(problem)

"""A query that open pages follow, asked about new posts apart from all others: a slow one costs only its own pages."""

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Final

import structlog

from schemas.query.parser import parse
from schemas.query.tree import Is, Node, PostProperty, Story, asks_about_stories, leaves
from sinks.store.database import Dialect, Reader
from sinks.store.errors import QueryTimeoutError, StoreError, StoreUnavailableError
from sinks.store.search.changes import ChangeCursor
from sinks.store.search.names import look_up
from sinks.store.search.searching import find_ids
from sinks.store.search.selection import HitSelection, Order
from sinks.store.search.story_posts import others_in_stories
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
_MOST_RECENT: Final = 1_000
"""Posts that a page remembers: what decides about a post nearly always follows it at once."""
_DECISIVE: Final = {
    PostProperty.FIRST: ("link",),
    PostProperty.COPY: ("link",),
    PostProperty.EDITED: ("edit",),
    PostProperty.DELETED: ("deleted", "return"),
    PostProperty.FORWARD: (),
}
CHANGES: Final = frozenset(("new", *chain.from_iterable(_DECISIVE.values())))
"""Kinds of changes that pages may wait for."""
_log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Follower:
    """An open page that gets the number of new hits of its query."""

    query: str
    first_id: int
    """Posts with a smaller id are further down than the page reaches."""
    place: ChangeCursor
    shown: frozenset[int] = frozenset()
    """Posts that the page shows: whatever changes in them, they are no news."""
    new: int = 0
    problem: str = ""
    """Why not all new posts are counted."""
    wakes: asyncio.Event = field(default_factory=asyncio.Event)
    _recent: dict[int, None] = field(default_factory=dict)
    """Posts that were counted and that later changes may turn into no hits."""

    def count(self, arrivals: Sequence["Arrival"], end: ChangeCursor | None) -> None:
        """Count what has come up to a place."""
        self.new += sum(1 for each in arrivals if self._waits_for(each))
        self._go_to(end, arrivals)

    def count_again(self, asked: Sequence["Arrival"], hits: Set[int], end: ChangeCursor | None) -> None:
        """Count hits of a query that a post can come to match later, or no longer: each post counts once."""
        for each in filter(self._waits_for, asked):
            if each.id in self.shown:
                continue
            if each.id in hits and each.id not in self._recent:
                self._recent[each.id] = None
                self.new += 1
            elif each.id not in hits and each.id in self._recent:
                del self._recent[each.id]
                self.new -= 1
        while len(self._recent) > _MOST_RECENT:
            del self._recent[next(iter(self._recent))]
        self._go_to(end, asked)

    def _waits_for(self, arrival: "Arrival") -> bool:
        return arrival.id > self.first_id and not self.place.has(arrival.place)

    def _go_to(self, end: ChangeCursor | None, arrivals: Sequence["Arrival"]) -> None:
        self.place = self.place if end is None else max(self.place, end)
        if arrivals:
            self.wakes.set()

    def miss(self, problem: str) -> None:
        """Show on the page why not all new posts are counted."""
        if self.problem != problem:
            self.problem = problem
            self.wakes.set()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A post that has come, or what else has changed in one, and the place of that change alone."""

    place: ChangeCursor
    id: int
    what: str = "new"


@dataclass(frozen=True, slots=True)
class ArrivedBatch:
    """Arrivals up to a place, and the pages that wait for those that match."""

    arrivals: tuple[Arrival, ...]
    end: ChangeCursor | None
    """None: of a part that others follow."""
    followers: frozenset[Follower]


@dataclass
class FollowedQuery:
    """A query that open pages follow. ``asking`` bounds how many are asked at a time, so that pages find a reader."""

    text: str
    readers: Readers
    asking: asyncio.Semaphore
    _tree: Node = field(init=False)
    _decisive: frozenset[str] = field(init=False)
    """Kinds of changes, beside new posts, that decide whether a post matches."""
    _counts_stories: bool = field(init=False)
    """A post can come to match since another one has joined its story."""
    _waiting: deque[ArrivedBatch] = field(default_factory=deque)
    _task: asyncio.Task[None] | None = None
    _rests_until: float = 0.0

    def __post_init__(self) -> None:
        self._tree = parse(self.text)
        self._decisive = frozenset(decisive_changes(self._tree))
        self._counts_stories = asks_about_stories(self._tree)

    def take(self, batch: ArrivedBatch) -> None:
        """Ask about arrivals. While the query rests, or has too many to do, its pages miss them and say so."""
        arrivals = _awaited(batch, self._decisive | {"new"})
        if arrivals and (self._is_resting or self._waiting_arrivals + len(arrivals) > MOST_WAITING):
            _miss(batch.followers, TOO_SLOW)
            return
        for start in range(0, len(arrivals), TOGETHER):
            some = arrivals[start : start + TOGETHER]
            is_last = start + TOGETHER >= len(arrivals)
            self._waiting.append(ArrivedBatch(some, batch.end if is_last else None, batch.followers))
        if self._waiting and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._ask_all())

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being asked, and the query does not rest."""
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
        """Stop asking at once."""
        self.forget()
        if self._task is not None:
            await ended(self._task)

    async def _ask_all(self) -> None:
        while self._waiting:
            batch = self._waiting.popleft()
            try:
                async with self.asking:
                    answer = await self.readers.read(partial(self._answered, batch))
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
                self._count(batch, answer)

    def _count(self, batch: ArrivedBatch, answer: "_Matches") -> None:
        for follower in batch.followers:
            if self._decisive:
                follower.count_again(answer.asked, answer.hits, batch.end)
            else:
                follower.count([each for each in answer.asked if each.id in answer.hits], batch.end)

    def _rest(self, failed: ArrivedBatch, problem: str) -> None:
        self._rests_until = time.monotonic() + REST_S
        for batch in (failed, *self._waiting):
            _miss(batch.followers, problem)
        self._waiting.clear()

    def _answered(self, batch: ArrivedBatch, reader: Reader, dialect: Dialect) -> "_Matches":
        asked = batch.arrivals
        if self._counts_stories:
            asked += _of_their_stories(reader, batch)
        ids = tuple({each.id for each in asked})
        chosen = HitSelection(len(ids), Order.NEWEST, among=ids)
        now_ms = time.time_ns() // 1_000_000
        return _Matches(asked, set(find_ids(reader, dialect, self._tree, look_up(reader, self._tree), chosen, now_ms)))


@dataclass(frozen=True, slots=True)
class _Matches:
    """What was asked about, and the ids of those that match."""

    asked: tuple[Arrival, ...]
    hits: Set[int]


def decisive_changes(tree: Node) -> Iterator[str]:
    """Kinds of changes, beside new posts, that decide whether a post matches."""
    for leaf in leaves(tree):
        if isinstance(leaf, Story):
            yield "link"
        elif isinstance(leaf, Is):
            for state in leaf.states:
                yield from _DECISIVE[state]


def _awaited(batch: ArrivedBatch, kinds: Set[str]) -> tuple[Arrival, ...]:
    """The arrivals that any of the pages can count."""
    place = min(each.place for each in batch.followers)
    first_id = min(each.first_id for each in batch.followers)
    return tuple(
        each for each in batch.arrivals if each.what in kinds and each.id > first_id and not place.has(each.place)
    )


def _of_their_stories(reader: Reader, batch: ArrivedBatch) -> tuple[Arrival, ...]:
    """The other posts of stories that have changed, each at the place of that change: those that pages reach."""
    places = {each.id: each.place for each in batch.arrivals if each.what == "link"}
    first_id = min(each.first_id for each in batch.followers)
    others = others_in_stories(reader, list(places), first_id)
    return tuple(Arrival(places[changed], number, "link") for number, changed in others.items())


def _miss(followers: frozenset[Follower], problem: str) -> None:
    for follower in followers:
        follower.miss(problem)

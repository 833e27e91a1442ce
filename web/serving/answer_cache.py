"""Answers of the store that take long to work out: given to all who ask meanwhile, and again for some seconds.

An answer is given for ``AGAIN`` times as long as it took, so that however many people look at a page, the store spends
no more than a twentieth of its time on it, and for as long again, or for some seconds, while a newer one is worked out:
whoever comes in that time does not wait. What is quickly worked out is never kept.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar, cast

import structlog

from sinks.store.database import Dialect, Reader
from sinks.store.errors import QueryTimeoutError
from web.serving.readers import Readers

T = TypeVar("T")
AGAIN: Final = 20
QUICK_S: Final = 0.01
LONGEST_S: Final = 60.0
LATE: Final = 100
LATE_S: Final = 10.0
"""Whoever asks within this after that time, or ``LATE`` times its cost where that is less, has the old answer."""
MOST: Final = 64
"""Answers; of more the one that was requested longest ago goes."""

_log = structlog.stdlib.get_logger(__name__)


class _Kept(NamedTuple):
    """Both moments are by the monotonic clock."""

    answer: Any
    fresh_until: float
    until: float


@dataclass
class AnswerCache:
    """Answers of the store that are kept for some seconds, by their questions."""

    readers: Readers
    now: Callable[[], float] = time.monotonic
    _kept: OrderedDict[Hashable, _Kept] = field(default_factory=OrderedDict)
    _asked: dict[Hashable, asyncio.Task[Any]] = field(default_factory=dict)

    async def read(
        self,
        key: Hashable,
        question: Callable[[Reader, Dialect], T],
        otherwise: T | None = None,
        *,
        least_s: float = 0.0,
    ) -> T:
        """The answer to a question, which is the same for equal keys. Raises as ``Readers.read`` does.

        ``otherwise``: the answer where the store takes too long to work it out; kept as any that took so long.
        ``least_s``: how long an answer is given again, however quickly it was worked out.
        """
        kept = self._kept.get(key)
        now = self.now()
        if kept is not None and now < kept.until:
            self._kept.move_to_end(key)
            if now >= kept.fresh_until:
                self._begin(key, question, otherwise, least_s)
            return cast("T", kept.answer)
        task = self._begin(key, question, otherwise, least_s)
        return cast("T", await asyncio.shield(task))  # whoever goes away takes nothing from the others

    def _begin(
        self, key: Hashable, question: Callable[[Reader, Dialect], T], otherwise: T | None, least_s: float
    ) -> asyncio.Task[T]:
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._ask(key, question, otherwise, least_s))
            task.add_done_callback(lambda done: self._forget(key, done))
        return task

    async def _ask(
        self, key: Hashable, question: Callable[[Reader, Dialect], T], otherwise: T | None, least_s: float
    ) -> T:
        try:
            answer, cost_s = await self.readers.read(lambda rows, dialect: _timed(question, rows, dialect))
        except QueryTimeoutError as error:
            if otherwise is None:
                raise
            _log.warning("a cached result takes too long to compute", problem=str(error))
            answer, cost_s = otherwise, self.readers.timeout_s
        self._kept.pop(key, None)
        if cost_s >= QUICK_S or least_s:
            now, fresh_s = self.now(), max(least_s, min(LONGEST_S / 2, AGAIN * cost_s))
            late_s = max(fresh_s, min(LATE_S, LATE * cost_s))
            self._kept[key] = _Kept(answer, now + fresh_s, now + fresh_s + late_s)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return answer

    def _forget(self, key: Hashable, done: asyncio.Task[Any]) -> None:
        del self._asked[key]
        if not done.cancelled():
            done.exception()  # whoever asked has it, unless all have gone away


def _timed(question: Callable[[Reader, Dialect], T], rows: Reader, dialect: Dialect) -> tuple[T, float]:
    """The answer, and what it took: of SQLite the CPU, since the machine may be busy with other things."""
    clock = time.thread_time if dialect is Dialect.SQLITE else time.perf_counter
    began = clock()
    answer = question(rows, dialect)
    return answer, clock() - began

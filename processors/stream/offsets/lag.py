"""How far the group is in a topic: lag, and the backlogs that the lanes are steered by."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Mapping

import structlog
from aiokafka.errors import KafkaError

from processors.stream.offsets.commits import Commits
from processors.stream.offsets.consumer_group import ConsumerGroup
from runtime.kafka.types import TopicPartition

FOREIGN_MAX_AGE_S = 0.25
"""Least seconds between two requests for the offsets of other workers."""

_log = structlog.stdlib.get_logger(__name__)


class LagMonitor:
    """Ends and handled offsets. Own partitions cost no request: fetches report their ends."""

    def __init__(
        self, group: ConsumerGroup, commits: Commits, written: Mapping[TopicPartition, int], commit_interval_s: float
    ) -> None:
        """``commit_interval_s`` is that of all workers."""
        self._group = group
        self._commit_interval_s = commit_interval_s
        self._commits = commits
        self._written = written
        self._committed: dict[TopicPartition, int] = {}
        self._foreign: tuple[float, int] = (0.0, 0)
        self._asking: asyncio.Task[None] | None = None
        self._foreign_ends: deque[tuple[float, Mapping[TopicPartition, int]]] = deque()

    def clear(self) -> None:
        """Forget committed offsets, which a rebalance may have moved."""
        self._committed.clear()
        self._foreign = (0.0, 0)
        self._foreign_ends.clear()

    def end(self, tp: TopicPartition) -> int | None:
        """End of an own partition; None when it is not known yet."""
        # The end reported by a fetch is old while its records wait to be taken in.
        ends = [end for end in (self._group.highwater(tp), self._written.get(tp)) if end is not None]
        return max(ends, default=None)

    async def handled(self, tp: TopicPartition) -> int:
        """Offset below which an own partition is handled."""
        done = self._commits.done(tp)
        if done is not None:
            return done
        if tp not in self._committed:
            self._committed[tp] = await self._group.committed(tp) or 0
        return self._committed[tp]

    async def lag(self, tp: TopicPartition) -> int | None:
        """Records that wait in an own partition; None when it is not known yet."""
        end = self.end(tp)
        return None if end is None else max(0, end - await self.handled(tp)) if end else 0

    async def backlog(self, tps: Iterable[TopicPartition]) -> int:
        """Records that wait in partitions, other workers' included; what cannot be learnt counts as nothing."""
        wanted, own = set(tps), self._group.assignment()
        try:
            waiting = sum([await self.lag(tp) or 0 for tp in wanted & own])
            return waiting + self._foreign_backlog(wanted - own)
        except (KafkaError, TimeoutError) as error:
            _log.warning("backlog unknown", error=type(error).__name__)
            return 0

    def _foreign_backlog(self, tps: set[TopicPartition]) -> int:
        """The last known value: an answer can take as long as a fetch that waits for records on the same
        connection (1.5 s in Faust), and a backfill would wait meanwhile.
        """
        is_asking = self._asking is not None and not self._asking.done()
        if tps and not is_asking and time.monotonic() - self._foreign[0] >= FOREIGN_MAX_AGE_S:
            self._asking = asyncio.create_task(self._ask_foreign(tps))
        return self._foreign[1] if tps else 0

    async def _ask_foreign(self, tps: set[TopicPartition]) -> None:
        try:
            ends_now, commits = await asyncio.gather(self._group.end_offsets(tps), self._group.all_committed(tps))
        except (KafkaError, TimeoutError) as error:
            _log.warning("backlog of other workers unknown", error=type(error).__name__)
            self._foreign = (time.monotonic(), 0)
            return
        ends = self._ends_an_interval_ago(ends_now)
        behind = sum(max(0, ends[tp] - commits.get(tp, 0)) for tp in tps & set(ends))
        self._foreign = (time.monotonic(), behind)

    def _ends_an_interval_ago(self, ends: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, int]:
        """The ends of a commit interval ago: what came since may be handled, and its commit be yet to come. Held
        against the ends of now, workers that keep up looked thousands of posts behind.
        """
        now = time.monotonic()
        self._foreign_ends.append((now, ends))
        while len(self._foreign_ends) > 1 and self._foreign_ends[1][0] <= now - self._commit_interval_s:
            self._foreign_ends.popleft()
        return self._foreign_ends[0][1]

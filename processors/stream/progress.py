"""How far the group is in a topic: lag, and the backlogs that the lanes are steered by."""

import time
from collections.abc import Iterable, Mapping

import structlog
from aiokafka.errors import KafkaError

from processors.stream.commits import Commits
from processors.stream.continuity import TopicPartition
from processors.stream.group import Group

FOREIGN_MAX_AGE_S = 0.25
"""Other workers' progress is asked for at most this often."""

_log = structlog.stdlib.get_logger(__name__)


class Progress:
    """Ends and handled offsets. Own partitions cost no request: fetches tell their ends."""

    def __init__(self, group: Group, commits: Commits, written: Mapping[TopicPartition, int]) -> None:
        self._group = group
        self._commits = commits
        self._written = written
        self._committed: dict[TopicPartition, int] = {}
        self._foreign: tuple[float, int] = (0.0, 0)

    def clear(self) -> None:
        """A rebalance: committed offsets may have moved."""
        self._committed.clear()
        self._foreign = (0.0, 0)

    def end(self, tp: TopicPartition) -> int | None:
        """End of an own partition; None when it is not known yet."""
        # What a fetch says is old while its records wait to be taken in.
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
            return waiting + await self._foreign_backlog(wanted - own)
        except (KafkaError, TimeoutError) as error:
            _log.warning("backlog unknown", error=type(error).__name__)
            return 0

    async def _foreign_backlog(self, tps: set[TopicPartition]) -> int:
        asked_at, backlog = self._foreign
        if not tps or time.monotonic() - asked_at < FOREIGN_MAX_AGE_S:
            return backlog if tps else 0
        ends = await self._group.end_offsets(tps)
        behind = 0
        for tp in tps:
            end = max(ends[tp], self._written.get(tp, 0))
            behind += max(0, end - (await self._group.committed(tp) or 0)) if end else 0
        self._foreign = (time.monotonic(), behind)
        return behind

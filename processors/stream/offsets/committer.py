"""The only caller of the group's commit: one commit at a time, so that none overtakes a reset."""

import asyncio
import logging
from collections.abc import Callable

import structlog
from aiokafka.errors import KafkaConnectionError, KafkaError

from processors.stream.offsets.commits import Commits
from processors.stream.offsets.consumer_group import ConsumerGroup
from runtime.kafka.types import TopicPartition

_log = structlog.stdlib.get_logger(__name__)


class Committer:
    """Commits what was delivered, or sets a commit back to the beginning of a partition."""

    def __init__(self, group: ConsumerGroup, commits: Commits, on_result: Callable[[bool], None]) -> None:
        """``on_result`` is called after each commit with whether the broker took it."""
        self._group = group
        self._commits = commits
        self._on_result = on_result
        self._lock = asyncio.Lock()

    async def commit(self) -> None:
        """Commit what was delivered. A broker that does not answer is no fault: the next round commits it."""
        async with self._lock:
            due = self._commits.due(self._group.assignment())
            if not due:
                return
            try:
                await self._group.commit(due, self._commits.markers)
            except (KafkaError, TimeoutError) as error:
                self._on_result(False)
                event = "offsets not committed; tried again, or read again"
                _log.log(log_level_of(error), event, error=type(error).__name__)
            else:
                self._commits.confirm(due)
                self._on_result(True)

    async def reset(self, tp: TopicPartition) -> None:
        """Set the group's commit back to the beginning of a partition whose log is no longer the one that was read.

        For the end of the process: a commit in flight ends first, and nothing is left to commit afterwards.
        KafkaError and TimeoutError when the broker does not take it.
        """
        async with self._lock:
            self._commits.clear()
            await self._group.commit({tp: 0}, {})


def log_level_of(error: KafkaError | TimeoutError) -> int:
    """Level of a failed request: an outage is logged in a few lines of its own, anything else each time."""
    is_outage = isinstance(error, TimeoutError | KafkaConnectionError) or error.retriable
    return logging.DEBUG if is_outage else logging.WARNING

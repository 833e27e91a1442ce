"""Regular checks of progress: no partition stalls, or ends before what was handled; the lag."""

import time
from collections.abc import Callable

import structlog
from aiokafka.errors import KafkaError

from processors.errors import OffsetGapError, StallError
from processors.stream.monitoring.health import WorkerHealth
from processors.stream.monitoring.metrics import WorkerMetrics
from processors.stream.monitoring.stall_watchdogs import StallWatch
from processors.stream.offsets.committer import Committer, log_level_of
from processors.stream.offsets.consumer_group import ConsumerGroup
from processors.stream.offsets.lag import LagMonitor
from runtime.kafka.cluster_topics import ClusterTopics
from runtime.kafka.types import TopicPartition

_log = structlog.stdlib.get_logger(__name__)


class ProgressChecks:
    """Checks at regular times. A broker that does not answer is no fault here: the next round makes it good."""

    def __init__(
        self,
        group: ConsumerGroup,
        committer: Committer,
        stalls: StallWatch,
        lag_monitor: LagMonitor,
        topics: ClusterTopics,
        metrics: WorkerMetrics,
        health: WorkerHealth,
        is_paused_on_purpose: Callable[[TopicPartition], bool],
    ) -> None:
        self._group = group
        self._committer = committer
        self._stalls = stalls
        self._lag_monitor = lag_monitor
        self._topics = topics
        self._metrics = metrics
        self._health = health
        self._is_paused_on_purpose = is_paused_on_purpose
        self._short = StallWatch(stalls.timeout_s)
        """Since when each partition ends before what was handled."""

    async def watch(self) -> None:
        """Look for stalled partitions, and show the lag. StallError when a record was never handled,
        OffsetGapError when a partition is no longer the one that was read.
        """
        assigned = self._group.assignment()
        self._stalls.retain(assigned)
        self._short.retain(assigned)
        try:
            await self._ask_broker(assigned)
            for tp in assigned:
                await self._require_whole_log(tp)
            lags = {tp: lag for tp in assigned if (lag := await self._lag_monitor.lag(tp)) is not None}
            for tp in assigned:
                await self._check(tp, lags.get(tp, 0))
        except (KafkaError, TimeoutError) as error:
            _log.log(log_level_of(error), "progress unknown", error=type(error).__name__)
        else:
            self._metrics.show_lag({(self._topics.label(topic), part): lag for (topic, part), lag in lags.items()})

    async def _ask_broker(self, assigned: set[TopicPartition]) -> None:
        # The lag comes from fetches, and a broker that is away lets none fail.
        try:
            await self._group.end_offsets(set(list(assigned)[:1]))
        except (KafkaError, TimeoutError):
            self._health.has_broker = False
            raise
        self._health.has_broker = True

    async def _require_whole_log(self, tp: TopicPartition) -> None:
        """OffsetGapError when a partition ends before what was handled: recreated, or cut short by an election.

        Faust drops records below the offset that it started from, and a restart would start there again: so the
        group's commit goes back to the beginning. What is handled twice is harmless.
        """
        end, handled = self._group.highwater(tp), await self._lag_monitor.handled(tp)
        if end is None or end >= handled:
            self._short.moved([tp], time.monotonic())
            return
        # After a change of leader a partition may report an end that is too low, but not for long.
        if not self._short.is_suspect(tp, time.monotonic()):
            return
        await self._committer.reset(tp)
        raise OffsetGapError(
            tp[0], f"{tp[0]}/{tp[1]} ends at {end}, but {handled} were handled: all of it is read again"
        )

    async def _check(self, tp: TopicPartition, lag: int) -> None:
        now = time.monotonic()
        if lag == 0 or self._is_paused_on_purpose(tp):
            self._stalls.moved([tp], now)
            return
        if not self._stalls.is_suspect(tp, now):
            return
        end = self._lag_monitor.end(tp) or 0
        handled = max(await self._group.committed(tp) or 0, await self._lag_monitor.handled(tp))
        is_fetched = await self._group.position(tp) >= end
        if not self._stalls.is_stalled(tp, now, is_fetched=is_fetched):
            return
        # Numbers that belong to no record (a transaction's markers) may be at the end.
        missed = await self._group.first_record(tp, handled, end) if handled < end else None
        if missed is None:
            self._stalls.moved([tp], now)
            return
        raise StallError(f"{tp[0]}/{tp[1]}: offset {missed} exists and was not handled; end {end}, handled {handled}")

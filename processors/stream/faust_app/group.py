"""The worker's membership in the consumer group, behind Faust: a thread of its own runs the consumer."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import faust
from aiokafka import TopicPartition as KafkaPartition
from faust.exceptions import ConsumerNotStarted

from processors.stream.delivery.session_lease import SessionLease
from processors.stream.offsets.commit_marker import CommitMarker
from processors.stream.offsets.leader_epochs import LeaderEpochs
from processors.stream.offsets.partition_reader import PartitionReader
from runtime.kafka.types import TopicPartition

GRACE_S, GRACE_TURNS = 0.1, 10
"""A post that takes long holds up the main loop: what was answered meanwhile takes a few turns of it to be taken in."""


class FaustGroup:
    """``ConsumerGroup`` over the consumer of a running Faust app."""

    def __init__(self, app: faust.App, reader: PartitionReader, timeout_s: float) -> None:
        self._app: Any = app
        self._reader = reader
        self._timeout_s = timeout_s
        self._epochs = LeaderEpochs()

    def generation(self) -> int:
        """Generation of the group's current assignment; grows with every rebalance."""
        return int(self._app.consumer_generation_id)

    def may_send(self, lease: SessionLease, generation: int) -> bool:
        """Whether records of a generation may be sent: it is not over, and nobody else can have its partitions."""
        return lease.is_held() and self.generation() == generation

    def assignment(self) -> set[TopicPartition]:
        """Partitions of the current assignment; none before the consumer has started."""
        try:
            return set(self._app.consumer.assignment())
        except ConsumerNotStarted:  # a stop can come that early
            return set()

    def highwater(self, tp: TopicPartition) -> int | None:
        """End of an assigned partition as the last fetch reported it."""
        if tp not in self.assignment():
            return None
        try:
            end: int | None = self._app.consumer.highwater(KafkaPartition(*tp))
        except (AssertionError, AttributeError, KeyError):  # the consumer's thread lost it this moment
            return None
        return end

    async def position(self, tp: TopicPartition) -> int:
        """Offset after the last record that Faust was given."""
        return int(await self._ask("position", KafkaPartition(*tp)))

    async def committed(self, tp: TopicPartition) -> int | None:
        """The group's committed offset, of any partition."""
        offset: int | None = await self._ask("committed", KafkaPartition(*tp))
        return offset

    async def end_offsets(self, tps: set[TopicPartition]) -> Mapping[TopicPartition, int]:
        """End offsets of any partitions, by a request."""
        ends: Mapping[TopicPartition, int] = await self._ask("end_offsets", [KafkaPartition(*tp) for tp in tps])
        return ends

    async def commit(
        self, offsets: Mapping[TopicPartition, int], markers: Mapping[TopicPartition, CommitMarker]
    ) -> None:
        """Commit; KafkaError when the partitions are no longer this worker's."""
        commits = {tp: (offset, str(markers[tp]) if tp in markers else "") for tp, offset in offsets.items()}
        await self._ask("commit", {KafkaPartition(*tp): commit for tp, commit in commits.items()})

    async def committed_marker(self, tp: TopicPartition) -> CommitMarker | None:
        """The marker in the metadata of the group's commit, which aiokafka's consumer itself keeps back; None without
        one.
        """
        commits = await self._commits({tp})
        return CommitMarker.parse(commits[tp].metadata) if tp in commits else None

    async def all_committed(self, tps: set[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The group's committed offsets of any partitions, by one request."""
        return {tp: commit.offset for tp, commit in (await self._commits(tps)).items()}

    async def has_record(self, tp: TopicPartition, marker: CommitMarker) -> bool:
        """Whether a record is where it was, or was removed by retention; by a reader outside the group."""
        return await self._reader.has_record(tp[0], tp[1], marker)

    def is_from_new_leader(self, tp: TopicPartition, offset: int) -> bool:
        """Whether the record is the first of a new leader of the partition, by the fetches since the assignment."""
        return tp in self._epochs.changes and self._epochs.is_change(tp, offset)

    async def first_record(self, tp: TopicPartition, start: int, end: int) -> int | None:
        """Offset of the first record in a range, by a reader outside the group."""
        return await self._reader.first_record(tp[0], tp[1], start, end)

    def watch_leaders(self) -> None:
        """From now on notice when records come from another leader. Call it at each assignment."""
        self._epochs.watch(self._consumer()._client)  # noqa: SLF001

    def renew_with_heartbeats(self, lease: SessionLease) -> None:
        """From now on every heartbeat that the broker answers renews the lease. Call it at each assignment."""
        # aiokafka has no event for its heartbeats.
        coordinator = self._consumer()._coordinator  # noqa: SLF001
        lease.renew()
        if not isinstance(coordinator._do_heartbeat, _Heartbeat):  # noqa: SLF001
            coordinator._do_heartbeat = _Heartbeat(coordinator._do_heartbeat, lease)  # noqa: SLF001

    async def _ask(self, method: str, argument: object) -> Any:  # noqa: ANN401 - aiokafka is untyped
        return await self._in_thread(getattr(self._consumer(), method), argument)

    async def _commits(self, tps: set[TopicPartition]) -> Mapping[TopicPartition, Any]:
        coordinator = self._consumer()._coordinator  # noqa: SLF001
        commits: Mapping[TopicPartition, Any] = await self._in_thread(
            coordinator.fetch_committed_offsets, [KafkaPartition(*tp) for tp in tps]
        )
        return commits

    def _consumer(self) -> Any:  # noqa: ANN401
        return self._app.consumer._thread._ensure_consumer()  # noqa: SLF001 - Faust's own commits must be avoided

    async def _in_thread(self, call: Callable[..., Awaitable[Any]], argument: object) -> Any:  # noqa: ANN401
        thread = self._app.consumer._thread  # noqa: SLF001
        answer = asyncio.ensure_future(thread.call_thread(call, argument))
        await asyncio.wait({answer}, timeout=self._timeout_s)
        for _ in range(GRACE_TURNS):
            if answer.done():
                break
            await asyncio.wait({answer}, timeout=GRACE_S)
        if not answer.done():
            answer.cancel()
            raise TimeoutError
        return answer.result()


class _Heartbeat:
    """aiokafka's request, and what an answer to it means. Runs on the consumer's thread."""

    def __init__(self, beat: Callable[[], Awaitable[bool]], lease: SessionLease) -> None:
        self._beat = beat
        self._lease = lease

    async def __call__(self) -> bool:
        sent_at = time.monotonic()
        is_answered = await self._beat()
        if is_answered:
            self._lease.renew(sent_at)
        return is_answered

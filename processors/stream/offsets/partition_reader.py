"""Consumers outside the group, placed on one partition: for the offset tracker and for the state log."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition

from processors.stream.offsets.commit_marker import CommitMarker
from runtime.kafka.aiokafka_options import client_options
from runtime.settings.kafka import KafkaSettings

POLL_MS = 500
CATCH_UP_S = 5.0
"""A new leader may report an end that is too low until its followers have fetched from it once."""
ROUND = 5000
"""Most records that one read asks for."""

_log = structlog.stdlib.get_logger(__name__)


class PartitionReader:
    """Reads partitions beside the group's own consumer."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    async def first_record(self, topic: str, partition: int, start: int, end: int) -> int | None:
        """Offset of the first record in ``start <= offset < end``; None when there is none.

        Transactions, compaction and retention leave out numbers. TimeoutError when the broker does not answer.
        """
        tp = KafkaPartition(topic, partition)
        async with self._at(tp, start) as consumer, asyncio.timeout(self._settings.request_timeout_s):
            begin = (await consumer.beginning_offsets([tp]))[tp]
            if begin > start:
                _log.error("posts removed by retention before they were handled", topic=topic, partition=partition,
                           first_removed=start, first_left=begin)  # fmt: skip
            while await consumer.position(tp) < end:
                for record in (await consumer.getmany(timeout_ms=POLL_MS)).get(tp, ()):
                    return record.offset if record.offset < end else None
        return None

    async def has_record(self, topic: str, partition: int, marker: CommitMarker) -> bool:
        """Whether a record is where it was; also when retention has removed it meanwhile. TimeoutError when the broker
        does not answer.
        """
        tp = KafkaPartition(topic, partition)
        async with self._at(tp, marker.offset) as consumer, asyncio.timeout(self._settings.request_timeout_s):
            if (await consumer.beginning_offsets([tp]))[tp] > marker.offset:
                return True
            deadline = time.monotonic() + CATCH_UP_S
            while True:
                # Past the end of the log aiokafka goes back to its beginning.
                for record in (await consumer.getmany(timeout_ms=POLL_MS, max_records=1)).get(tp, ()):
                    return CommitMarker.of_record(record.offset, record.timestamp, record.key, record.value) == marker
                end = consumer.highwater(tp)
                if end is not None and end <= marker.offset and time.monotonic() > deadline:
                    return False

    async def read_from(self, topic: str, partition: int, start: int) -> AsyncIterator[Sequence[Any]]:
        """Every record of a partition from an offset on, up to its end as it is now; none when that is not there."""
        tp = KafkaPartition(topic, partition)
        async with self._at(tp, start) as consumer:
            end = (await consumer.end_offsets([tp]))[tp]
            # Tansu's end_offsets stops at the first record of the last batch; the end reported by a fetch is right.
            if end < start:
                return
            while end and await consumer.position(tp) < max(end, consumer.highwater(tp) or 0):
                yield (await consumer.getmany(timeout_ms=POLL_MS, max_records=ROUND)).get(tp, ())

    @asynccontextmanager
    async def _at(self, tp: KafkaPartition, offset: int) -> AsyncIterator[Any]:
        consumer = AIOKafkaConsumer(
            **client_options(self._settings), auto_offset_reset="earliest", enable_auto_commit=False
        )
        await consumer.start()
        try:
            consumer.assign([tp])
            consumer.seek(tp, offset)
            yield consumer
        finally:
            await consumer.stop()

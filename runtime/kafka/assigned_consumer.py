"""A consumer that belongs to no group: it reads given partitions from given offsets, and keeps none."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, errors
from aiokafka import TopicPartition as AioPartition

from runtime.kafka.aiokafka_options import client_options
from runtime.kafka.errors import BrokerUnavailableError, ClusterRequestError, NotPermittedError, OffsetGoneError
from runtime.kafka.types import TopicPartition
from runtime.settings.kafka import KafkaSettings

MAX_FETCH_BYTES = 1 << 20
"""Most bytes of a partition in one answer, which the client holds until they are requested; a larger record comes
alone."""


class AssignedConsumer:
    """Reads ahead by one fetch of each partition, and no further while nobody asks: that is its back-pressure."""

    def __init__(self, settings: KafkaSettings, client_id: str) -> None:
        """Raises TlsFileError."""
        self._servers = settings.bootstrap_servers
        self._options = client_options(settings) | {"client_id": client_id}
        self._consumer: Any = None
        self._names: dict[AioPartition, TopicPartition] = {}
        self._aio: dict[TopicPartition, AioPartition] = {}

    async def start(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Connect, and read from these offsets on. Raises BrokerUnavailableError."""
        consumer = AIOKafkaConsumer(
            **self._options,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=MAX_FETCH_BYTES,
        )
        try:
            await consumer.start()
        except (errors.KafkaError, OSError) as error:
            await consumer.stop()
            raise BrokerUnavailableError(f"{self._servers} takes no consumer: {error}") from error
        self._consumer = consumer
        self._aio = {tp: AioPartition(*tp) for tp in offsets}
        self._names = {aio: tp for tp, aio in self._aio.items()}
        consumer.assign(list(self._names))
        for tp, offset in offsets.items():
            consumer.seek(self._aio[tp], offset)

    async def poll(self, timeout_s: float, max_records: int) -> dict[TopicPartition, Sequence[Any]]:
        """Records that have come, by partition and in order; none after the timeout.

        A record has offset, key, value and timestamp (ms). Raises OffsetGoneError, NotPermittedError,
        ClusterRequestError. While no broker answers nothing comes, and the client goes on trying.
        """
        try:
            found = await self._consumer.getmany(timeout_ms=int(timeout_s * 1000), max_records=max_records)
        except errors.OffsetOutOfRangeError as error:
            raise OffsetGoneError(f"offsets that are not there (any more): {error}") from error
        except (errors.TopicAuthorizationFailedError, errors.GroupAuthorizationFailedError) as error:
            raise NotPermittedError(f"the user may not read on {self._servers}: {error}") from error
        except errors.KafkaError as error:
            raise ClusterRequestError(f"{self._servers}: {error}") from error
        return {self._names[aio]: records for aio, records in found.items() if records}

    def seek(self, tp: TopicPartition, offset: int) -> None:
        """Read a partition on from another offset."""
        self._consumer.seek(self._aio[tp], offset)

    def end(self, tp: TopicPartition) -> int | None:
        """End of a partition as its last fetch reported it; None before the first."""
        highwater: int | None = self._consumer.highwater(self._aio[tp])
        return highwater

    async def ends(self) -> dict[TopicPartition, int]:
        """Ends of all partitions, by a request: while nobody polls, fetches report none.

        Raises BrokerUnavailableError.
        """
        try:
            found = await self._consumer.end_offsets(list(self._names))
        except (errors.KafkaError, OSError) as error:
            raise BrokerUnavailableError(f"{self._servers} does not answer: {error}") from error
        return {self._names[aio]: end for aio, end in found.items()}

    async def close(self) -> None:
        """Disconnect from the cluster."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await asyncio.shield(consumer.stop())

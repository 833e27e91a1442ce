"""State of duplicate detection: one index for each partition of ``posts.analyzed``, rebuilt from the state log."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

import structlog
from pydantic import TypeAdapter

from processors.core.decode import decode
from processors.core.dedup import DedupIndex
from processors.core.outcomes import Reject
from processors.errors import PipelineBugError, StateLogError
from schemas import FingerprintRecord

SLICE = 500
"""Records restored before other tasks get their turn: about 10 ms."""

_RECORD = TypeAdapter(FingerprintRecord)
_log = structlog.stdlib.get_logger(__name__)


class LogRecord(Protocol):
    """A record of the state log, as aiokafka gives it."""

    @property
    def offset(self) -> int:
        """Offset."""
        ...

    @property
    def value(self) -> bytes | None:
        """Value."""
        ...


ReadLog = Callable[[int], AsyncIterator[Sequence[LogRecord]]]
"""Reads one partition of ``posts.fingerprints`` from its beginning to its end as it is now."""


class DedupState:
    """The indexes of the partitions that this worker has."""

    def __init__(self, read_log: ReadLog) -> None:
        self._read_log = read_log
        self._indexes: dict[int, DedupIndex] = {}
        self.loading: set[int] = set()
        """Partitions whose index is being rebuilt."""
        self.last_rebuild_s = 0.0

    def index(self, partition: int) -> DedupIndex:
        """The index of a partition that was loaded; PipelineBugError otherwise."""
        try:
            return self._indexes[partition]
        except KeyError:
            raise PipelineBugError(f"no duplicate index was loaded for partition {partition}") from None

    def __len__(self) -> int:
        return sum(map(len, self._indexes.values()))

    async def load(self, partition: int) -> None:
        """Build a partition's index from the log.

        What any worker left there for posts below the committed offset is in it by now, since a commit comes after
        delivery. StateLogError when a record cannot be read.
        """
        began, index = time.monotonic(), DedupIndex()
        self.loading.add(partition)
        try:
            async for records in self._read_log(partition):
                for start in range(0, len(records), SLICE):
                    for record in records[start : start + SLICE]:
                        index.restore(_decoded(partition, record))
                    await asyncio.sleep(0)
        finally:
            self.loading.discard(partition)
        self._indexes[partition] = index
        self.last_rebuild_s = time.monotonic() - began
        _log.info("dedup index rebuilt", partition=partition, posts=len(index), seconds=round(self.last_rebuild_s, 3))

    def drop(self, partition: int) -> None:
        """Forget the index of a partition that went elsewhere."""
        self._indexes.pop(partition, None)


def _decoded(partition: int, record: LogRecord) -> FingerprintRecord:
    value = decode(_RECORD, record.value)
    if isinstance(value, Reject):
        raise StateLogError(f"posts.fingerprints/{partition} offset {record.offset}: {value.field}: {value.message}")
    return value

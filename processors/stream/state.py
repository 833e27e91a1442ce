"""State of duplicate detection: one index for each partition of ``posts.fingerprints``, a fold of its records.

An index begins with a snapshot, if there is one; then what the log has up to the group's commit is folded in silence,
since its verdicts were sent; from there on the verdicts of each record are sent.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Container, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import structlog

from processors.core.decode import decode_fingerprints
from processors.core.dedup import DedupIndex
from processors.core.homes import EPOCH
from processors.core.outcomes import Folded, Reject
from processors.errors import PipelineBugError, StateLogError
from processors.stream.messages import Message, StoredMessage
from processors.stream.post_budget import OVER_BUDGET, Budget, Unlimited
from processors.stream.segments import Saved, SegmentFiles
from schemas import RejectReason
from schemas.config import DedupSettings
from schemas.fingerprints import FingerprintBatch
from schemas.topics import FINGERPRINTS

SLICE = 4
"""Records folded before other tasks get their turn, of up to 100 posts each: about 25 ms."""

_UNLIMITED = Unlimited()
_HINTS = {
    RejectReason.UNKNOWN_SCHEMA_VERSION: "start the version that wrote them",
    RejectReason.TIME_BUDGET: "look at what the posts have in common",
}
_log = structlog.stdlib.get_logger(__name__)


class LogRecord(Protocol):
    """A record of ``posts.fingerprints``, as aiokafka gives it."""

    @property
    def offset(self) -> int:
        """Offset."""
        ...

    @property
    def timestamp(self) -> int | None:
        """The broker's time, in milliseconds."""
        ...

    @property
    def key(self) -> bytes | None:
        """Key; ours have none."""
        ...

    @property
    def value(self) -> bytes | None:
        """Value."""
        ...


class LogEnd(NamedTuple):
    """How far an index was built from the log."""

    offset: int
    """Of the record after the last one that was read."""
    last: int
    """Of the last record that is in the index; those between the two cannot be read."""


ReadLog = Callable[[int, int], AsyncIterator[Sequence[LogRecord]]]
"""Reads one partition of ``posts.fingerprints`` from an offset to its end as it is now."""


class DedupState:
    """The indexes of the partitions that this worker has."""

    def __init__(
        self,
        read_log: ReadLog,
        folder: Path,
        settings: DedupSettings,
        topic: str = FINGERPRINTS.name,
        budget: Budget = _UNLIMITED,
    ) -> None:
        """``topic`` is the full name of the log, with prefix; ``budget`` bounds the time that a record may take."""
        self._read_log = read_log
        self._topic = topic
        self._budget = budget
        self._folder = folder
        self._settings = settings
        self._indexes: dict[int, DedupIndex] = {}
        self._files: dict[int, SegmentFiles] = {}
        self._saved_at: dict[int, float] = {}
        self._ends: dict[int, LogEnd] = {}
        self._unreadable: dict[int, int] = {}
        """Records of the log that each index lacks."""
        self._distrusted: set[int] = set()
        self.loading: set[int] = set()
        """Partitions whose index is being built."""
        self.last_rebuild_s = 0.0

    def __len__(self) -> int:
        return sum(map(len, self._indexes.values()))

    @property
    def nbytes(self) -> int:
        """Bytes of the indexes, those in memory-mapped files included."""
        return sum(index.nbytes for index in self._indexes.values())

    @property
    def bound_hits(self) -> int:
        """Searches that a bound cut short, in the indexes that this worker has now."""
        return sum(index.bound_hits for index in self._indexes.values())

    @property
    def unreadable(self) -> int:
        """Records of the log that cannot be read, and are missing in the indexes that this worker has now."""
        return sum(self._unreadable.values())

    def fold(self, message: Message, batch: FingerprintBatch) -> list[Folded | Exception]:
        """What a record changes; nothing if the index has it already. PipelineBugError when no index was loaded."""
        partition = message.tp[1]
        try:
            index, end = self._indexes[partition], self._ends[partition]
        except KeyError:
            raise PipelineBugError(f"no duplicate index was loaded for partition {partition}") from None
        if message.offset < end.offset:
            return []
        self._ends[partition] = LogEnd(message.offset + 1, message.offset)
        return index.fold(batch, round((message.timestamp or 0) * 1000))

    def is_ready(self, partition: int) -> bool:
        """Whether the index of a partition is there."""
        return partition in self._indexes

    def distrust(self, partition: int) -> None:
        """The index of a partition holds what was never sent: it is not saved. The next worker to load the partition
        reads the log.
        """
        self._distrusted.add(partition)
        _log.warning("dedup index is not saved any more until it is rebuilt", partition=partition)

    async def load(self, partition: int, committed: int) -> None:
        """Build a partition's index from a snapshot and the log up to the group's commit. StateLogError when too many
        records cannot be read.
        """
        began = time.monotonic()
        files = SegmentFiles(self._folder / str(partition))
        self.loading.add(partition)
        try:
            index, end = await self._build(partition, files, committed)
        finally:
            self.loading.discard(partition)
        self._indexes[partition], self._files[partition], self._ends[partition] = index, files, end
        self._distrusted.discard(partition)
        self._saved_at[partition] = time.monotonic()
        self.last_rebuild_s = time.monotonic() - began
        _log.info("dedup index rebuilt", partition=partition, posts=len(index), seconds=round(self.last_rebuild_s, 3))

    async def _build(self, partition: int, files: SegmentFiles, committed: int) -> tuple[DedupIndex, LogEnd]:
        saved = files.open()
        if saved is not None and (index := self._opened(saved)) is not None:
            self._unreadable[partition] = saved.unreadable
            end = LogEnd(saved.offset, saved.last_offset)
            if await self._is_continued(partition, index, end):
                return index, await self._fold_silently(partition, index, end, committed)
            _log.warning("local state is of another log, which is read from its beginning", partition=partition)
            files.remove()
        index = DedupIndex(self._settings.window_days, keep_days=self._settings.keep_days)
        self._unreadable[partition] = 0
        return index, await self._fold_silently(partition, index, LogEnd(0, -1), committed)

    def _opened(self, saved: Saved) -> DedupIndex | None:
        settings = self._settings
        try:
            return DedupIndex(settings.window_days, saved.segments, saved.last, settings.keep_days)
        except Exception as error:  # noqa: BLE001 - arrays that do not fit each other; the log has it all
            _log.warning("local state is not usable, the log is read instead", problem=type(error).__name__)
            return None

    async def _is_continued(self, partition: int, index: DedupIndex, end: LogEnd) -> bool:
        """Whether the log goes on where the index ends. Of what retention has taken nothing else can be known."""
        async for records in self._read_log(partition, end.last):
            for record in records:
                return record.offset > end.last or _is_last(index, record)
        return False

    async def _fold_silently(self, partition: int, index: DedupIndex, end: LogEnd, committed: int) -> LogEnd:
        """Fold the log up to the commit; how far the index goes then."""
        if end.offset >= committed:
            return end
        async for records in self._read_log(partition, end.offset):
            some = [record for record in records if end.offset <= record.offset < committed]
            for begin in range(0, len(some), SLICE):
                end = self._folded(partition, index, some[begin : begin + SLICE], end)
                await asyncio.sleep(0)
            if records and records[-1].offset >= committed - 1:
                break
        return LogEnd(max(end.offset, committed), end.last)

    def _folded(self, partition: int, index: DedupIndex, records: Sequence[LogRecord], end: LogEnd) -> LogEnd:
        readable: dict[int, tuple[FingerprintBatch, int]] = {}
        messages: list[Message] = []
        for record in records:
            batch = self._decoded(partition, record)
            if batch is not None:
                readable[record.offset] = batch, record.timestamp or 0
                messages.append(self._message(partition, record))
        for portion in self._budget.portions(messages) if messages else ():
            if len(portion) == 1 and self._budget.is_spent(portion[0]):
                self._lacks(partition, portion[0].offset, OVER_BUDGET)
                continue
            with self._budget.watch(portion, may_break_off=False):
                index.fold_silently([readable[message.offset] for message in portion])
            end = LogEnd(portion[-1].offset + 1, portion[-1].offset)
        return LogEnd(records[-1].offset + 1, end.last)

    def _message(self, partition: int, record: LogRecord) -> StoredMessage:
        """A record as the group would give it, by which it is known when it takes too long."""
        seconds = None if record.timestamp is None else record.timestamp / 1000
        return StoredMessage((self._topic, partition), record.offset, record.key, record.value, seconds)

    def _decoded(self, partition: int, record: LogRecord) -> FingerprintBatch | None:
        """What a record holds; None when it cannot be read."""
        batch = decode_fingerprints(record.value, EPOCH)
        if not isinstance(batch, Reject):
            return batch
        self._lacks(partition, record.offset, batch)
        return None

    def _lacks(self, partition: int, offset: int, why: Reject) -> None:
        """Go on without a record: it was a dead letter when it first came. StateLogError when there are too many."""
        self._unreadable[partition] += 1
        limit, topic = self._settings.max_unreadable, FINGERPRINTS.name
        _log.error(
            "fingerprints cannot be used: the duplicate index lacks their posts",
            topic=topic,
            partition=partition,
            offset=offset,
            reason=why.reason.value,
            field=why.field,
            problem=why.message,
        )
        if self._unreadable[partition] > limit:
            hint = _HINTS.get(why.reason, "look at what else writes to the topic")
            raise StateLogError(
                f"{topic}/{partition} offset {offset}: {why.field or 'the value'}: {why.message}; more than "
                f"{limit} records of this partition cannot be used: {hint}, or set dedup.max_unreadable higher"
            )

    async def keep(self, at_work: Container[int] = ()) -> None:
        """Save the indexes now and then, but for those of partitions with a batch at work: all that an index holds must
        be delivered.
        """
        for partition, index in list(self._indexes.items()):
            if partition in self._distrusted or partition in at_work:
                continue
            if time.monotonic() - self._saved_at[partition] < self._settings.save_interval_s:
                continue
            self._saved_at[partition] = time.monotonic()
            end = self._ends[partition]
            if end.last >= 0:
                files, unreadable = self._files[partition], self._unreadable[partition]
                await asyncio.to_thread(files.save, index, end.offset, end.last, unreadable)

    def drop(self, partition: int) -> None:
        """Forget the index of a partition that went elsewhere."""
        self._indexes.pop(partition, None)
        self._files.pop(partition, None)
        self._ends.pop(partition, None)
        self._unreadable.pop(partition, None)
        gc.collect()  # the traceback of a post that failed may hold the index, and garbage is seldom looked for


def _is_last(index: DedupIndex, record: LogRecord) -> bool:
    batch = decode_fingerprints(record.value, EPOCH)
    return not isinstance(batch, Reject) and index.is_last(batch)

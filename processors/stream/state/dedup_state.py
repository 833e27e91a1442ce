"""State of duplicate detection: one index for each partition of ``posts.fingerprints``, a fold of its records.

An index begins with a snapshot, if there is one (see ``processors.stream.state.snapshots``); then what the log has up
to the group's commit is folded in silence, since its verdicts were sent; from there on the verdicts of each record are
sent.
"""

import asyncio
import gc
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Container, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import structlog

from processors.core.decode import decode_fingerprints
from processors.core.dedup import DedupIndex
from processors.core.dedup.homes import EPOCH
from processors.core.outcomes import Folded, Reject
from processors.errors import PipelineBugError
from processors.stream.kafka_message import FetchedMessage, KafkaMessage, LogRecord, ReadLog
from processors.stream.monitoring.post_budget import OVER_BUDGET, Budget, UnlimitedBudget
from processors.stream.state.resident_memory import ResidentFiles
from processors.stream.state.snapshot_store import SnapshotStore
from processors.stream.state.snapshots import SavedIndex, Snapshots
from processors.stream.state.unreadable_records import skip_unreadable
from runtime.settings.worker import DedupSettings
from schemas.fingerprints import FingerprintBatch
from schemas.times import milliseconds
from schemas.topics import FINGERPRINTS

SLICE = 4
"""Records folded before other tasks get their turn, of up to 100 posts each: about 25 ms."""

_UNLIMITED = UnlimitedBudget()
_log = structlog.stdlib.get_logger(__name__)


class LogEnd(NamedTuple):
    """How far the log is in an index."""

    offset: int
    """Offset of the record after the last one that was read."""
    last: int
    """Offset of the last record that is in the index; those between the two cannot be read."""


async def _no_id() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class SharedSnapshots:
    """Store through which workers share snapshots, and how often they do."""

    store: SnapshotStore
    interval_s: float
    """Least seconds between two shared snapshots of one partition."""


@dataclass(slots=True)
class _Partition:
    """An index, and how far it goes."""

    index: DedupIndex
    files: Snapshots
    end: LogEnd
    is_distrusted: bool = False
    saved_at: float = field(default_factory=time.monotonic)


class DedupState:
    """The indexes of the partitions that this worker has."""

    def __init__(
        self,
        read_log: ReadLog,
        folder: Path,
        settings: DedupSettings,
        topic: str = FINGERPRINTS.name,
        budget: Budget = _UNLIMITED,
        *,
        topic_id: Callable[[], Awaitable[str]] = _no_id,
        shared: SharedSnapshots | None = None,
    ) -> None:
        """``topic`` is the full name of the log, with prefix; ``budget`` bounds the time that a record may take.
        ``topic_id`` gives the log's id, empty where the cluster has none: a topic that was made again has another.
        """
        self._read_log = read_log
        self._topic = topic
        self._budget = budget
        self._folder = folder
        self._settings = settings
        self._topic_id = topic_id
        self._shared = shared
        self._partitions: dict[int, _Partition] = {}
        self._unreadable: dict[int, int] = {}
        """Records of the log that each index lacks."""
        self._published_at: dict[int, float] = {}
        self._publishing: dict[int, Thread] = {}
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        """Around the files of each partition, which may come back while it is still being saved."""
        self._resident = ResidentFiles(self._release, lambda: self.nbytes)
        self.loading: set[int] = set()
        """Partitions whose index is being built."""
        self.last_rebuild_s = 0.0

    def __len__(self) -> int:
        return sum(len(each.index) for each in self._partitions.values())

    @property
    def nbytes(self) -> int:
        """Bytes of the indexes, those in memory-mapped files included."""
        return sum(each.index.nbytes for each in self._partitions.values())

    @property
    def bound_hits(self) -> int:
        """Searches that a bound cut short, in the indexes that this worker has now."""
        return sum(each.index.bound_hits for each in self._partitions.values())

    @property
    def unreadable(self) -> int:
        """Records of the log that cannot be read, and are missing in the indexes that this worker has now."""
        return sum(self._unreadable.values())

    def fold_all(self, records: Sequence[tuple[KafkaMessage, FingerprintBatch]]) -> list[list[Folded | Exception]]:
        """What each of some records changes, those of each partition in their order; nothing if the index has it
        already. PipelineBugError when no index was loaded.
        """
        fresh: dict[int, list[int]] = defaultdict(list)
        for position, (message, _) in enumerate(records):
            number = message.tp[1]
            partition = self._loaded(number)
            if message.offset >= partition.end.offset:
                partition.end = LogEnd(message.offset + 1, message.offset)
                fresh[number].append(position)
        changes: list[list[Folded | Exception]] = [[] for _ in records]
        for number, positions in fresh.items():
            some = [
                (batch, milliseconds(message.timestamp))
                for message, batch in (records[position] for position in positions)
            ]
            found = iter(self._partitions[number].index.fold_all(some))
            for position, (batch, _) in zip(positions, some, strict=True):
                changes[position] = list(islice(found, len(batch.names) + len(batch.posts)))
            self._resident.look()
        return changes

    def _release(self) -> None:
        for partition in self._partitions.values():
            partition.files.release(partition.index)

    def _loaded(self, number: int) -> _Partition:
        try:
            return self._partitions[number]
        except KeyError:
            raise PipelineBugError(f"no duplicate index was loaded for partition {number}") from None

    def is_ready(self, partition: int) -> bool:
        """Whether the index of a partition is there."""
        return partition in self._partitions

    def distrust(self, partition: int) -> None:
        """The index of a partition holds what was never sent: it is not saved. The next worker to load the partition
        reads the log.
        """
        if partition in self._partitions:
            self._partitions[partition].is_distrusted = True
        _log.warning("dedup index is not saved any more until it is rebuilt", partition=partition)

    async def load(self, partition: int, committed: int) -> None:
        """Build a partition's index from a snapshot and the log up to the group's commit. StateLogError when too many
        records cannot be read.
        """
        began = time.monotonic()
        self.loading.add(partition)
        try:
            self._partitions[partition] = await self._build(partition, committed)
        finally:
            self.loading.discard(partition)
        self.last_rebuild_s = time.monotonic() - began
        posts = len(self._partitions[partition].index)
        _log.info("dedup index rebuilt", partition=partition, posts=posts, seconds=round(self.last_rebuild_s, 3))

    async def _build(self, partition: int, committed: int) -> _Partition:
        shared = None if self._shared is None else (self._shared.store, f"dedup/{partition}")
        files = Snapshots(self._folder / str(partition), f"{await self._topic_id()}:{EPOCH}", shared)
        async with self._locks[partition]:
            saved = await asyncio.to_thread(files.open)
        if saved is not None and (index := self._opened(saved)) is not None:
            self._unreadable[partition] = saved.unreadable
            end = LogEnd(saved.offset, saved.last_offset)
            if await self._is_continued(partition, index, end):
                return _Partition(index, files, await self._fold_silently(partition, index, files, end, committed))
            _log.warning("local state is of another log, which is read from its beginning", partition=partition)
            files.remove()
        index = DedupIndex(self._settings.window_days, keep_days=self._settings.keep_days)
        self._unreadable[partition] = 0
        return _Partition(index, files, await self._fold_silently(partition, index, files, LogEnd(0, -1), committed))

    def _opened(self, saved: SavedIndex) -> DedupIndex | None:
        settings = self._settings
        try:
            return DedupIndex(settings.window_days, saved.days, saved.last, saved.runs, keep_days=settings.keep_days)
        except Exception as error:  # noqa: BLE001 - arrays that do not fit each other; the log has it all
            _log.warning("local state is not usable, the log is read instead", problem=type(error).__name__)
            return None

    async def _is_continued(self, partition: int, index: DedupIndex, end: LogEnd) -> bool:
        """Whether the log goes on where the index ends. Of what retention has taken nothing else can be known."""
        async for records in self._read_log(partition, end.last):
            for record in records:
                return record.offset > end.last or _is_last(index, record)
        return False

    async def _fold_silently(
        self, partition: int, index: DedupIndex, files: Snapshots, end: LogEnd, committed: int
    ) -> LogEnd:
        """Fold the log up to the commit; how far the index goes then."""
        if end.offset >= committed:
            return end
        resident = ResidentFiles(lambda: files.release(index), lambda: index.nbytes)
        async for records in self._read_log(partition, end.offset):
            some = [record for record in records if end.offset <= record.offset < committed]
            for begin in range(0, len(some), SLICE):
                end = self._folded(partition, index, some[begin : begin + SLICE], end)
                resident.look()
                await asyncio.sleep(0)
            if records and records[-1].offset >= committed - 1:
                break
        return LogEnd(max(end.offset, committed), end.last)

    def _folded(self, partition: int, index: DedupIndex, records: Sequence[LogRecord], end: LogEnd) -> LogEnd:
        readable: dict[int, tuple[FingerprintBatch, int]] = {}
        messages: list[KafkaMessage] = []
        for record in records:
            batch = self._decoded(partition, record)
            if batch is not None:
                readable[record.offset] = batch, record.timestamp or 0
                messages.append(self._message(partition, record))
        for portion in self._budget.portions(messages) if messages else ():
            if len(portion) == 1 and self._budget.is_known_over_budget(portion[0]):
                self._skip_unreadable(partition, portion[0].offset, OVER_BUDGET)
                continue
            with self._budget.watch(portion, is_interruptible=False):
                index.fold_silently([readable[message.offset] for message in portion])
            end = LogEnd(portion[-1].offset + 1, portion[-1].offset)
        return LogEnd(records[-1].offset + 1, end.last)

    def _message(self, partition: int, record: LogRecord) -> FetchedMessage:
        """A record as the group would give it, by which it is known when it takes too long."""
        seconds = None if record.timestamp is None else record.timestamp / 1000
        return FetchedMessage((self._topic, partition), record.offset, record.key, record.value, seconds)

    def _decoded(self, partition: int, record: LogRecord) -> FingerprintBatch | None:
        """What a record holds; None when it cannot be read."""
        batch = decode_fingerprints(record.value, EPOCH)
        if not isinstance(batch, Reject):
            return batch
        self._skip_unreadable(partition, record.offset, batch)
        return None

    def _skip_unreadable(self, partition: int, offset: int, why: Reject) -> None:
        """Go on without a record: it was a dead letter when it first came. StateLogError when there are too many."""
        self._unreadable[partition] += 1
        event = "fingerprints cannot be used: the duplicate index lacks their posts"
        place = FINGERPRINTS.name, partition, offset
        skip_unreadable(event, place, why, self._unreadable[partition], self._settings.max_unreadable)

    async def save_due(self, at_work: Container[int] = ()) -> None:
        """Save the indexes now and then, but for those of partitions with a batch at work: all that an index holds must
        be delivered.
        """
        for number, partition in list(self._partitions.items()):
            if number in at_work:
                continue
            now = time.monotonic()
            is_due = now - partition.saved_at >= self._settings.save_interval_s
            if is_due and not partition.is_distrusted and partition.end.last >= 0:
                partition.saved_at = now
                await self._save(number, partition)

    async def _save(self, number: int, partition: _Partition) -> None:
        async with self._locks[number]:
            if self._partitions.get(number) is not partition:
                return  # another worker got it while others were saved
            end, unreadable = partition.end, self._unreadable[number]
            await asyncio.to_thread(partition.files.save, partition.index, end.offset, end.last, unreadable)
        self._publish(number, partition)

    def _publish(self, number: int, partition: _Partition) -> None:
        """Share what was saved, now and then, beside the work. The end of the worker does not wait for it."""
        now, last = time.monotonic(), self._published_at.get(number)
        if self._shared is None or (number in self._publishing and self._publishing[number].is_alive()):
            return
        if last is None or now - last >= self._shared.interval_s:
            self._published_at[number] = now
            self._publishing[number] = Thread(target=partition.files.publish, daemon=True)
            self._publishing[number].start()

    def drop(self, partition: int) -> None:
        """Forget the index of a partition that another worker has now."""
        self._partitions.pop(partition, None)
        self._unreadable.pop(partition, None)
        gc.collect()  # the traceback of a post that failed may hold the index, and garbage is seldom looked for


def _is_last(index: DedupIndex, record: LogRecord) -> bool:
    batch = decode_fingerprints(record.value, EPOCH)
    return not isinstance(batch, Reject) and index.is_last(batch)

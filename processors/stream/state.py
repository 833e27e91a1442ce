"""State of duplicate detection: one index for each partition of ``posts.analyzed``, rebuilt from the state log.

What local files hold of it is not read from the log again; see ``processors.stream.snapshots``.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple, Protocol

import structlog

from processors.core.decode import STATE_VALUE, decode
from processors.core.dedup import DedupIndex
from processors.core.outcomes import Reject
from processors.errors import PipelineBugError, StateLogError
from processors.stream.snapshot_store import Store
from processors.stream.snapshots import Saved, Snapshots
from schemas import RejectReason
from schemas.analyzed import StateValue
from schemas.config import DedupSettings

SLICE = 256
"""Records restored before other tasks get their turn: about 15 ms."""

RELEASE_S = 10.0
"""Time between two looks for memory of files that can be let go: 0.1 s for 10 million posts."""

_EPOCH = date(1970, 1, 1)
_log = structlog.stdlib.get_logger(__name__)


class LogRecord(Protocol):
    """A record of the state log, as aiokafka gives it."""

    @property
    def offset(self) -> int:
        """Offset."""
        ...

    @property
    def key(self) -> bytes | None:
        """Key: that of the post."""
        ...

    @property
    def value(self) -> bytes | None:
        """Value."""
        ...


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record of the state log that was passed over."""

    partition: int
    record: LogRecord
    why: Reject


class LogEnd(NamedTuple):
    """How far an index was built from the log."""

    offset: int
    """Of the record after the last one that was read."""
    last: int
    """Of the last record that is in the index; those between the two cannot be read."""


async def _unreported(_: Unreadable) -> None:
    """Nobody keeps it."""


ReadLog = Callable[[int, int], AsyncIterator[Sequence[LogRecord]]]
"""Reads one partition of ``posts.fingerprints`` from an offset to its end as it is now."""


class DedupState:
    """The indexes of the partitions that this worker has."""

    def __init__(
        self,
        read_log: ReadLog,
        folder: Path,
        settings: DedupSettings,
        set_aside: Callable[[Unreadable], Awaitable[None]] = _unreported,
        *,
        log_id: str = "",
        shared: Store | None = None,
        publish_interval_s: float = 3600.0,
    ) -> None:
        """``set_aside`` keeps a record that cannot be read; called once for each of them while files remember it.
        ``log_id`` names topic and epoch of the log, and ``shared`` is where workers share snapshots.
        """
        self._log_id = log_id
        self._shared = shared
        self._publish_interval_s = publish_interval_s
        self._published_at: dict[int, float] = {}
        self._released_at: dict[int, float] = {}
        self._publishing: dict[int, asyncio.Task[bool]] = {}
        self._set_aside = set_aside
        self._read_log = read_log
        self._folder = folder
        self._settings = settings
        self._indexes: dict[int, DedupIndex] = {}
        self._files: dict[int, Snapshots] = {}
        self._saved_at: dict[int, float] = {}
        self._ends: dict[int, LogEnd | None] = {}
        self._unreadable: dict[int, int] = {}
        """Records of the log that each index lacks."""
        self._others: dict[int, int | None] = {}
        """For each partition of posts.analyzed the offset below which another worker may have handled its records."""
        self._distrusted: set[int] = set()
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
        """Records of the state log that cannot be read, and are missing in the indexes that this worker has now."""
        return sum(self._unreadable.values())

    def is_repeat_sent(self, partition: int, offset: int) -> bool:
        """Whether a post that is known must be sent again, if it stands at this offset of posts.analyzed.

        Yes where another worker may have died between handling and delivery: from the committed offset, where this
        one began to read, to the end of the partition after the state log had been read. No beyond that: what the
        index knows was either handled below that end, so it was committed or came by here and was sent again, or it
        was handled by this process, which delivers in order and ends when it cannot. A predecessor that woke up late
        has not sent anything beyond that end either: it has no lease. An end that the broker tells too high, or not
        at all, errs towards sending; one too low, after a change of leaders, leaves what the log says: state is
        written when its records were delivered.
        """
        end = self._others[partition]
        return partition in self._distrusted or end is None or offset < end

    def distrust(self, partition: int) -> None:
        """The index of a partition holds a post that was never sent: every repeat is sent from now on, and the index
        is not saved. The log does not have the post, so the next worker to load the partition is rid of it.
        """
        self._distrusted.add(partition)
        _log.warning("dedup index is not saved any more until it is rebuilt", partition=partition)

    async def load(self, partition: int, analyzed_end: Callable[[], int | None]) -> None:
        """Build a partition's index from local files and the end of the log, or from all of the log.

        What any worker left there for posts below the committed offset is in it by now, since a commit comes after
        delivery. ``analyzed_end`` is asked after that for the end of the partition of posts.analyzed as a fetch told
        it, None if none did. StateLogError when a record cannot be read.
        """
        began = time.monotonic()
        files = self._snapshots(partition)
        self.loading.add(partition)
        try:
            index, end = await self._build(partition, files)
        finally:
            self.loading.discard(partition)
        self._indexes[partition], self._files[partition], self._ends[partition] = index, files, end
        self._others[partition] = analyzed_end()
        self._distrusted.discard(partition)
        self._saved_at[partition] = time.monotonic()
        self.last_rebuild_s = time.monotonic() - began
        _log.info("dedup index rebuilt", partition=partition, posts=len(index), seconds=round(self.last_rebuild_s, 3))

    def _snapshots(self, partition: int) -> Snapshots:
        shared = None if self._shared is None else (self._shared, f"dedup/{partition}")
        return Snapshots(self._folder / str(partition), self._log_id, shared)

    async def _build(self, partition: int, files: Snapshots) -> tuple[DedupIndex, LogEnd | None]:
        saved = await asyncio.to_thread(files.open)
        if saved is not None and (index := self._opened(saved)) is not None:
            self._unreadable[partition] = saved.unreadable
            end = await self._restore(partition, index, LogEnd(saved.offset, saved.last_offset))
            if end is not None:
                await self._save(partition, files, index, end)
                return index, end
            _log.warning("local state is of another log, which is read from its beginning", partition=partition)
            files.remove()
        index = DedupIndex(self._settings.window_days)
        self._unreadable[partition] = 0
        end = await self._restore(partition, index, None)
        if end is not None:
            await self._save(partition, files, index, end)
        return index, end

    def _opened(self, saved: Saved) -> DedupIndex | None:
        try:
            return DedupIndex(self._settings.window_days, saved.days, saved.last, saved.runs)
        except Exception as error:  # noqa: BLE001 - arrays that do not fit each other; the log has it all
            _log.warning("local state is not usable, the log is read instead", problem=type(error).__name__)
            return None

    async def _save(self, partition: int, files: Snapshots, index: DedupIndex, end: LogEnd) -> None:
        await asyncio.to_thread(files.save, index, end.offset, end.last, self._unreadable[partition])

    async def _restore(self, partition: int, index: DedupIndex, after: LogEnd | None) -> LogEnd | None:
        """Read the log into an index; how far. None when it holds nothing, or does not follow what the index holds."""
        end, is_known = after, after is None
        async for records in self._read_log(partition, 0 if after is None else after.last):
            for begin in range(0, len(records), SLICE):
                some = records[begin : begin + SLICE]
                if after is not None and not is_known:
                    if some[0].offset != after.last or not _is_last(index, some[0]):
                        return None
                    is_known = True
                states = []
                for record in some:
                    if after is not None and record.offset < max(after.offset, after.last + 1):
                        continue  # it is in the index, or was set aside before
                    state = await self._decoded(partition, record)
                    last = record.offset if state is not None else end.last if end is not None else None
                    if state is not None:
                        states.append(state)
                    if last is not None:
                        end = LogEnd(record.offset + 1, last)
                index.restore(states)
                await asyncio.sleep(0)
        return end if is_known else None

    async def _decoded(self, partition: int, record: LogRecord) -> StateValue | None:
        """What a record holds; None when it is set aside."""
        state = decode(STATE_VALUE, record.value)
        if not isinstance(state, Reject):
            return state
        self._unreadable[partition] += 1
        limit, place = self._settings.max_unreadable, f"posts.fingerprints/{partition} offset {record.offset}"
        _log.error(
            "state record cannot be read: the duplicate index lacks its post",
            topic="posts.fingerprints",
            partition=partition,
            offset=record.offset,
            key=None if record.key is None else record.key.decode(errors="backslashreplace"),
            reason=state.reason.value,
            field=state.field,
            problem=state.message,
        )
        if self._unreadable[partition] > limit:
            hint = "start the version that wrote them" if state.reason is RejectReason.UNKNOWN_SCHEMA_VERSION else ""
            raise StateLogError(
                f"{place}: {state.field or 'the value'}: {state.message}; more than {limit} records of this partition "
                f"cannot be read: {hint or 'look at what else writes to the topic'}, or set dedup.max_unreadable higher"
            )
        await self._set_aside(Unreadable(partition, record, state))
        return None

    async def keep(self, ends: Mapping[int, int], today: date) -> None:
        """Save the indexes now and then, and drop the days that are too old. Not while a batch is at work.

        ``ends`` holds, for the partitions that this worker wrote to, the log offset after the last record that it
        delivered there. Another worker that is slow to learn that it lost a partition may have written before that:
        what it wrote is missing here, but those posts come, or came, to this worker again.
        """
        for partition, index in list(self._indexes.items()):
            end = ends.get(partition, 0)
            known = self._ends[partition]
            if time.monotonic() - self._released_at.get(partition, 0.0) >= RELEASE_S:
                self._released_at[partition] = time.monotonic()
                await asyncio.to_thread(self._files[partition].release, index)
            if partition in self._distrusted:
                continue
            if time.monotonic() - self._saved_at[partition] < self._settings.save_interval_s:
                continue
            self._saved_at[partition] = time.monotonic()
            if self._settings.keep_days is not None:
                index.drop_before((today - _EPOCH).days - self._settings.keep_days)
            if known is None or end > known.offset:
                known = LogEnd(end, end - 1) if end else None
            elif self._settings.keep_days is None:
                continue
            self._ends[partition] = known
            if known is not None:
                await self._save(partition, self._files[partition], index, known)
                self._publish(partition)

    def _publish(self, partition: int) -> None:
        """Share what was saved, now and then, beside the work."""
        now, last = time.monotonic(), self._published_at.get(partition)
        if self._shared is None or partition in self._publishing:
            return
        if last is None or now - last >= self._publish_interval_s:
            self._published_at[partition] = now
            task = self._publishing[partition] = asyncio.create_task(asyncio.to_thread(self._files[partition].publish))
            task.add_done_callback(lambda _: self._publishing.pop(partition))

    def drop(self, partition: int) -> None:
        """Forget the index of a partition that went elsewhere."""
        self._indexes.pop(partition, None)
        self._files.pop(partition, None)
        self._unreadable.pop(partition, None)
        gc.collect()  # the traceback of a post that failed may hold the index, and garbage is seldom looked for


def _is_last(index: DedupIndex, record: LogRecord) -> bool:
    state = decode(STATE_VALUE, record.value)
    return not isinstance(state, Reject) and index.is_last(state)

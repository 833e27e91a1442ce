"""The indexes of duplicate detection of a process without Kafka, one for each home, with the store's log behind them.

An index begins with a snapshot, if there is one that the log confirms, and folds the rest of the log.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import structlog

from processors.core.decode import decode_fingerprints
from processors.core.dedup import DedupIndex
from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.homes import EPOCH, HOMES
from processors.core.outcomes import DuplicateVerdict, Folded, Reject
from processors.stream.state.resident_memory import ResidentFiles
from processors.stream.state.snapshots import SavedIndex, Snapshots
from runtime.held_clock import HeldClock
from runtime.settings.worker import DedupSettings
from schemas import ChannelName, FingerprintBatch, PostFingerprint
from schemas.times import DAY_MS
from sinks.store.embedded.store import EmbeddedStore, LogRow
from sinks.store.errors import StoreUnavailableError

HOMES_NAME: Final = f"{EPOCH}:{HOMES}"
"""Names the table of homes in a store."""
_FORGET_EVERY_S: Final = 3600.0
_TOGETHER: Final = 16
"""Rows of the log that are folded together at a start."""

_log = structlog.stdlib.get_logger(__name__)
_ROW: Final = msgspec.msgpack.Decoder(list[tuple[int, bytes]])
_ENCODER: Final = msgspec.msgpack.Encoder()


@dataclass(slots=True)
class _Home:
    index: DedupIndex
    files: Snapshots
    last: int = -1
    """Number of the last row of the log with something for it; -1: there was none."""
    saved: int = -1
    is_distrusted: bool = False


@dataclass
class DuplicateChanges:
    """The verdicts that some posts changed, and the row of the log."""

    verdicts: list[DuplicateVerdict] = field(default_factory=list)
    log: bytes | None = None
    """What the log is to hold of them."""
    failed: int = 0
    """Posts that could not be compared, and have no verdict."""


class DuplicateIndexes:
    """The indexes of all homes. Used by one thread at a time."""

    def __init__(self, store: EmbeddedStore, folder: Path, settings: DedupSettings) -> None:
        """Load them: from snapshots in a folder of the store's own below ``folder``, and from the log."""
        self._store, self._settings = store, settings
        self._clock = HeldClock(time.time, time.monotonic)
        self._folder = folder / store.id
        self._log_id = f"{store.id}:{store.epoch}:{EPOCH}"
        began = time.monotonic()
        self._homes = [self._open(home) for home in range(HOMES)]
        self._resident = ResidentFiles(self._release, lambda: sum(home.index.nbytes for home in self._homes))
        self._read_log()
        self._saved_at = self._forgot_at = time.monotonic()
        self._forget()
        if posts := len(self):
            _log.info("dedup index loaded", posts=posts, seconds=round(time.monotonic() - began, 3))

    def __len__(self) -> int:
        return sum(len(home.index) for home in self._homes)

    def now_ms(self) -> int:
        """The time of the clock that the log is kept by, in milliseconds since 1970. What a wrong one made it forget
        would be lost.
        """
        return int(self._clock() * 1000)

    def fold(
        self, posts: Mapping[int, Sequence[PostFingerprint]], names: Sequence[ChannelName], at_ms: int
    ) -> DuplicateChanges:
        """Add posts, by their home, and names of channels to the indexes. The store has to write what changed before
        the next call.
        """
        found = DuplicateChanges()
        written: list[tuple[int, bytes]] = []
        for number, home in enumerate(self._homes):
            if names or posts.get(number):
                batch = FingerprintBatch(VERSION, EPOCH, tuple(posts.get(number, ())), tuple(names))
                written.append((number, batch.to_bytes()))
                home.last = self._store.next_number
                self._take(home, batch, home.index.fold(batch, at_ms), found)
        if written:
            found.log = _ENCODER.encode(written)
        self._resident.look()
        return found

    def _take(
        self, home: _Home, batch: FingerprintBatch, changes: Sequence[Folded | Exception], found: DuplicateChanges
    ) -> None:
        values: list[ChannelName | PostFingerprint] = [*batch.names, *batch.posts]
        for value, change in zip(values, changes, strict=True):
            if isinstance(change, Exception):
                _log.error(
                    "post could not be compared, and has no verdict",
                    post=value.key if isinstance(value, PostFingerprint) else f"@{value.username}",
                    error=type(change).__name__,
                )
                home.is_distrusted = True
                found.failed += 1
            else:
                found.verdicts += change.verdicts

    def save_due(self) -> None:
        """Save the indexes now and then; all that they hold must be in the store.

        What is old stays in the log for longer where the store cannot be written to.
        """
        now = time.monotonic()
        if now - self._saved_at >= self._settings.save_interval_s:
            self.save()
            self._saved_at = time.monotonic()
        if now - self._forgot_at >= _FORGET_EVERY_S:
            self._forgot_at = now
            try:
                self._forget()
            except StoreUnavailableError as error:
                _log.warning("the log of fingerprints is shortened later", problem=str(error))

    def save(self) -> None:
        """Save the indexes that have changed; all that they hold must be in the store."""
        for home in self._homes:
            if home.last > home.saved and not home.is_distrusted:
                home.files.save(home.index, self._store.next_number, home.last)
                home.saved = home.last

    def _forget(self) -> None:
        self._store.forget_log(self.now_ms() - self._settings.kept_days * DAY_MS)

    def _open(self, number: int) -> _Home:
        files = Snapshots(self._folder / str(number), self._log_id)
        saved = files.open()
        if saved is not None:
            index = self._opened(saved)
            if index is not None and self._is_continued(number, index, saved):
                return _Home(index, files, saved.last_offset, saved.last_offset)
            _log.warning("snapshot is of another log, which is read from its beginning", home=number)
            files.remove()
        return _Home(DedupIndex(self._settings.window_days, keep_days=self._settings.keep_days), files)

    def _opened(self, saved: SavedIndex) -> DedupIndex | None:
        settings = self._settings
        try:
            return DedupIndex(settings.window_days, saved.days, saved.last, saved.runs, keep_days=settings.keep_days)
        except Exception as error:  # noqa: BLE001 - arrays that do not fit each other; the log has it all
            _log.warning("snapshot is not usable, the log is read instead", problem=type(error).__name__)
            return None

    def _is_continued(self, number: int, index: DedupIndex, saved: SavedIndex) -> bool:
        """Whether the log has the last record of an index. Of what was removed from it nothing else can be known."""
        if saved.last_offset >= self._store.next_number:
            return False
        for row in self._store.log(saved.last_offset - 1):
            if row.number > saved.last_offset:
                return not self._store.has_log_before(saved.last_offset)
            return any(
                home == number and not isinstance(batch, Reject) and index.is_last(batch)
                for home, batch in _batches(row)
            )
        return not self._store.has_log_before(saved.last_offset)

    def _read_log(self) -> None:
        start = min(home.last for home in self._homes)
        waiting: list[list[tuple[FingerprintBatch, int]]] = [[] for _ in self._homes]
        unreadable = 0
        for count, row in enumerate(self._store.log(start), start=1):
            for number, batch in _batches(row):
                home = self._homes[number]
                if isinstance(batch, Reject):
                    unreadable += 1
                elif row.number > home.last:
                    waiting[number].append((batch, row.at_ms))
                    home.last = row.number
            if not count % _TOGETHER:
                self._fold_silently(waiting)
        self._fold_silently(waiting)
        if unreadable:
            _log.warning(
                "fingerprints of another version are left out: copies of their posts may be missed", batches=unreadable
            )

    def _fold_silently(self, waiting: list[list[tuple[FingerprintBatch, int]]]) -> None:
        for home, some in zip(self._homes, waiting, strict=True):
            if some:
                home.index.fold_silently(some)
                some.clear()
        self._resident.look()

    def _release(self) -> None:
        for home in self._homes:
            home.files.release(home.index)


def parts_of(row: LogRow) -> list[tuple[int, bytes]]:
    """Home and bytes of each part of a row: a value of ``posts.fingerprints`` for a partition of that number."""
    return _ROW.decode(row.record)


def _batches(row: LogRow) -> Iterator[tuple[int, FingerprintBatch | Reject]]:
    """Home and fingerprints of each part of a row."""
    for number, record in parts_of(row):
        yield number, decode_fingerprints(record, EPOCH)

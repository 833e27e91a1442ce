"""The sink of JSON lines. What counts is what the side file says: more bytes than that were never finished."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from runtime.atomic_file import sync
from runtime.settings.sink import JsonlSinkSettings
from sinks.contract import Batch, Guarantee, Partition, PartitionPosition, Written
from sinks.errors import SinkPlaceError
from sinks.jsonl.lines import lines_of
from sinks.offsets_file import CurrentFile, OffsetsFile, place_errors
from sinks.place_lock import PlaceLock

SIDE_FILE = "offsets.json"


def _today() -> date:
    return datetime.now(UTC).date()


class JsonlSink:
    """``FOLDER/<topic>.<day>.<number>.jsonl``, each day and each ``max_bytes`` a file, and ``FOLDER/offsets.json``.

    A batch is one append and fsync, then a replacement of the side file, which holds offset and length. A start cuts a
    file back to the length. Files that are followed by another are no longer looked at: move or pack them at will.
    """

    guarantee = Guarantee.EXACTLY_ONCE

    def __init__(self, settings: JsonlSinkSettings, today: Callable[[], date] = _today) -> None:
        self.topics = settings.topics
        self._folder, self._max_bytes, self._today = settings.folder, settings.max_bytes, today
        self._lock: PlaceLock | None = None
        self._side: OffsetsFile | None = None
        self._open: dict[str, _OpenFile] = {}

    def open(self, partitions: Sequence[Partition]) -> dict[Partition, PartitionPosition]:
        """See ``Sink``; raises SinkLockedError, SinkPlaceError, SinkUnavailableError."""
        if self._lock is None:
            self._lock = PlaceLock(self._folder)
        side = OffsetsFile(self._folder / SIDE_FILE)
        self._close_files()
        for current in side.files.values():
            _cut_back(self._folder / current.name, current.length)
        self._side = side
        return side.positions(partitions)

    def move(self, partition: Partition, offset: int) -> None:
        """See ``Sink``."""
        self._known.save(partition, offset)

    def write(self, batch: Batch) -> Written:
        """See ``Sink``."""
        side = self._known
        here = side.next_offset(batch.partition)
        if here is not None and here != batch.start:
            return Written(here)
        lines, refused = lines_of(batch.messages)
        if refused:
            return Written(batch.start, refused)
        if not lines:
            side.save(batch.partition, batch.end)
            return Written(batch.end)
        topic = batch.partition.topic
        with place_errors(self._folder):
            file = self._file(topic)
            length = file.append(b"".join(lines))
        current = CurrentFile(name=file.path.name, length=length)
        side.save(batch.partition, batch.end, {**side.files, topic: current})
        file.length = length
        return Written(batch.end)

    def close(self) -> None:
        """See ``Sink``."""
        self._close_files()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def _known(self) -> OffsetsFile:
        assert self._side is not None, "open comes first"
        return self._side

    def _file(self, topic: str) -> "_OpenFile":
        """The file that takes the next lines of a topic: a new one is in the side file before it is on the disk, so
        that what a crash leaves in it is cut off.
        """
        side, prefix = self._known, f"{topic}.{self._today():%Y-%m-%d}."
        current = side.files.get(topic)
        number = 1
        if current is not None and current.name.startswith(prefix):
            number = int(current.name.removeprefix(prefix).partition(".")[0])
            if current.length < self._max_bytes:
                return self._opened(topic, current)
            number += 1
        while (self._folder / (name := f"{prefix}{number:04}.jsonl")).exists():
            number += 1
        new = CurrentFile(name=name, length=0)
        side.save_files({**side.files, topic: new})
        return self._opened(topic, new)

    def _opened(self, topic: str, current: CurrentFile) -> "_OpenFile":
        file = self._open.get(topic)
        if file is not None and file.path.name == current.name:
            return file
        if file is not None:
            file.close()
        self._open[topic] = opened = _OpenFile(self._folder / current.name, current.length)
        return opened

    def _close_files(self) -> None:
        for file in self._open.values():
            file.close()
        self._open.clear()


class _OpenFile:
    """A file that grows."""

    def __init__(self, path: Path, length: int) -> None:
        self.path, self.length = path, length
        is_new = not path.exists()
        self._descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o644)
        if is_new:
            sync(path.parent)

    def append(self, data: bytes) -> int:
        """Write behind what counts, in place of what an earlier try has left there; returns the new length."""
        os.ftruncate(self._descriptor, self.length)
        os.lseek(self._descriptor, self.length, os.SEEK_SET)
        left = memoryview(data)
        while left:
            left = left[os.write(self._descriptor, left) :]
        os.fsync(self._descriptor)
        return self.length + len(data)

    def close(self) -> None:
        os.close(self._descriptor)


def _cut_back(path: Path, length: int) -> None:
    with place_errors(path):
        found = path.stat().st_size if path.exists() else 0
        if found > length:
            os.truncate(path, length)
    if found < length:
        raise SinkPlaceError(
            f"{path}: {found} bytes, but {length} were written: it was cut, moved or replaced. Put it back; or, to go "
            "on without it, empty the folder, and everything is written again"
        )

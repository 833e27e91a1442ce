"""Where a sink is in each partition, in a side file that is replaced as a whole: for sinks without a database."""

import errno
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from runtime.atomic_file import replace_file
from schemas.validation_messages import reason_of
from sinks.contract import START, Partition, PartitionPosition
from sinks.errors import SinkPlaceError, SinkUnavailableError

_PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN, errno.ENFILE, errno.EMFILE)
"""Errors of a file system that end without anybody touching the settings."""


class PartitionOffset(BaseModel):
    """How far a partition is written, as a row of the side file."""

    model_config = ConfigDict(frozen=True)

    topic: str
    partition: int
    topic_id: str
    next_offset: int
    written_ms: int


class CurrentFile(BaseModel):
    """A file of records that is being written."""

    model_config = ConfigDict(frozen=True)

    name: str
    length: int
    """Bytes that count; what lies beyond was never finished."""


class _OffsetsContent(BaseModel):
    type: Literal["sink_offsets"] = "sink_offsets"
    version: Literal[1] = 1
    offsets: list[PartitionOffset] = []
    files: dict[str, CurrentFile] = {}


class OffsetsFile:
    """Read at the start, replaced with every batch; of one process at a time."""

    def __init__(self, path: Path) -> None:
        """Raises SinkPlaceError for a file that holds something else."""
        self.path = path
        self._offsets: dict[tuple[str, int], PartitionOffset] = {}
        self.files: Mapping[str, CurrentFile] = {}
        """The file that grows, by topic."""
        with place_errors(path):
            text = path.read_bytes() if path.exists() else None
        if text is not None:
            content = _read(path, text)
            self._offsets = {(row.topic, row.partition): row for row in content.offsets}
            self.files = content.files

    def positions(
        self, partitions: Sequence[Partition], first: PartitionPosition = START
    ) -> dict[Partition, PartitionPosition]:
        """Where to read on; ``first`` in topics that are not known, START in new partitions of a known one, and where
        the topic is another one.
        """
        known = {topic for topic, _ in self._offsets}
        return {
            partition: self._position(partition, START if partition.topic in known else first)
            for partition in partitions
        }

    def next_offset(self, partition: Partition) -> int | None:
        """The offset that follows the last one written of a partition; None when the partition is not known."""
        row = self._offsets.get((partition.topic, partition.number))
        return row.next_offset if row is not None and row.topic_id == partition.topic_id else None

    def save(self, partition: Partition, next_offset: int, files: Mapping[str, CurrentFile] | None = None) -> None:
        """Make an offset durable, and with it the lengths of the files; raises SinkUnavailableError, SinkPlaceError."""
        row = PartitionOffset(
            topic=partition.topic,
            partition=partition.number,
            topic_id=partition.topic_id,
            next_offset=next_offset,
            written_ms=int(time.time() * 1000),
        )
        offsets = self._offsets | {(partition.topic, partition.number): row}
        self._replace(offsets, self.files if files is None else files)

    def save_files(self, files: Mapping[str, CurrentFile]) -> None:
        """Make the lengths of the files durable; raises SinkUnavailableError, SinkPlaceError."""
        self._replace(self._offsets, files)

    def _replace(self, offsets: dict[tuple[str, int], PartitionOffset], files: Mapping[str, CurrentFile]) -> None:
        content = _OffsetsContent(offsets=list(offsets.values()), files=dict(files))
        with place_errors(self.path):
            replace_file(self.path, content.__pydantic_serializer__.to_json(content, indent=1) + b"\n")
        self._offsets, self.files = offsets, files

    def _position(self, partition: Partition, first: PartitionPosition) -> PartitionPosition:
        row = self._offsets.get((partition.topic, partition.number))
        if row is None:
            return first
        return PartitionPosition(row.next_offset, row.written_ms) if row.topic_id == partition.topic_id else START


@contextmanager
def place_errors(path: Path) -> Iterator[None]:
    """Errors of the file system in words: SinkUnavailableError for those that pass, SinkPlaceError for the others."""
    try:
        yield
    except OSError as error:
        where, reason = error.filename or path, error.strerror or str(error)
        if error.errno in _PASSING:
            raise SinkUnavailableError(f"{where}: {reason}") from error
        raise SinkPlaceError(f"{where}: {reason}: make it writable, or set another place under [sink]") from error


def _read(path: Path, text: bytes) -> _OffsetsContent:
    try:
        return _OffsetsContent.model_validate_json(text)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        if detail["loc"] == ("version",):
            raise SinkPlaceError(f"{path}: written by a newer tgwire. Use that one.") from error
        where = ".".join(map(str, detail["loc"])) or "the file"
        raise SinkPlaceError(
            f"{path}: damaged ({where}: {reason_of(detail)}). Put back a copy of it and of the files beside it, or "
            "empty the folder to begin again"
        ) from error

"""Which posts a worker was at when it was ended because one of them took too long, kept over the restart.

Before a slice is handled, its offsets are noted in a small file; a write without a sync, which outlives the process
though not the machine. A worker that is ended for its time budget leaves evidence of that in a second file: what was
noted then is handled post by post after the restart, and a post that was noted alone is at fault. Without evidence a
note proves nothing: a worker may be killed at any moment for other reasons.
"""

import os
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from processors.errors import DataDirError
from processors.stream.kafka_message import KafkaMessage
from runtime.atomic_file import replace_file
from runtime.kafka.record_digest import record_digest
from schemas.topics import FINGERPRINTS

NOTE_NAME = "at_work.json"
EVIDENCE_NAME = "stuck.txt"
SUSPECTS_NAME = "suspects.json"
MOST = 1000
"""Runs and posts that are remembered, the newest: those that are old were handled by another worker."""

M = TypeVar("M", bound=BaseModel)
_log = structlog.stdlib.get_logger(__name__)


class OffsetRange(NamedTuple):
    """Offsets of a partition, the last one included."""

    topic: str
    partition: int
    first: int
    last: int


class PoisonMessage(NamedTuple):
    """A message that ended a worker alone, known by what it holds and when it was made.

    Not by its place: until raw posts are committed, a restart writes what becomes of them once more. Fingerprints hold
    the time of their raw posts, and get another one then. A dead letter that is replayed has another time, and is
    tried again; fingerprints are not replayed.
    """

    topic: str
    size: int
    """Bytes of its value; digests are compared only then."""
    digest: str

    @classmethod
    def of(cls, message: KafkaMessage) -> Self:
        """The fault that a message would be."""
        topic, value = message.tp[0], message.value
        timestamp_s = None if topic.endswith(FINGERPRINTS.name) else message.timestamp
        timestamp_ms = None if timestamp_s is None else round(timestamp_s * 1000)
        return cls(topic, len(value or b""), record_digest(timestamp_ms, message.key, value))


class _Note(BaseModel):
    """Offsets that a worker is handling, as written to its file."""

    model_config = ConfigDict(extra="forbid")
    runs: list[OffsetRange]
    alone: PoisonMessage | None
    """The message, when it is one alone."""


class _Known(BaseModel):
    """Suspect offsets and messages at fault, as kept over restarts."""

    model_config = ConfigDict(extra="forbid")
    runs: list[OffsetRange] = []
    at_fault: list[PoisonMessage] = []


class SuspectPosts:
    """Reads what the worker before left, and notes what this one is at."""

    def __init__(self, data_dir: Path) -> None:
        """DataDirError when the files cannot be written. What cannot be read of them is left out with a warning."""
        self._path = data_dir / SUSPECTS_NAME
        self._runs: dict[tuple[str, int], list[OffsetRange]] = defaultdict(list)
        self._at_fault: set[PoisonMessage] = set()
        self._sizes: set[tuple[str, int]] = set()
        """Topic and size of each of them."""
        self._is_without_note = False
        try:
            self._note = os.open(data_dir / NOTE_NAME, os.O_CREAT | os.O_RDWR, 0o644)
            self.evidence = os.open(data_dir / EVIDENCE_NAME, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o644)
            """Descriptor of a file; what is written there before an end is evidence. Open to the very end."""
            self.was_stuck = (data_dir / EVIDENCE_NAME).read_text(errors="replace")
            """What the process before left behind when it was ended for its time budget; empty when it was not."""
            self._take_over()
        except OSError as error:
            raise DataDirError(f"worker.data_dir {data_dir} cannot be used: {error.strerror}") from error

    def begin(self, messages: Sequence[KafkaMessage]) -> None:
        """Note what is handled from now on."""
        ends: dict[tuple[str, int], tuple[int, int]] = {}
        for message in messages:
            first, last = ends.get(message.tp, (message.offset, message.offset))
            ends[message.tp] = min(first, message.offset), max(last, message.offset)
        alone = PoisonMessage.of(messages[0]) if len(messages) == 1 else None
        note = _Note(runs=[OffsetRange(*tp, *run) for tp, run in ends.items()], alone=alone)
        self._write(note.model_dump_json().encode())

    def end(self) -> None:
        """Clear the note: nothing is handled any more."""
        self._write(b"")

    def leave_evidence(self, why: str) -> None:
        """Leave evidence that the process ends for what is noted."""
        try:
            os.write(self.evidence, why.encode())
        except OSError as error:
            _log.error("no evidence is left of why the worker ends", problem=error.strerror)

    def is_suspect(self, message: KafkaMessage) -> bool:
        """Whether a message is to be handled alone. Asked in the order of the partition."""
        if self.is_at_fault(message):
            return True
        runs = self._runs.get(message.tp)
        if not runs:
            return False
        runs[:] = [run for run in runs if message.offset <= run.last]  # what lies behind was got over
        return any(run.first <= message.offset for run in runs)

    def is_at_fault(self, message: KafkaMessage) -> bool:
        """Whether a worker was ended while it handled this message alone."""
        is_of_size = bool(self._sizes) and (message.tp[0], len(message.value or b"")) in self._sizes
        return is_of_size and PoisonMessage.of(message) in self._at_fault

    def _write(self, note: bytes) -> None:
        """Replace the note. A disk that does not take it must not end the worker: it only works without one."""
        try:
            # The end of a longer note before it may stay behind the line.
            os.pwrite(self._note, note + b"\n", 0)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._note, 0)  # the one before would accuse others
            if not self._is_without_note:
                _log.error("what is at work cannot be noted: a post that hangs is not found", problem=error.strerror)
            self._is_without_note = True
        else:
            self._is_without_note = False

    def _take_over(self) -> None:
        known = _read(self._path, _Known) or _Known()
        if self.was_stuck:
            known = self._add_work_before_end(known)
        for run in known.runs:
            self._runs[run.topic, run.partition].append(run)
        self._at_fault = set(known.at_fault)
        self._sizes = {(fault.topic, fault.size) for fault in known.at_fault}
        self.end()
        os.ftruncate(self.evidence, 0)

    def _add_work_before_end(self, known: _Known) -> _Known:
        """Add what the process before was at."""
        note = _read(self._path.with_name(NOTE_NAME), _Note)
        if note is None:
            return known
        if note.alone is None:
            known = _Known(runs=[*known.runs, *note.runs][-MOST:], at_fault=known.at_fault)
        else:
            known = _Known(runs=known.runs, at_fault=[*known.at_fault, note.alone][-MOST:])
        replace_file(self._path, known.model_dump_json().encode())
        return known


def _read(path: Path, model: type[M]) -> M | None:
    """The first line of a file; None when it is not there, empty or damaged."""
    try:
        line = path.read_bytes().partition(b"\n")[0]
    except FileNotFoundError:
        return None
    if not line:
        return None
    try:
        return model.model_validate_json(line)
    except ValidationError:
        _log.warning("file of the worker's data folder is damaged and left out", path=str(path))
        return None

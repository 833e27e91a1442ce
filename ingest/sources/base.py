"""What a source of raw posts is: the contract that every one passes (``tests/contract/sources/source_contract.py``)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol

from schemas import RawPost, RejectReason

MAX_INPUT_BYTES = 8 << 20
"""Longest record (a line, a message of an export, a text file) that is read into memory. What is published is smaller
still (``MAX_RAW_BYTES``)."""


class Position(NamedTuple):
    """How far a source has been read: everything before it is done."""

    offset: int
    """Grows with every item: bytes of the content, or records where a file has no such bytes (``Record.end``)."""
    digest: str
    """Digest of everything before it, by which a changed file is recognised."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An input that is no post. It stops nothing around it, and is always reported."""

    source: str
    """Name of the source, as records show it."""
    reason: RejectReason
    message: str
    """What is wrong; holds no text of the post."""
    line: int | None = None
    """Line number, from 1."""
    offset: int | None = None
    """Byte offset in the file, unpacked where it is compressed."""
    field: str | None = None
    """Field at fault, as the input names it."""
    record: int | None = None
    """Number of the record or row, from 1."""
    is_repeat: bool = False
    """A record before it, in the same archive, is the same state of the same post."""

    def __str__(self) -> str:
        places = (("line", self.line), ("record", self.record), ("byte", self.offset), ("field", self.field))
        where = [self.source, *(f"{word} {value}" for word, value in places if value is not None)]
        return f"{', '.join(where)}: {self.message}"


class NoPostKind(StrEnum):
    """Why a record of an archive, which is read without fault, gives no post."""

    SERVICE = "service"
    """Somebody joined, the title changed, a message was pinned."""
    UNSUPPORTED = "unsupported"
    """The program that wrote the archive did not know the message itself."""
    UNSENT = "unsent"
    """Only the program that wrote the archive has it: it is scheduled, not sent yet, or local."""
    EMPTY = "empty"
    """Nothing is left of it but its id."""
    OTHER_CHAT = "other_chat"
    METADATA = "metadata"
    REPEATED = "repeated"
    """The same post once more in the same file."""
    FILTERED = "filtered"
    """Of another time, or with a lower id, than the user asked for."""


@dataclass(frozen=True, slots=True)
class NoPost:
    """A record that is rightly no post: it is counted by its kind, and is no fault."""

    kind: NoPostKind


class SourceItem(NamedTuple):
    """What became of one record, and the position to store once it is settled."""

    entry: RawPost | Rejected | NoPost
    position: Position | None
    """None when the cursor must not pass it: an unfinished last record is read again once it is complete."""
    line: int | None = None
    """``Source.position`` of a post: its line, or the number of its record."""
    message_id: int | None = None
    """Of a record that gives no post, where it says its id."""


class Source(Protocol):
    """A stream of raw posts that can be resumed. Constant memory, the same posts and keys at every run."""

    @property
    def kind(self) -> str:
        """Kind of source, as in ``RawPost.source.kind``: a bounded set, fit for a metric's label."""

    @property
    def name(self) -> str:
        """Name in records and messages: ``folder/file``, never an absolute path."""

    @property
    def identity(self) -> str | None:
        """Key of its cursor; None when it cannot be read twice (a pipe)."""

    @property
    def path(self) -> Path | None:
        """The file on disk; None for a pipe."""

    @property
    def total_bytes(self) -> int | None:
        """Size to measure progress by; None when unknown."""

    @property
    def bytes_read(self) -> int:
        """How many of ``total_bytes`` the present ``read`` has passed."""

    @property
    def warnings(self) -> list[str]:
        """What a user should know of the present ``read``, each once: "dates have no time zone ..."."""

    def read(self, after: Position | None = None) -> Iterator[SourceItem]:
        """Every item behind a position, in order.

        Raises SourceChangedError when the file is not the one of that position, SourceUnreadableError when it
        cannot be read.
        """

"""What a source of raw posts is: the contract that every one of them passes (``tests/contract/test_source.py``)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from schemas import RawPost, RejectReason

MAX_INPUT_BYTES = 8 << 20
"""Longest line or text file that is read into memory. What is published is smaller still (``MAX_RAW_BYTES``)."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a source has been read: everything before it is done."""

    offset: int
    """Bytes read; grows with every item."""
    digest: str
    """Digest of these bytes, by which a changed file is told."""


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
    """Byte offset in the file."""
    field: str | None = None
    """Field at fault, as the input names it."""

    def __str__(self) -> str:
        places = (("line", self.line), ("byte", self.offset), ("field", self.field))
        where = [self.source, *(f"{word} {value}" for word, value in places if value is not None)]
        return f"{', '.join(where)}: {self.message}"


class Item(NamedTuple):
    """One post or one rejection, and the position to store once it is settled."""

    entry: RawPost | Rejected
    position: Position | None
    """None when the cursor must not pass it: an unfinished last line is read again once it is complete."""
    line: int | None = None
    """Line that it stands in, from 1, where the source has lines."""


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
        """The file; None for a pipe."""

    @property
    def total_bytes(self) -> int | None:
        """Size to measure progress by; None when unknown."""

    def read(self, after: Position | None = None) -> Iterator[Item]:
        """Every item behind a position, in order.

        Raises SourceChangedError when the file is not the one of that position, SourceUnreadableError when it
        cannot be read.
        """

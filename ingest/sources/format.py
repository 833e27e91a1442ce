"""What a format of archives is: how it is recognised, and how a file of it is split into records.

A format lives in ``ingest/sources/<format>/`` and is listed in ``formats.FORMATS``. ``RecordSource`` makes a ``Source``
of its reader: it counts, resumes, rejects and keeps positions, so that a reader only splits and maps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost, Source
from ingest.sources.options import ReadOptions
from ingest.sources.sample import Sample
from schemas import RawPost, RejectReason


class Certainty(IntEnum):
    """How sure a format is that a file is its own; the surest format reads it, of two the first in FORMATS."""

    FALLBACK = 1
    """It could be read so if nobody else wants it (a text file, a table of unknown columns)."""
    LIKELY = 2
    """The shape fits: field names that others might use too."""
    CERTAIN = 3
    """A mark that no other format has."""


@dataclass(frozen=True, slots=True)
class FormatMatch:
    """A format's claim to a file."""

    certainty: Certainty
    holds_posts: bool = True
    """False: a companion (a channels file, a page of an export that lists contacts), which is skipped."""
    note: str = ""
    """Of a file that is skipped: why, as a user reads it."""
    is_fault: bool = False
    """It is skipped though it may hold posts: it is reported as files of no known format are."""


class EmptyMessageError(Exception):
    """A message has neither a text nor an attachment: it is gone, or the exporter did not know what it held."""


class InvalidRecordError(Exception):
    """A record is no post: ``message`` says what is wrong without any text of the post, ``field`` where, as the
    archive names it, ``at`` at which byte of the record.
    """

    def __init__(
        self,
        message: str,
        field: str | None = None,
        reason: RejectReason = RejectReason.INVALID_FIELD,
        at: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.field, self.reason, self.at = message, field, reason, at


class ArchiveRecord(NamedTuple):
    """One record as it was split off, not yet understood: a message of an export, a line, a row, a page's block."""

    raw: bytes
    """Its bytes as the file has them; a row of a database by ``repr``. The digest of positions is made of them."""
    end: int
    """Grows with every record: the byte of the unpacked content behind it, or the number of the record (from 1) where
    records do not follow each other in one stream of bytes (databases, several files)."""
    offset: int | None = None
    """Byte of the unpacked content at which it begins."""
    line: int | None = None
    number: int | None = None
    """From 1; of a file that has no lines."""
    value: object = None
    """What splitting has already parsed; None where ``post`` parses ``raw``."""
    error: InvalidRecordError | None = None
    """It cannot be read: ``post`` is not asked."""
    is_open: bool = False
    """The file ends within it: it may still be in writing, so the cursor does not pass it."""
    file_name: str | None = None
    """The file that holds it, where a source has several."""


def place_of(record: ArchiveRecord) -> str:
    """As people find it: ``line 12``, or ``record 3`` of a file that has no lines, with its file among several."""
    place = f"record {record.number}" if record.line is None else f"line {record.line}"
    return place if record.file_name is None else f"{record.file_name}, {place}"


class Filler(NamedTuple):
    """Bytes between records that must not change either: an export's head, with the channel's id. Never a post."""

    raw: bytes


class RecordReader(Protocol):
    """One pass over one file, or over the files that make one archive. It may hold state between records."""

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """Every record in order, the same ones in every run; streamed, never all at once.

        A file that ends early ends in a record with ``error`` and ``is_open``; broken compression looks like an
        early end, and is reported by itself.
        """

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """What a record is; called at once after it was yielded.

        Raises InvalidRecordError. ValidationError of pydantic, and what Python raises for wrong types (TypeError,
        KeyError, ...), also reject the record, with less to say about it.
        """


class Format(Protocol):
    """A format of archives, or of files of posts."""

    @property
    def name(self) -> str:
        """Value of ``--format`` and of ``RawPost.source.kind``: ``tdl``, ``tdesktop-html``."""

    @property
    def title(self) -> str:
        """As people call it: ``Telegram Desktop (JSON)``."""

    def detect(self, sample: Sample) -> FormatMatch | None:
        """Whether a file is of this format, judged by the first 64 kB of its content; fast, reads nothing else."""

    def parts(self, first: ArchiveFile, others: Sequence[ArchiveFile]) -> Sequence[ArchiveFile]:
        """Files of this format in one folder that are read with ``first`` as one archive, in their order.

        ``others`` are the others in the folder that this format has claimed. ``(first,)`` where each is on its own.
        Return a tuple that does not hold ``first`` when it belongs to an archive that begins with another file.
        """

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """A source over a file, or over what ``parts`` gave; nothing is read yet."""


class SeparateFiles:
    """``parts`` of a format that has each archive in one file."""

    def parts(self, first: ArchiveFile, others: Sequence[ArchiveFile]) -> Sequence[ArchiveFile]:
        """See ``Format``."""
        return (first,)

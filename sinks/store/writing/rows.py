"""A row of ``posts`` and what belongs to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from schemas.times import UNIX_EPOCH
from sinks.store.compression import RecordCodec, unpack
from sinks.store.records import StoreProvenance, provenance_of

_MILLISECOND: Final = timedelta(milliseconds=1)


class PostRow(NamedTuple):
    """A row of ``posts``, in the order of its columns."""

    id: int
    key: str
    channel_id: int
    message_id: int
    posted_ms: int
    is_dated: int
    edited_ms: int | None
    deleted_ms: int | None
    last_seen_ms: int | None
    home: int | None
    language: str
    revision: str
    rank_us: int
    rank_class: int
    src_epoch: int
    src_partition: int
    src_offset: int
    edits: int
    media: int
    links: int
    quotes: int
    citations: int
    forward_channel_id: int | None
    digest: int
    body: int

    @property
    def place(self) -> "StateOrder":
        """The order of the post's state among all its states."""
        return (self.rank_us, self.rank_class, self.src_epoch, self.src_offset)


POSTS_BY_KEY: Final = f"SELECT {', '.join(PostRow._fields)} FROM posts WHERE key"
"""For ``Reader.among``: the rows of keys."""
StateOrder = tuple[int, int, int, int]
"""Rank, then the epoch of the topic and the offset: the greater one is the newer state."""


class RecordOrigin(NamedTuple):
    """The place of a record in Kafka."""

    epoch: int
    partition: int
    offset: int
    timestamp_ms: int


class MarkRow(NamedTuple):
    """A row of ``marks``: what is known of a post that is not there."""

    key: str
    rank_us: int
    rank_class: int
    src_epoch: int
    src_offset: int
    deleted_ms: int | None
    home: int | None
    why: str

    @property
    def place(self) -> StateOrder:
        """The order of the post's state among all its states."""
        return (self.rank_us, self.rank_class, self.src_epoch, self.src_offset)


DELETED: Final = "deleted"
ERASED: Final = "erased"


@dataclass(slots=True)
class Body:
    """Text and record of a state: fresh, or as they are kept."""

    text: str
    tokens: str | None = None
    """Tokens as the word index holds them; None: not made yet, or not kept beside it."""
    value: bytes | None = None
    """The record's bytes; None: only the kept ones are at hand."""
    kept: bytes | None = None

    @property
    def is_erased(self) -> bool:
        """Whether nothing but the row of the post is left."""
        return not self.kept and not self.value

    def packed(self, codec: RecordCodec) -> bytes:
        """The record as it is kept."""
        if self.kept is None:
            self.kept = codec.pack(self.value or b"")
        return self.kept

    @property
    def provenance(self) -> StoreProvenance | None:
        """Rank and time of the state whose text this is; None where the record was erased."""
        record = self.value if self.value is not None else unpack(self.kept or b"")
        return provenance_of(record) if record else None


def erased_body() -> Body:
    """The row of ``bodies`` that is left of an erased text."""
    return Body("", "", b"", b"")


def milliseconds(moment: datetime) -> int:
    """A moment as whole milliseconds since 1970."""
    return (moment - UNIX_EPOCH) // _MILLISECOND


def optional_milliseconds(moment: datetime | None) -> int | None:
    """Milliseconds since 1970; None stays None."""
    return None if moment is None else milliseconds(moment)

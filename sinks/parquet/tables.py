"""The tables: their columns, and the row of each record. Columns are only ever added."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from schemas import RejectReason
from schemas.topics import COUNTERS as COUNTERS_TOPIC
from schemas.topics import DUPLICATES as DUPLICATES_TOPIC
from schemas.topics import NORMALIZED
from sinks.contract import Message, Partition, Refusal
from sinks.parquet.records import COUNTERS, DUPLICATES, POSTS, ParquetTombstone, in_utc, text_of

DAY = "posted_on"
_MOMENT, _TEXT, _INT, _BOOLEAN = pa.timestamp("us", tz="UTC"), pa.string(), pa.int64(), pa.bool_()
_CHANGE = {
    "key": _TEXT,
    "op": _TEXT,
    "recorded_at": _MOMENT,
    "partition": pa.int32(),
    "offset": _INT,
}
"""What every table has: the post's key; ``upsert`` or ``delete``; when the broker took the record, and where it is."""
ChangeRow = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the sink: one row for each change of a key, upsert or delete."""

    name: str
    columns: Mapping[str, pa.DataType]
    """After those of ``_CHANGE``."""
    row: Callable[[bytes], tuple[str, str, datetime | None, ChangeRow]]
    """Key, ``op``, the moment by whose day it is filed, and the columns of a record."""

    @property
    def schema(self) -> pa.Schema:
        """All columns of the table, the day last."""
        return pa.schema([*(_CHANGE | dict(self.columns)).items(), (DAY, pa.date32())])


@dataclass(frozen=True, slots=True)
class BatchRows:
    """The rows that a batch adds to a table, those with a day and those without, and the messages that give none."""

    dated: pa.Table
    undated: pa.Table
    refused: Sequence[Refusal]


def rows_of(table: Table, partition: Partition, messages: Sequence[Message]) -> BatchRows:
    """A row for each message; rows without a date, such as those of deletions, are apart."""
    dated: list[ChangeRow] = []
    undated: list[ChangeRow] = []
    refused: list[Refusal] = []
    width = len(table.columns)
    for message in messages:
        try:
            key, op, moment, columns = _withdrawn(message, width) if message.value is None else table.row(message.value)
        except (msgspec.MsgspecError, ValueError, OverflowError) as error:
            refused.append(_refusal(message, error))
            continue
        row = (key, op, message.timestamp_ms * 1000, partition.number, message.offset, *columns)
        if moment is None:
            undated.append((*row, None))
        else:
            dated.append((*row, moment.date()))
    return BatchRows(_arrow(table.schema, dated), _arrow(table.schema, undated), refused)


def _arrow(schema: pa.Schema, rows: Sequence[ChangeRow]) -> pa.Table:
    if not rows:
        return schema.empty_table()
    columns = zip(*rows, strict=True)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def _withdrawn(message: Message, width: int) -> tuple[str, str, None, ChangeRow]:
    key = (message.key or b"").decode()
    if not key:
        raise ValueError("neither key nor value")
    return key, "delete", None, (None,) * width


def _refusal(message: Message, error: Exception) -> Refusal:
    """Its text names a place, never a piece of the record."""
    if isinstance(error, msgspec.ValidationError):
        expected, _, path = str(error).partition(" - at `")
        field = path.rstrip("`").removeprefix("$.") or None
        if field == "schema_version":
            return Refusal(message, RejectReason.UNKNOWN_SCHEMA_VERSION, "a version that is not known here", field)
        text = expected if expected.startswith(("Expected", "Object missing")) else "not what is expected"
        return Refusal(message, RejectReason.INVALID_FIELD, text, field)
    if isinstance(error, UnicodeDecodeError):
        return Refusal(message, RejectReason.INVALID_JSON, f"invalid UTF-8 at byte {error.start}")
    if isinstance(error, msgspec.DecodeError):
        return Refusal(message, RejectReason.INVALID_JSON, "invalid JSON")
    return Refusal(message, RejectReason.INVALID_FIELD, str(error))


def _post(value: bytes) -> tuple[str, str, datetime | None, ChangeRow]:
    post = POSTS.decode(value)
    channel, provenance = post.channel, post.provenance
    head = (
        *_whole(*provenance.rank),
        *_whole(channel.id, post.message_id),
        channel.username,
        channel.title,
        in_utc(provenance.collected_at),
        provenance.lane,
        provenance.source.kind,
        provenance.source.name,
        provenance.pipeline_version,
    )
    if isinstance(post, ParquetTombstone):
        return post.key, "delete", None, (*head, *(None,) * (len(_POST_COLUMNS) - len(head)))
    counters = post.counters
    posted_at = in_utc(post.posted_at)
    body = (
        posted_at,
        in_utc(post.edited_at),
        post.revision,
        post.text,
        post.language.code,
        post.language.confidence,
        post.language.script,
        *_whole(post.album_id),
        *((None,) * 3 if counters is None else _whole(counters.views, counters.forwards, counters.replies)),
        None if counters is None else counters.is_exact,
        text_of(post.quote_lists),
        text_of(post.forward),
        text_of(post.reply_to),
        text_of(post.hashtags),
        text_of(post.mentions),
        text_of(post.links),
        text_of(post.media),
    )
    return post.key, "upsert", posted_at, head + body


def _duplicate(value: bytes) -> tuple[str, str, datetime | None, ChangeRow]:
    record = DUPLICATES.decode(value)
    posted_at, link = in_utc(record.posted_at), record.duplicate
    row = (
        *((None, None) if record.rank is None else _whole(*record.rank)),
        posted_at,
        record.revision,
        *((None,) * 3 if link is None else (link.of, link.kind, link.similarity)),
        in_utc(record.original_posted_at),
    )
    return record.key, "upsert", posted_at, row


def _counters(value: bytes) -> tuple[str, str, datetime | None, ChangeRow]:
    record = COUNTERS.decode(value)
    counters = record.counters
    observed_at = in_utc(counters.observed_at)
    counts = _whole(counters.views, counters.forwards, counters.replies)
    return record.key, "upsert", observed_at, (observed_at, *counts, text_of(counters.reactions), counters.is_exact)


def _whole(*numbers: int | None) -> tuple[int | None, ...]:
    """Numbers that a column holds; ValueError for others."""
    for number in numbers:
        if number is not None and not -(1 << 63) <= number < 1 << 63:
            raise ValueError("a number of more than 64 bits")
    return numbers


_RANK = {"rank_us": _INT, "rank_class": _INT}
_POST_COLUMNS: Mapping[str, pa.DataType] = {
    **_RANK,
    "channel_id": _INT,
    "message_id": _INT,
    "channel_username": _TEXT,
    "channel_title": _TEXT,
    "collected_at": _MOMENT,
    "lane": _TEXT,
    "source_kind": _TEXT,
    "source_name": _TEXT,
    "pipeline_version": _TEXT,
    "posted_at": _MOMENT,
    "edited_at": _MOMENT,
    "revision": _TEXT,
    "text": _TEXT,
    "language_code": _TEXT,
    "language_confidence": pa.float64(),
    "script": _TEXT,
    "album_id": _INT,
    "view_count": _INT,
    "forward_count": _INT,
    "reply_count": _INT,
    "has_exact_counts": _BOOLEAN,
    "quote_lists": _TEXT,
    "forward": _TEXT,
    "reply_to": _TEXT,
    "hashtags": _TEXT,
    "mentions": _TEXT,
    "links": _TEXT,
    "media": _TEXT,
}
TABLES: Mapping[str, Table] = {
    NORMALIZED.name: Table("posts", _POST_COLUMNS, _post),
    DUPLICATES_TOPIC.name: Table(
        "duplicates",
        {
            **_RANK,
            "posted_at": _MOMENT,
            "revision": _TEXT,
            "duplicate_of": _TEXT,
            "duplicate_kind": _TEXT,
            "similarity": pa.float64(),
            "original_posted_at": _MOMENT,
        },
        _duplicate,
    ),
    COUNTERS_TOPIC.name: Table(
        "counters",
        {
            "observed_at": _MOMENT,
            "view_count": _INT,
            "forward_count": _INT,
            "reply_count": _INT,
            "reactions": _TEXT,
            "is_exact": _BOOLEAN,
        },
        _counters,
    ),
}
"""By topic. The day of ``counters`` is that of the reading."""

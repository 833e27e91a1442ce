"""How much a store holds, and how far it has read."""

from dataclasses import dataclass
from typing import Final

from sinks.store.database import Dialect, Reader
from sinks.store.upkeep.transactions import meta

_COUNTED: Final = ("posts", "revisions", "quotes", "citations", "links", "clusters", "marks")


@dataclass(frozen=True, slots=True)
class Statistics:
    """Numbers of rows of a store, its oldest and newest post, its size and its offsets."""

    rows: dict[str, int]
    deleted: int
    channels: int
    oldest_ms: int | None
    newest_ms: int | None
    horizon_ms: int
    """Posts before this were taken out; 0: none."""
    size_bytes: int
    offsets: list[tuple[str, int, int, int]]
    """Topic, partition, next offset, milliseconds of the last write."""


def statistics(reader: Reader, dialect: Dialect) -> Statistics:
    """Count what a store holds."""
    rows = {table: int(reader.rows(f"SELECT count(*) FROM {table}")[0][0]) for table in _COUNTED}
    ((deleted,),) = reader.rows("SELECT count(*) FROM posts WHERE deleted_ms IS NOT NULL")
    ((channels,),) = reader.rows("SELECT count(*) FROM channels")
    newest = reader.rows("SELECT posted_ms FROM posts ORDER BY id DESC LIMIT 1")
    oldest = reader.rows("SELECT posted_ms FROM posts ORDER BY id LIMIT 1")
    offsets = reader.rows("SELECT topic, part, next_offset, written_ms FROM sink_offsets ORDER BY topic, part")
    return Statistics(
        rows=rows,
        deleted=deleted,
        channels=channels,
        oldest_ms=oldest[0][0] if oldest else None,
        newest_ms=newest[0][0] if newest else None,
        horizon_ms=int(meta(reader, "horizon_ms") or 0),
        size_bytes=size_of(reader, dialect),
        offsets=[(topic, part, at, written_ms) for topic, part, at, written_ms in offsets],
    )


def size_of(reader: Reader, dialect: Dialect) -> int:
    """Bytes that a store takes on the disk."""
    if dialect is Dialect.SQLITE:
        return int(reader.rows("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0][0])
    return int(reader.rows("SELECT pg_database_size(current_database())")[0][0])

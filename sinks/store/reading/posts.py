"""Posts: the feed, one post, what it was before, and the story that it tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sinks.store.compression import unpack
from sinks.store.database import DbRow, Reader

_COLUMNS: Final = """p.id, p.key, p.channel_id, c.username, c.title, p.message_id, p.posted_ms, p.is_dated, p.edited_ms,
p.deleted_ms, p.last_seen_ms, p.language, p.revision, p.edits, p.media, p.links, p.quotes, p.citations, b.text, k.views,
k.forwards, l.target, l.kind, l.cluster, s.size, p.rank_us, p.rank_class, l.rank_us, l.rank_class, v.rank_us,
v.rank_class"""
_JOINS: Final = """JOIN bodies b ON b.seq = p.body LEFT JOIN channels c ON c.id = p.channel_id
LEFT JOIN counters k ON k.key = p.key LEFT JOIN links l ON l.key = p.key LEFT JOIN clusters s ON s.id = l.cluster
LEFT JOIN verdicts v ON v.key = p.key"""
_FROM: Final = f"FROM posts p {_JOINS}"


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post as lists show it."""

    id: int
    """Newest first is the order of ids, from the greatest on: a cursor of pages."""
    key: str
    channel_id: int
    username: str | None
    title: str | None
    message_id: int
    posted_ms: int
    is_dated: bool
    edited_ms: int | None
    deleted_ms: int | None
    last_seen_ms: int | None
    language: str
    revision: str
    edits: int
    media: int
    links: int
    quotes: int
    citations: int
    text: str
    views: int | None
    forwards: int | None
    copy_of: str | None
    copy_kind: str | None
    story: int | None
    """The story's name, which stays when its posts come and go; None: nothing repeats the post."""
    story_size: int
    is_compared: bool
    """False: the text has changed and is being compared, or duplicate detection has not come to it."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A state before the newest one."""

    what: str
    """``text``, or ``deleted``."""
    revision: str | None
    seen_ms: int | None
    last_seen_ms: int | None
    edited_ms: int | None
    text: str | None


def feed(
    reader: Reader,
    *,
    limit: int = 50,
    before: int | None = None,
    channels: Sequence[int] = (),
    languages: Sequence[str] = (),
) -> list[StoredPost]:
    """The newest posts, or those that follow the post with the id ``before``; of these channels and languages."""
    conditions, parameters = ["p.id < ?"], [before if before is not None else 1 << 62]
    for column, values in (("p.channel_id", channels), ("p.language", languages)):
        if values:
            conditions.append(f"{column} IN ({', '.join('?' * len(values))})")
            parameters.extend(values)  # type: ignore[arg-type]
    where = " AND ".join(conditions)
    # Chosen before the joins, and a limit that is no parameter: PostgreSQL takes longer to plan it than to answer it
    # otherwise, and plans it again each time.
    chosen = f"SELECT * FROM posts p WHERE {where} ORDER BY p.id DESC LIMIT {int(limit)}"
    rows = reader.rows(f"SELECT {_COLUMNS} FROM ({chosen}) p {_JOINS} ORDER BY p.id DESC", parameters)
    return [_post(row) for row in rows]


def posts_by_id(reader: Reader, ids: Sequence[int]) -> list[StoredPost]:
    """Posts by their ids, in that order; those that are gone are left out."""
    found = {row[0]: _post(row) for row in reader.among(f"SELECT {_COLUMNS} {_FROM} WHERE p.id", ids)}
    return [found[each] for each in ids if each in found]


def post_by_key(reader: Reader, key: str) -> StoredPost | None:
    """The post with a key; None where the store does not have it."""
    rows = reader.rows(f"SELECT {_COLUMNS} {_FROM} WHERE p.key = ?", (key,))
    return _post(rows[0]) if rows else None


def record(reader: Reader, key: str) -> dict[str, Any] | None:
    """A post's whole record as ``posts.normalized`` had it; None where it is gone or was erased."""
    rows = reader.rows("SELECT b.record FROM posts p JOIN bodies b ON b.seq = p.body WHERE p.key = ?", (key,))
    kept = unpack(rows[0][0]) if rows else b""
    return orjson.loads(kept) if kept else None


def records_by_key(reader: Reader, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Whole records of posts by their keys; erased ones are left out."""
    rows = reader.among("SELECT b.record, p.key FROM posts p JOIN bodies b ON b.seq = p.body WHERE p.key", keys)
    return {key: orjson.loads(kept) for packed, key in rows if (kept := unpack(packed))}


def revisions(reader: Reader, key: str) -> list[Revision]:
    """The earlier revisions of a post, the latest first."""
    rows = reader.rows(
        "SELECT what, revision, seen_ms, last_seen_ms, edited_ms, text FROM revisions WHERE key = ? "
        "ORDER BY rank_us DESC, rank_class DESC, what",
        (key,),
    )
    return [Revision(*row) for row in rows]


def story(reader: Reader, number: int, *, limit: int = 1000, behind: tuple[int, str] | None = None) -> list[StoredPost]:
    """The posts of a story that are there, the earliest first; ``behind``: moment and key of the one before them."""
    later, place = ("", ()) if behind is None else (" AND (p.posted_ms, p.key) > (?, ?)", behind)
    rows = reader.rows(
        f"SELECT {_COLUMNS} {_FROM} WHERE l.cluster = ?{later} ORDER BY p.posted_ms, p.key LIMIT ?",
        (number, *place, limit),
    )
    return [_post(row) for row in rows]


def _post(row: DbRow) -> StoredPost:
    *shown, size, rank_us, rank_class, link_us, link_class, plain_us, plain_class = row
    judged = (link_us, link_class) if shown[21] is not None else (plain_us, plain_class)
    is_deleted = shown[9] is not None
    is_compared = is_deleted or (judged[0] is not None and judged >= (rank_us, rank_class))
    values: list[Any] = [*shown[:7], bool(shown[7]), *shown[8:], size or 1, is_compared]
    return StoredPost(*values)

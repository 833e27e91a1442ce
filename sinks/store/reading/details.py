"""What lists and pages show of posts besides their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sinks.store.compression import unpack
from sinks.store.database import Reader


@dataclass(frozen=True, slots=True)
class Copy:
    """How a post repeats an earlier one."""

    similarity: float | None
    lag_ms: int | None
    channel_id: int | None
    """Whose post it repeats."""
    username: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a story has spread."""

    channels: int
    first_ms: int | None
    last_ms: int | None


@dataclass(frozen=True, slots=True)
class Observation:
    """The counters of a post at one moment; None: not shown."""

    observed_ms: int
    views: int | None
    forwards: int | None
    replies: int | None
    reactions: dict[str, int]
    is_exact: bool | None
    """False: a count is rounded; None: not known."""


def records(reader: Reader, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Whole records of posts by their ids; erased ones are left out."""
    rows = reader.among("SELECT p.id, b.record FROM posts p JOIN bodies b ON b.seq = p.body WHERE p.id", ids)
    return {number: orjson.loads(kept) for number, packed in rows if (kept := unpack(packed))}


def copies(reader: Reader, keys: Sequence[str]) -> dict[str, Copy]:
    """How posts repeat another one, by their keys; those that repeat none are left out."""
    rows = reader.among(
        "SELECT l.key, l.similarity, l.lag_ms, l.from_channel, c.username, c.title FROM links l "
        "LEFT JOIN channels c ON c.id = l.from_channel WHERE l.target IS NOT NULL AND l.key",
        keys,
    )
    return {key: Copy(*row) for key, *row in rows}


def extents(reader: Reader, stories: Sequence[int]) -> dict[int, Extent]:
    """How far stories have spread, by their names."""
    rows = reader.among(
        "SELECT cluster, count(DISTINCT to_channel), min(posted_ms), max(posted_ms) FROM links WHERE cluster",
        stories,
        "GROUP BY cluster",
    )
    return {cluster: Extent(*row) for cluster, *row in rows}


def counters(reader: Reader, key: str) -> Observation | None:
    """The newest counters of a post."""
    rows = reader.rows(
        "SELECT observed_ms, views, forwards, replies, reactions, is_exact FROM counters WHERE key = ?", (key,)
    )
    return _observation(*rows[0]) if rows else None


def counter_history(reader: Reader, key: str) -> list[Observation]:
    """Counters of a post over time, the earliest first."""
    rows = reader.rows(
        "SELECT observed_ms, views, forwards, replies, reactions, is_exact FROM counter_history WHERE key = ? "
        "ORDER BY observed_ms",
        (key,),
    )
    return [_observation(*row) for row in rows]


def repeats_of_items(reader: Reader, key: str, story: int | None) -> int:
    """How many other posts of the story carry the quotes of a post."""
    if story is None:
        return 0
    ((count,),) = reader.rows(
        "SELECT count(DISTINCT q.key) FROM quotes q JOIN links l ON l.key = q.key WHERE l.cluster = ? AND q.key <> ?",
        (story, key),
    )
    return int(count)


def _observation(
    observed_ms: int,
    views: int | None,
    forwards: int | None,
    replies: int | None,
    reactions: str | None,
    is_exact: int | None,
) -> Observation:
    found = orjson.loads(reactions) if isinstance(reactions, str | bytes) else reactions
    return Observation(observed_ms, views, forwards, replies, found or {}, None if is_exact is None else bool(is_exact))

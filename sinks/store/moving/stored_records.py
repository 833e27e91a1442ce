"""What a store holds that the topics of a cluster are to hold, in portions that go on behind a key."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from schemas.rank import Rank, StateClass
from sinks.store.compression import unpack
from sinks.store.database import Reader
from sinks.store.embedded.store import LOG_AFTER, LogRow
from sinks.store.writing.links import LINKS_BY_KEY, LinkRow
from sinks.store.writing.rows import DELETED

_POSTS = """SELECT id, key, channel_id, message_id, posted_ms, is_dated, deleted_ms, last_seen_ms, home, revision,
    rank_us, rank_class, quotes, citations, body FROM posts WHERE id > ? ORDER BY id LIMIT ?"""
_MARKS = f"""SELECT key, rank_us, rank_class, deleted_ms, home FROM marks WHERE why = '{DELETED}' AND key > ?
    ORDER BY key LIMIT ?"""
_COUNTS = """SELECT key, observed_ms, views, forwards, replies, reactions, is_exact FROM counters WHERE key > ?
    ORDER BY key LIMIT ?"""
_PLAIN = "SELECT key, rank_us, rank_class FROM verdicts WHERE key"
_REVISIONS = "SELECT key, rank_us, rank_class, revision FROM revisions WHERE what = 'text' AND key"


class StoredVerdict(NamedTuple):
    """The verdict on a post, as the store has it."""

    revision: str
    rank: Rank
    link: LinkRow | None
    """None: it repeats nothing."""


class PostToMove(NamedTuple):
    """A post with the newest state that has a text, and its deletion."""

    id: int
    key: str
    channel_id: int
    message_id: int
    posted_ms: int | None
    """None: it has no date."""
    deleted_ms: int | None
    """None: it is there."""
    last_seen_ms: int | None
    home: int | None
    revision: str
    rank: Rank
    """Of the newest state; a deletion is one."""
    quotes: int
    citations: int
    record: bytes
    """Empty where it was erased."""
    verdict: StoredVerdict | None


class StoredDeletion(NamedTuple):
    """The deletion of a post of which the store has no text."""

    key: str
    rank: Rank
    deleted_ms: int | None
    home: int | None


class StoredCounts(NamedTuple):
    """The last observation of a post."""

    key: str
    observed_ms: int
    views: int | None
    forwards: int | None
    replies: int | None
    reactions: str | None
    """Reactions as JSON."""
    is_exact: int | None


def posts_after(reader: Reader, last: int, limit: int) -> list[PostToMove]:
    """Posts behind an id, in its order."""
    rows = reader.rows(_POSTS, (last, limit))
    records = {number: kept for number, _, _, kept in reader.bodies([row[-1] for row in rows])}
    verdicts = _verdicts(reader, {row[1]: (row[9], _rank(row[10], row[11])) for row in rows})
    return [
        PostToMove(
            id=row[0],
            key=row[1],
            channel_id=row[2],
            message_id=row[3],
            posted_ms=row[4] if row[5] else None,
            deleted_ms=row[6],
            last_seen_ms=row[7],
            home=row[8],
            revision=row[9],
            rank=_rank(row[10], row[11]),
            quotes=row[12],
            citations=row[13],
            record=unpack(bytes(records[row[-1]])),
            verdict=verdicts.get(row[1]),
        )
        for row in rows
    ]


def deletions_after(reader: Reader, last: str, limit: int) -> list[StoredDeletion]:
    """Deletions behind a key, in its order."""
    return [
        StoredDeletion(key, _rank(rank_us, rank_class), deleted_ms, home)
        for key, rank_us, rank_class, deleted_ms, home in reader.rows(_MARKS, (last, limit))
    ]


def counts_after(reader: Reader, last: str, limit: int) -> list[StoredCounts]:
    """Counts behind a key, in its order."""
    return [StoredCounts._make(row) for row in reader.rows(_COUNTS, (last, limit))]


def log_after(reader: Reader, last: int, limit: int) -> list[LogRow]:
    """The log of fingerprints behind a number, in its order."""
    return [LogRow(number, at_ms, bytes(record)) for number, at_ms, record in reader.rows(LOG_AFTER, (last, limit))]


def row_counts(reader: Reader) -> dict[str, int]:
    """How many rows there are of each kind."""
    deletions = f"marks WHERE why = '{DELETED}'"
    tables = {"posts": "posts", "deletions": deletions, "counts": "counters", "log": "fingerprints"}
    return {name: int(reader.rows(f"SELECT count(*) FROM {table}")[0][0]) for name, table in tables.items()}


def _verdicts(reader: Reader, states: Mapping[str, tuple[str, Rank]]) -> dict[str, StoredVerdict]:
    """What each of some posts repeats; ``states``: revision and rank of its newest state."""
    keys = list(states)
    found = {}
    for row in reader.among(LINKS_BY_KEY, keys):
        link = LinkRow._make(row)
        if link.target is not None:
            rank = _rank(link.rank_us or 0, link.rank_class or 0)
            found[link.key] = StoredVerdict(link.revision or "", rank, link)
    plain = {key: _rank(rank_us, rank_class) for key, rank_us, rank_class in reader.among(_PLAIN, keys)}
    older = _older(reader, [key for key, rank in plain.items() if rank != states[key][1]])
    for key, rank in plain.items():
        found.setdefault(key, StoredVerdict(older.get((key, rank), states[key][0]), rank, None))
    return found


def _older(reader: Reader, keys: Sequence[str]) -> dict[tuple[str, Rank], str]:
    """Revisions of states before the newest: a verdict may not have come to that one."""
    return {
        (key, _rank(rank_us, rank_class)): revision
        for key, rank_us, rank_class, revision in reader.among(_REVISIONS, keys)
    }


def _rank(rank_us: int, rank_class: int) -> Rank:
    return Rank(rank_us, StateClass(rank_class))

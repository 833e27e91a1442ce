"""A store copied into another one, of the same or of the other database: in portions, and resumed where it stopped."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import orjson

from schemas.query.tokens import post_tokens
from sinks.store.database import Database, DbRow, Reader, Transaction
from sinks.store.errors import StoreError
from sinks.store.upkeep.transactions import meta, set_meta
from sinks.store.writing.rows import PostRow

_CHUNK: Final = 1000
_FROM: Final = "copied from"


class _Table(NamedTuple):
    """A table that is copied as it is."""

    name: str
    keys: int
    """How many of its first columns are its key."""
    columns: tuple[str, ...]


def _table(name: str, keys: int, columns: str) -> _Table:
    return _Table(name, keys, tuple(columns.split()))


_TABLES: Final = (
    _table(
        "channels",
        1,
        "id username title former state state_ms reason last_post_ms backfill_progress usual_interval_s gap src_epoch "
        "src_offset named_us",
    ),
    _table(
        "revisions",
        4,
        "key rank_us rank_class what revision seen_ms last_seen_ms edited_ms text record",
    ),
    _table("marks", 1, "key rank_us rank_class src_epoch src_offset deleted_ms home why"),
    _table("erased_channels", 1, "channel_id at_ms"),
    _table(
        "quotes",
        3,
        "key ordinal outlet_id posted_ms channel_id language outlet_name kind cue topic text start end confidence",
    ),
    _table(
        "citations",
        3,
        "key ordinal outlet_id posted_ms channel_id language outlet_name kind cue text start end cited is_own "
        "confidence",
    ),
    _table("counters", 1, "key observed_ms views forwards replies reactions is_exact"),
    _table("counter_history", 2, "key observed_ms views forwards replies reactions is_exact"),
    _table(
        "links",
        1,
        "key target kind similarity revision rank_us rank_class src_epoch src_offset posted_ms lag_ms from_channel "
        "to_channel cluster",
    ),
    _table("clusters", 1, "id root size"),
    _table("verdicts", 1, "key rank_us rank_class src_epoch src_offset"),
    _table("copies_daily", 2, "day channel_id copies"),
    _table("hourly", 3, "hour language part posts edited deleted"),
    _table("daily", 3, "day channel_id language posts edited deleted"),
    _table("watch_lists", 1, "id name query settings"),
    _table("watch_hits", 2, "watch_id key cluster hit_ms sent_ms"),
    _table("fingerprints", 1, "seq at_ms record"),
    _table("sink_offsets", 2, "topic part topic_id epoch next_offset written_ms"),
)
"""The offsets come last: until then no sink goes on with the copy."""
_META: Final = ("horizon_ms", "resync", "homes")
"""``homes``: without it the embedded store forgets the fingerprints at its next start."""


def copy_store(
    source: Database, target: Database, progress: Callable[[str, int], None] = lambda _name, _rows: None
) -> None:
    """Copy everything, with its offsets. The target is new, or an interrupted copy of the same store.

    Nothing may write to either meanwhile. Raises StoreError for a target that holds something else.
    """
    with source.reading() as reader:
        origin = meta(reader, "id") or ""
    _begin(target, origin)
    _copy_posts(source, target, progress)
    for table in _TABLES:
        _copy_table(source, target, table, progress)
    with source.reading() as reader:
        kept = {name: meta(reader, name) for name in _META}
    with target.writing() as writer:
        for name, value in kept.items():
            set_meta(writer, name, value)
        for name in (_FROM, *(f"copied {table}" for table in ("posts", *(each.name for each in _TABLES)))):
            set_meta(writer, name, None)
    target.number_on()


def _begin(target: Database, origin: str) -> None:
    with target.writing() as writer:
        found = meta(writer, _FROM)
        is_empty = not writer.rows("SELECT 1 FROM posts LIMIT 1") and not writer.rows(
            "SELECT 1 FROM sink_offsets LIMIT 1"
        )
        if found is None and not is_empty:
            raise StoreError(f"{target.name}: holds a store already. Copy to an empty one")
        if found not in (None, origin):
            raise StoreError(f"{target.name}: holds a part of another store's copy. Copy to an empty one")
        set_meta(writer, _FROM, origin)


def _copy_table(source: Database, target: Database, table: _Table, progress: Callable[[str, int], None]) -> None:
    columns = ", ".join(f'"{column}"' for column in table.columns)
    while True:
        last = _last(target, table.name)
        with source.reading() as reader:
            rows = _after(reader, f"SELECT {columns} FROM {table.name}", table.columns[: table.keys], last)
        if not rows:
            return
        with target.writing() as writer:
            writer.upsert(table.name, table.columns, rows, keys=table.keys)
            _note(writer, table.name, rows[-1][: table.keys])
        progress(table.name, len(rows))


def _copy_posts(source: Database, target: Database, progress: Callable[[str, int], None]) -> None:
    columns = ", ".join(f"p.{column}" for column in PostRow._fields)
    query = f"SELECT {columns} FROM posts p"
    while True:
        last = _last(target, "posts")
        with source.reading() as reader:
            posts = [PostRow._make(row) for row in _after(reader, query, ("id",), last)]
            kept = {body[0]: body for body in reader.bodies([post.body for post in posts])}
        if not posts:
            return
        bodies = _with_tokens(posts, kept)
        with target.writing() as writer:
            writer.insert_bodies(sorted(bodies.values()))
            writer.insert("posts", PostRow._fields, posts)
            writer.index([(post.id, bodies[post.body][2]) for post in posts])
            _note(writer, "posts", (posts[-1].id,))
        progress("posts", len(posts))


def _with_tokens(
    posts: Sequence[PostRow], bodies: dict[int, tuple[int, str, str | None, bytes]]
) -> dict[int, tuple[int, str, str, bytes]]:
    """The bodies; PostgreSQL keeps no tokens beside its word index."""
    found = {}
    for post in posts:
        seq, text, tokens, record = bodies[post.body]
        if tokens is None:
            made = post_tokens(text, post.language, post.channel_id, has_links=post.links > 0) if record else []
            tokens = " ".join(made)
        found[seq] = (seq, text, tokens, record)
    return found


def _after(reader: Reader, query: str, keys: Sequence[str], last: Sequence[object] | None) -> list[DbRow]:
    names = ", ".join(keys)
    if last is None:
        return reader.rows(f"{query} ORDER BY {names} LIMIT ?", (_CHUNK,))
    places = ", ".join("?" * len(keys))
    return reader.rows(f"{query} WHERE ({names}) > ({places}) ORDER BY {names} LIMIT ?", (*last, _CHUNK))


def _last(target: Database, table: str) -> list[object] | None:
    with target.reading() as reader:
        found = meta(reader, f"copied {table}")
    return None if found is None else list(orjson.loads(found))


def _note(writer: Transaction, table: str, key: Sequence[object]) -> None:
    set_meta(writer, f"copied {table}", orjson.dumps(list(key)).decode())

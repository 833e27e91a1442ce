"""Stores of millions of posts, made once and kept: a few thousand invented posts through the sink, then copies in SQL.

Each round of copies is later than the one before by whole days, under other message ids, so that stories, quotes and
roll-ups are as the sink would have written them. A tenth of the posts are forwards of channels that nobody watches.
"""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.store import POSTS, VERDICTS, Writing, analyzed, edited
from schemas.times import DAY_MS
from sinks.store.database import Database, Dialect, Reader, Transaction, closing
from sinks.store.opening import open_database
from sinks.store.search.conditions import SLOT_BITS
from sinks.store.sqlite.database import SqliteDatabase
from sinks.store.writing import counts, mentions, post_changes, rollups
from sinks.store.writing.links import LinkRow
from sinks.store.writing.rows import PostRow

FIRST: Final = 20_000
"""Posts that the sink writes; the others are copies of them."""
EDITED: Final = 400
FOLDER: Final = Path(tempfile.gettempdir()) / "tgwire-benchmarks"
_CACHE_KIB: Final = 1 << 20
_OF_BULK: Final = {"hashsize": 64 << 20, "automerge": 0}
"""Of FTS5: a round is written at once, and merged with others when there are sixteen."""
_AS_USUAL: Final = {"hashsize": 1 << 20, "automerge": 4}
"""What they are without being set."""
_MESSAGES: Final = 10_000_000
"""Between the message ids of two rounds."""
_HEAD: Final = len("tg:1000000000:")
"""Channels of the generator have ids of ten digits."""
_TABLES: Final[dict[str, tuple[str, ...]]] = {
    "posts": PostRow._fields,
    "revisions": post_changes.REVISIONS,
    "quotes": mentions.QUOTES,
    "citations": mentions.CITATIONS,
    "counters": counts.COLUMNS,
    "counter_history": counts.COLUMNS,
    "links": LinkRow._fields,
    "clusters": ("id", "root", "size"),
    "verdicts": ("key", "rank_us", "rank_class", "src_epoch", "src_offset"),
    "hourly": rollups.HOURLY,
    "daily": rollups.DAILY,
    "copies_daily": ("day", "channel_id", "copies"),
}
_WORDS: Final[dict[Dialect, dict[str, tuple[str, ...]]]] = {
    Dialect.SQLITE: {"bodies": ("seq", "text", "tokens", "record")},
    Dialect.POSTGRES: {"bodies": ("seq", "text", "record"), "words": ("id", "v")},
}


@dataclass(frozen=True)
class Round:
    """What a round of copies adds to the rows of the first one."""

    number: int
    days: int
    """That a round lasts."""
    bodies: int
    clusters: int

    @property
    def ms(self) -> int:
        """How much later its posts are."""
        return self.number * self.days * DAY_MS

    def value(self, table: str, column: str) -> str:
        """A column of the copy."""
        if column in ("key", "target", "root"):
            message = f"CAST(substr({column}, {_HEAD + 1}) AS bigint) + {self.number * _MESSAGES}"
            return f"substr({column}, 1, {_HEAD}) || ({message})"
        if (table, column) == ("words", "v"):
            period = f"'§t' || (id + {self.ms // 1000 << SLOT_BITS} >> 42)"
            return f"ts_delete(v, '§t' || (id >> 42)) || CAST({period} AS tsvector)"
        is_story = column == "cluster" or (table, column) == ("clusters", "id")
        added = {
            "id": self.number * self.clusters if is_story else self.ms // 1000 << SLOT_BITS,
            "cluster": self.number * self.clusters,
            "seq": self.number * self.bodies,
            "body": self.number * self.bodies,
            "message_id": self.number * _MESSAGES,
            "rank_us": self.ms * 1000,
            "hour": self.number * self.days * 24,
            "day": self.number * self.days,
        }
        is_moment = column.endswith("_ms") and column != "lag_ms"
        return (
            f'"{column}" + {self.ms if is_moment else added.get(column, 0)}'
            if is_moment or column in added
            else (f'"{column}"')
        )


def large_store(posts: int, url: str | None = None) -> str:
    """The address of a store with so many posts, made where it is not there yet; ``url``: of a database for it."""
    if url is not None:
        with closing(open_database(url)) as database, database.reading() as reader:
            is_made = bool(reader.rows("SELECT 1 FROM posts LIMIT 1"))
        if not is_made:
            _make(url, posts)
        return url
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"store-{posts}.db"
    if not path.exists():
        unfinished = path.with_suffix(".making")
        for leftover in FOLDER.glob(f"{unfinished.name}*"):
            leftover.unlink()
        _make(f"sqlite:{unfinished}", posts)
        unfinished.rename(path)
    return f"sqlite:{path}"


def _make(url: str, posts: int) -> None:
    began = time.perf_counter()
    first = min(posts, FIRST)
    values, verdicts = analyzed(first, seed=1)
    writing = Writing(url)
    writing.write(POSTS, values)
    writing.write(VERDICTS, verdicts)
    writing.write(POSTS, edited(values[:: max(1, len(values) // EDITED)]))
    writing.sink.close()
    rounds = -(-posts // first)
    with closing(open_database(url)) as database:
        tables = _TABLES | _WORDS[database.dialect]
        with database.writing() as writer:
            writer.execute("UPDATE posts SET forward_channel_id = 2000000000 + id % 500 WHERE id % 10 = 0")
            for table in tables:
                writer.execute(f"CREATE TEMPORARY TABLE first_{table} AS SELECT * FROM {table}")
            extent = _extent(writer)
            indexes = _without_indexes(writer) if database.dialect is Dialect.POSTGRES else []
        if isinstance(database, SqliteDatabase):
            _hasten(database)
        for number in range(1, rounds):
            with database.writing() as writer:
                _copy(writer, database.dialect, Round(number, *extent))
            _say(f"\r{(number + 1) * first:,} of {rounds * first:,} posts, {time.perf_counter() - began:.0f} s ")
        _finish(database, indexes)
    _say("\n")


def _hasten(database: SqliteDatabase) -> None:
    """Load in bulk: a file that a power cut would damage is made again."""
    execute = database._connection.execute  # noqa: SLF001 - no part of a store that is in use
    for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
        execute(f"PRAGMA {setting}").fetchall()
    _set_words(database, _OF_BULK)


def _without_indexes(writer: Transaction) -> list[str]:
    """Load in bulk: drop all indexes, and log nothing for the case of a crash; the statements that make the indexes."""
    mine = "(SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace)"
    constraints = writer.rows(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        f"WHERE contype IN ('p', 'u') AND conrelid IN {mine}"
    )
    for (table,) in writer.rows(f"SELECT oid::regclass::text FROM pg_class WHERE oid IN {mine}"):
        writer.execute(f"ALTER TABLE {table} SET UNLOGGED")
    for table, name, _ in constraints:
        writer.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    indexes = writer.rows(
        f"SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid IN {mine}"
    )
    for name, _ in indexes:
        writer.execute(f"DROP INDEX {name}")
    return [f"ALTER TABLE {table} ADD CONSTRAINT {name} {made}" for table, name, made in constraints] + [
        made for _, made in indexes
    ]


def _set_words(database: Database, options: Mapping[str, int]) -> None:
    with database.writing() as writer:
        for name, value in options.items():
            writer.execute("INSERT INTO words(words, rank) VALUES(?, ?)", (name, value))


def _extent(reader: Reader) -> tuple[int, int, int]:
    """Days, bodies and stories of the first round."""
    ((earliest, latest),) = reader.rows("SELECT min(posted_ms), max(posted_ms) FROM posts")
    ((bodies,),) = reader.rows("SELECT max(seq) FROM bodies")
    ((clusters,),) = reader.rows("SELECT max(id) FROM clusters")
    return latest // DAY_MS - earliest // DAY_MS + 1, bodies, clusters


def _copy(writer: Transaction, dialect: Dialect, to: Round) -> None:
    for table, columns in (_TABLES | _WORDS[dialect]).items():
        names = ", ".join(f'"{column}"' for column in columns)
        values = ", ".join(to.value(table, column) for column in columns)
        writer.execute(f"INSERT INTO {table}({names}) SELECT {values} FROM first_{table}")
    if dialect is Dialect.SQLITE:
        writer.execute(
            "INSERT INTO words(rowid, tokens) SELECT id, tokens FROM search "
            f"WHERE id >= (SELECT min(id) FROM first_posts) + {to.ms // 1000 << SLOT_BITS} ORDER BY id"
        )


def _finish(database: Database, indexes: Sequence[str]) -> None:
    if database.dialect is Dialect.POSTGRES:
        database.number_on()
        for index in indexes:
            with database.writing() as writer:
                writer.execute("SET LOCAL maintenance_work_mem = '2GB'")
                writer.execute(index)
            _say(f"\r{index[:100]} ...")
        with database.writing() as writer:
            writer.execute("ANALYZE")  # as a server does by itself some time after a load
    else:
        _set_words(database, _AS_USUAL)
    database.compact()


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()

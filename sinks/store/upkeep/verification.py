"""Whether a store's tables agree with each other, and making those again that follow from others."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.query.tokens import TOKENISER_VERSION
from schemas.times import DAY_MS, HOUR_MS
from sinks.store.database import Database, Dialect, Reader
from sinks.store.errors import StoreError, StoreReadOnlyError
from sinks.store.upkeep.stories import cluster_again, connected
from sinks.store.upkeep.transactions import meta, upkeep
from sinks.store.upkeep.word_index import index_again

_COUNTS: Final = """count(*) AS posts, sum(CASE WHEN edits > 0 THEN 1 ELSE 0 END) AS edited,
sum(CASE WHEN deleted_ms IS NOT NULL THEN 1 ELSE 0 END) AS deleted FROM posts WHERE is_dated = 1 GROUP BY 1, 2, 3"""
COUNTED: Final = {
    "hourly": f"SELECT posted_ms / {HOUR_MS} AS hour, language, src_partition AS part, {_COUNTS}",
    "daily": f"SELECT posted_ms / {DAY_MS} AS day, channel_id, language, {_COUNTS}",
    "copies_daily": f"SELECT posted_ms / {DAY_MS} AS day, to_channel AS channel_id, count(*) AS copies FROM links "
    "WHERE target IS NOT NULL AND posted_ms IS NOT NULL GROUP BY 1, 2",
}
"""Each roll-up, counted from scratch."""
_ORPHANS: Final = {
    "posts without a body": "posts p WHERE NOT EXISTS (SELECT 1 FROM bodies b WHERE b.seq = p.body)",
    "bodies without a post": "bodies WHERE seq NOT IN (SELECT body FROM posts)",
    "quotes without a post": "quotes q WHERE NOT EXISTS (SELECT 1 FROM posts p WHERE p.key = q.key)",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree, or that was not checked."""

    table: str
    problem: str
    can_be_repaired: bool = True
    is_checked: bool = True
    """False: the problem is why nobody knows."""


def verify(database: Database, progress: Callable[[str], None] = lambda _: None) -> list[Finding]:
    """Everything that does not agree, and what could not be checked; nothing is changed."""
    findings: list[Finding] = []
    with database.reading() as reader:
        for table, query in COUNTED.items():
            progress(table)
            findings += _of_rollup(reader, table, query)
        progress("clusters")
        findings += _of_clusters(reader)
        progress("rows")
        for problem, rows in _ORPHANS.items():
            ((count,),) = reader.rows(f"SELECT count(*) FROM {rows}")
            if count:
                findings.append(Finding("posts", f"{count} {problem}", can_be_repaired=False))
        if (version := meta(reader, "tokeniser")) != str(TOKENISER_VERSION):
            findings.append(Finding("words", f"made by tokeniser {version}, this tgwire has {TOKENISER_VERSION}"))
    progress("words")
    findings += _of_words(database)
    return findings


def repair(database: Database, findings: Sequence[Finding]) -> None:
    """Make the tables again that were found wrong, from those that they follow from."""
    tables = {finding.table for finding in findings if finding.can_be_repaired}
    with upkeep(database) as writer:
        for table, query in COUNTED.items():
            if table in tables:
                writer.execute(f"DELETE FROM {table}")
                writer.execute(f"INSERT INTO {table} {query}")
        if "clusters" in tables:
            cluster_again(database, writer)
    if "words" in tables:
        index_again(database)


def _of_rollup(reader: Reader, table: str, query: str) -> Iterator[Finding]:
    kept = f"SELECT * FROM {table}"
    ((wrong,),) = reader.rows(f"SELECT count(*) FROM ({kept} EXCEPT SELECT * FROM ({query}) c) d")
    ((missing,),) = reader.rows(f"SELECT count(*) FROM (SELECT * FROM ({query}) c EXCEPT {kept}) d")
    if wrong or missing:
        yield Finding(table, f"{max(wrong, missing)} cells differ from a count of the rows")


def _of_clusters(reader: Reader) -> Iterator[Finding]:
    kept: dict[int, set[str]] = {}
    for key, cluster in reader.rows("SELECT key, cluster FROM links"):
        kept.setdefault(cluster, set()).add(key)
    sizes = {number: (root, size) for number, root, size in reader.rows("SELECT id, root, size FROM clusters")}
    stories = {frozenset(keys) for keys in connected(reader)}
    has_right_sizes = {number: size for number, (_, size) in sizes.items()} == {
        number: len(keys) for number, keys in kept.items()
    }
    has_roots = all(root in kept.get(number, ()) for number, (root, _) in sizes.items())
    if {frozenset(keys) for keys in kept.values()} != stories or not has_right_sizes or not has_roots:
        yield Finding("clusters", "stories differ from what the links say")


def _of_words(database: Database) -> Iterator[Finding]:
    if database.dialect is Dialect.SQLITE:
        try:
            with database.writing() as writer:
                writer.execute("INSERT INTO words(words, rank) VALUES('integrity-check', 1)")
        except StoreReadOnlyError:  # SQLite compares them by a statement that counts as a write
            problem = "not checked: this user may only read the store"
            yield Finding("words", problem, can_be_repaired=False, is_checked=False)
        except StoreError:
            yield Finding("words", "the word index differs from the texts")
        return
    query = "SELECT count(*) FROM posts p FULL JOIN words w USING (id) WHERE p.key IS NULL OR w.v IS NULL"
    with database.reading() as reader:
        ((count,),) = reader.rows(query)
    if count:
        yield Finding("words", f"{count} posts are in the word index alone, or not in it")

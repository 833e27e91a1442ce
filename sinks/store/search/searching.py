"""Queries run over a store."""

from typing import Final

from schemas.query.relevance import MAX_RANKED, ranked
from schemas.query.tokens import tokens
from schemas.query.tree import Node
from sinks.store.database import Dialect, Reader
from sinks.store.reading.posts import StoredPost, posts_by_id
from sinks.store.search import postgres, sqlite
from sinks.store.search.names import ResolvedNames, look_up
from sinks.store.search.selection import HitSelection, IdBounds, Order, Step
from sinks.store.search.word_expressions import StoreExtent

# From one to the next by the index: a store of a million posts has a few dozen.
_LANGUAGES: Final = """
WITH RECURSIVE found(language) AS (
  SELECT min(language) FROM posts
  UNION ALL
  SELECT (SELECT min(p.language) FROM posts p WHERE p.language > found.language) FROM found
  WHERE found.language IS NOT NULL
)
SELECT language FROM found WHERE language IS NOT NULL
"""


def find(reader: Reader, dialect: Dialect, tree: Node, selection: HitSelection, now_ms: int) -> list[StoredPost]:
    """A page of posts that match, in the order of their time."""
    return posts_by_id(reader, find_ids(reader, dialect, tree, look_up(reader, tree), selection, now_ms))


def find_ids(
    reader: Reader, dialect: Dialect, tree: Node, names: ResolvedNames, selection: HitSelection, now_ms: int
) -> list[int]:
    """Ids of a page of posts that match."""
    found: list[int] = []
    for step in steps_to_hits(reader, dialect, tree, names, selection, now_ms):
        if len(found) < step.least:
            continue
        rows = reader.rows(*step.statement)
        is_whole = bool(rows) and rows[-1] == (None,)
        found = [number for (number,) in (rows[:-1] if is_whole else rows)]
        if is_whole or len(found) == selection.limit:
            break
    return found


def steps_to_hits(
    reader: Reader, dialect: Dialect, tree: Node, names: ResolvedNames, selection: HitSelection, now_ms: int
) -> list[Step]:
    """Steps to the ids of a page of hits: the first that gives a full page, or ends with NULL since there are no
    others, is right, else the last.
    """
    (ids,) = reader.rows("SELECT (SELECT min(id) FROM posts), (SELECT max(id) FROM posts)")
    extent = StoreExtent(IdBounds(*ids), [language for (language,) in reader.rows(_LANGUAGES)])
    select_ids = postgres.select_ids if dialect is Dialect.POSTGRES else sqlite.select_ids
    return select_ids(tree, names, now_ms, selection, extent)


def find_relevant(reader: Reader, dialect: Dialect, tree: Node, limit: int, now_ms: int) -> list[StoredPost]:
    """Of the newest hits, those that are most about the query, the best first."""
    newest = find(reader, dialect, tree, HitSelection(MAX_RANKED, Order.NEWEST), now_ms)
    order = ranked(tree, [tokens(post.text) for post in newest])
    return [newest[number] for number in order[:limit]]

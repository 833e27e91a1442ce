"""Whether the databases find what the oracle finds."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.query.matching import matches
from schemas.query.tree import Node
from sinks.store.database import Database
from sinks.store.search.names import look_up
from sinks.store.search.searching import steps_to_hits
from sinks.store.search.selection import HitSelection, Order
from tests.support.search.corpus import NOW_MS, Corpus


class Disagreement(NamedTuple):
    """A query whose hits differ."""

    query: str
    expected: list[int]
    found: list[list[int]]


def expected_ids(corpus: Corpus, tree: Node, selection: HitSelection) -> list[int]:
    """Ids of the hits by the plain oracle."""
    ids = [number for number, post in corpus.oracle.items() if matches(tree, post, NOW_MS)]
    return sorted(ids, reverse=selection.order is Order.NEWEST)[: selection.limit]


def found_ids(database: Database, tree: Node, selection: HitSelection) -> list[list[int]]:
    """Ids of the hits by each step that is right as it says: a full page, NULL at the end, or the last one."""
    found = []
    with database.reading() as reader:
        asked = steps_to_hits(reader, database.dialect, tree, look_up(reader, tree), selection, NOW_MS)
        for number, step in enumerate(asked, start=1):
            rows = reader.rows(*step.statement)
            ids = [number for (number,) in rows if number is not None]
            if len(ids) < len(rows) or len(ids) == selection.limit or number == len(asked):
                found.append(ids)
    return found


def disagreements(
    corpus: Corpus, databases: Sequence[Database], trees: Sequence[Node], selection: HitSelection
) -> Iterator[Disagreement]:
    """Queries of which one database finds other posts, or in another order."""
    for tree in trees:
        expected = expected_ids(corpus, tree, selection)
        for database in databases:
            found = found_ids(database, tree, selection)
            if any(ids != expected for ids in found):
                yield Disagreement(str(tree), expected, found)

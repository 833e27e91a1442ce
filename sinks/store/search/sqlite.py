"""Queries for SQLite: FTS5 over the tokens, newest first in the order of its rowids."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from schemas.query.tree import Node
from sinks.store.search.conditions import Compiler, has_words
from sinks.store.search.fragment import Fragment, joined
from sinks.store.search.names import ResolvedNames
from sinks.store.search.selection import HitSelection, Order, Step
from sinks.store.search.word_expressions import StoreExtent, expressions_of

NEAREST = 5_000
"""Posts that the first step looks at, where a word is excluded alone: the list of a common one has all of a store."""


class _Fts5Notation:
    """``"a b" AND ("c" OR "d" *) NOT "e"``."""

    def phrase(self, tokens: Sequence[str], *, is_prefix: bool = False) -> str:
        return f'"{" ".join(tokens)}"' + (" *" if is_prefix else "")

    def any_of(self, expressions: Sequence[str]) -> str:
        return f"({' OR '.join(expressions)})" if expressions else '"§"'  # a token that no post has

    def all_of(self, expressions: Sequence[str], excluded: Sequence[str]) -> str:
        expression = " AND ".join(expressions)
        for each in excluded:
            expression = f"({expression}) NOT {each}"
        return f"({expression})"


_NOTATION = _Fts5Notation()


@dataclass(frozen=True, slots=True)
class Fts5:
    """The word index of SQLite. What all posts in question meet keeps its lists short."""

    languages: Sequence[str]
    """That the store has."""
    periods: str | None = None
    """An expression for the periods."""
    near: Fragment | None = None
    """A condition on ``w.rowid``."""

    def expressions(self, node: Node, names: ResolvedNames) -> list[str] | None:
        """A tree as expressions, of which a hit meets one; None where FTS5 has none for it."""
        return expressions_of(node, names, self.languages, _NOTATION)

    def matching(self, expressions: Sequence[str]) -> Fragment:
        """Whether the entry ``w`` of the index is among those that one of the expressions finds."""
        found = _NOTATION.any_of(expressions)
        return Fragment("w.words MATCH ?", (found if self.periods is None else f"{self.periods} AND {found}",))

    def condition(self, expressions: Sequence[str]) -> Fragment:
        """Whether the post is among those that one of the expressions finds."""
        found = joined([self.matching(expressions), *([] if self.near is None else [self.near])], "AND")
        return Fragment(f"p.id IN (SELECT w.rowid FROM words w WHERE {found.sql})", found.parameters)


def select_ids(
    tree: Node, names: ResolvedNames, now_ms: int, selection: HitSelection, extent: StoreExtent
) -> list[Step]:
    """Steps to the ids of a page of hits: the first that gives a full page is right, else the last."""
    compiler = Compiler(Fts5(extent.languages), names, now_ms)
    periods = extent.periods(compiler.page_bounds(tree, selection))
    index = Fts5(extent.languages, None if periods is None else _NOTATION.any_of([f'"{each}"' for each in periods]))
    compiler = replace(compiler, index=index)
    expressions, others = compiler.split(tree)
    if expressions is None:
        return _without_words(compiler, index, tree, others, selection)
    found = joined(
        [
            index.matching(expressions),
            compiler.page_range("w.rowid", tree, selection),
            *map(compiler.condition, others),
        ],
        "AND",
    )
    # CROSS keeps the word index the outer loop: it gives its rows in the order that is wanted.
    source = "words w CROSS JOIN posts p ON p.id = w.rowid"
    return [_select("w.rowid", source, found, selection)]


def _without_words(
    compiler: Compiler, index: Fts5, tree: Node, nodes: Sequence[Node], selection: HitSelection
) -> list[Step]:
    """Where no word finds the hits: what words exclude is listed for the nearest posts first, then for all."""
    bounds = compiler.page_range("p.id", tree, selection)
    every = joined([bounds, *map(compiler.condition, nodes)], "AND")
    steps = [_select("p.id", "posts p", every, selection)]
    if has_words(tree):
        is_newest = selection.order is Order.NEWEST
        last, operator = ("MIN", ">=") if is_newest else ("MAX", "<=")
        nearest = f"SELECT p.id FROM posts p WHERE {bounds.sql} ORDER BY p.id {selection.order.sql} LIMIT {NEAREST}"
        limit = Fragment(f"{operator} (SELECT {last}(n.id) FROM ({nearest}) n)", bounds.parameters)
        near = replace(compiler, index=replace(index, near=Fragment(f"w.rowid {limit.sql}", limit.parameters)))
        within = Fragment(f"p.id {limit.sql}", limit.parameters)
        found = joined([bounds, within, *map(near.condition, nodes)], "AND")
        first = _select("p.id", "posts p", found, selection)
        if selection.chooses_among(NEAREST):  # the first has looked at all of them
            return [first]
        steps.insert(0, first)
    return steps


def _select(column: str, source: str, found: Fragment, selection: HitSelection) -> Step:
    sql = f"SELECT p.id FROM {source} WHERE {found.sql} ORDER BY {column} {selection.order.sql} LIMIT ?"
    return Step(Fragment(sql, (*found.parameters, selection.limit)))

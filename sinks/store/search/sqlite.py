"""Queries for SQLite: FTS5 over the tokens, newest first in the order of its rowids."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from schemas.query.tokens import LINKS_TOKEN, channel_token, language_token
from schemas.query.tree import And, Has, InChannel, InLanguage, Node, Not, Or, PostPart, Words
from sinks.store.search.conditions import Compiler, has_words
from sinks.store.search.fragment import Fragment, joined
from sinks.store.search.names import ResolvedNames
from sinks.store.search.selection import HitSelection, IdBounds, Order
from sinks.store.sqlite.index_tokens import language_letter, period_of, period_token

NEAREST = 5_000
"""Posts that the first step looks at, where a word is excluded alone: the list of a common one has all of a store."""
MOST_PERIODS = 32
"""That are named in a query: a year."""
MOST_OF_STORE = 0.3
"""The part of all its periods that they may be: beyond, comparing whole lists is as fast."""
_NOTHING = '"§"'
"""A token that no post has."""
_NO_LETTER = "§§"
"""Where no language is left: no token of a post begins so."""


@dataclass(frozen=True, slots=True)
class StoreExtent:
    """What a store has, as far as searches are made by it."""

    ids: IdBounds
    """The first and the last one."""
    languages: Sequence[str]


@dataclass(frozen=True, slots=True)
class Fts5:
    """The word index of SQLite. It has no NOT of its own: only from what is found can something be removed.

    What all posts in question meet keeps its lists short.
    """

    letters: Sequence[str]
    """Of the languages that the store has."""
    periods: str | None = None
    """An expression."""
    near: Fragment | None = None
    """A condition on ``w.rowid``."""

    def expression(self, node: Node, names: ResolvedNames) -> str | None:
        """A tree as an FTS5 expression, for one language after the other; None where it has none for it."""
        letters = sorted(_letters_of(node, self.letters)) or [_NO_LETTER]
        return _any_of([_expression(node, names, letter) for letter in letters])

    def matching(self, expression: str) -> Fragment:
        """Whether the entry ``w`` of the index is among those that an expression finds."""
        within = expression if self.periods is None else f"{self.periods} AND {expression}"
        return Fragment("w.words MATCH ?", (within,))

    def condition(self, expression: str) -> Fragment:
        """Whether the post is among those that an expression finds."""
        found = joined([self.matching(expression), *([] if self.near is None else [self.near])], "AND")
        return Fragment(f"p.id IN (SELECT w.rowid FROM words w WHERE {found.sql})", found.parameters)


def _letters_of(node: Node, letters: Sequence[str]) -> set[str]:
    """Of the languages that a hit can have."""
    found = set(letters)
    for each in node.nodes if isinstance(node, And) else (node,):
        if isinstance(each, InLanguage):
            found &= set(map(language_letter, each.codes))
    return found


def _expression(node: Node, names: ResolvedNames, letter: str) -> str | None:
    """A tree for the posts whose tokens begin with a letter."""
    match node:
        case Words(tokens=tokens, is_prefix=is_prefix):
            return _phrase(letter, tokens) + (" *" if is_prefix else "")
        case InLanguage(codes=codes):
            return _any([_phrase(letter, [language_token(code)]) for code in codes])
        case Has(parts=(PostPart.LINKS,)):
            return _phrase(letter, [LINKS_TOKEN])
        case InChannel():
            return _any([_phrase(letter, [channel_token(number)]) for number in names.channel_ids(node)])
        case Or(nodes=nodes):
            return _any_of([_expression(each, names, letter) for each in nodes])
        case And(nodes=nodes):
            return _all(nodes, names, letter)
    return None


def _all(nodes: Sequence[Node], names: ResolvedNames, letter: str) -> str | None:
    found = [_expression(node, names, letter) for node in nodes if not isinstance(node, Not)]
    excluded = [_expression(node.node, names, letter) for node in nodes if isinstance(node, Not)]
    if not found or None in found or None in excluded:
        return None
    expression = " AND ".join(each for each in found if each is not None)
    for each in excluded:
        expression = f"({expression}) NOT {each}"
    return f"({expression})"


def _phrase(letter: str, tokens: Sequence[str]) -> str:
    return f'"{" ".join(letter + token for token in tokens)}"'


def _any_of(expressions: Sequence[str | None]) -> str | None:
    return None if None in expressions else _any([each for each in expressions if each is not None])


def _any(expressions: Sequence[str]) -> str:
    return f"({' OR '.join(expressions)})" if expressions else _NOTHING


def select_ids(
    tree: Node, names: ResolvedNames, now_ms: int, selection: HitSelection, extent: StoreExtent
) -> list[Fragment]:
    """Statements for the ids of a page of hits: the first that gives a full page is right, else the last."""
    plain = Fts5(sorted(set(map(language_letter, extent.languages))))
    compiler = Compiler(plain, names, now_ms)
    index = replace(plain, periods=_periods(compiler.page_bounds(tree, selection), extent.ids))
    compiler = replace(compiler, index=index)
    expression, others = compiler.split(tree)
    if expression is None:
        return _without_words(compiler, index, tree, others, selection)
    found = joined(
        [index.matching(expression), compiler.page_range("w.rowid", tree, selection), *map(compiler.condition, others)],
        "AND",
    )
    # CROSS keeps the word index the outer loop: it gives its rows in the order that is wanted.
    source = "words w CROSS JOIN posts p ON p.id = w.rowid"
    return [_select("w.rowid", source, found, selection)]


def _periods(ids: IdBounds, kept: IdBounds) -> str | None:
    """What all posts of the store with these ids meet; None where they are most of it, for each list costs a bit."""
    within = ids.within(kept)
    if within.first is None or within.last is None or kept.first is None or kept.last is None:
        return None
    whole = period_of(kept.last) - period_of(kept.first) + 1
    periods = range(period_of(within.first), period_of(within.last) + 1)
    if len(periods) > min(MOST_PERIODS, whole * MOST_OF_STORE):
        return None
    return _any([f'"{period_token(each)}"' for each in periods])


def _without_words(
    compiler: Compiler, index: Fts5, tree: Node, nodes: Sequence[Node], selection: HitSelection
) -> list[Fragment]:
    """Where no word finds the hits: what words exclude is listed for the nearest posts first, then for all."""
    bounds = compiler.page_range("p.id", tree, selection)
    every = joined([bounds, *map(compiler.condition, nodes)], "AND")
    statements = [_select("p.id", "posts p", every, selection)]
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
        statements.insert(0, first)
    return statements


def _select(column: str, source: str, found: Fragment, selection: HitSelection) -> Fragment:
    sql = f"SELECT p.id FROM {source} WHERE {found.sql} ORDER BY {column} {selection.order.sql} LIMIT ?"
    return Fragment(sql, (*found.parameters, selection.limit))

"""Queries for SQLite: FTS5 over the tokens, newest first in the order of its rowids."""

from collections.abc import Sequence

from schemas.query.tokens import LINKS_TOKEN, channel_token, language_token
from schemas.query.tree import And, Channel, Has, Language, Node, Not, Or, Part, Words
from sinks.store.search.conditions import Compiler, id_range
from sinks.store.search.fragment import Fragment, joined
from sinks.store.search.names import Names
from sinks.store.search.selection import Selection

_NOTHING = '"§"'
"""A token that no text has."""


class Fts5:
    """The word index of SQLite. It has no NOT of its own: only what is found can be taken out of."""

    def expression(self, node: Node, names: Names) -> str | None:
        """A tree as an FTS5 expression; None where it has none for it."""
        match node:
            case Words(tokens=tokens, is_prefix=is_prefix):
                return f'"{" ".join(tokens)}"' + (" *" if is_prefix else "")
            case Language(codes=codes):
                return _any([f'"{language_token(code)}"' for code in codes])
            case Has(parts=(Part.LINKS,)):
                return f'"{LINKS_TOKEN}"'
            case Channel():
                return _any([f'"{channel_token(number)}"' for number in names.channel_ids(node)])
            case Or(nodes=nodes):
                found = [self.expression(each, names) for each in nodes]
                return None if None in found else _any([each for each in found if each is not None])
            case And(nodes=nodes):
                return self._all(nodes, names)
        return None

    def _all(self, nodes: Sequence[Node], names: Names) -> str | None:
        found = [self.expression(node, names) for node in nodes if not isinstance(node, Not)]
        excluded = [self.expression(node.node, names) for node in nodes if isinstance(node, Not)]
        if not found or None in found or None in excluded:
            return None
        expression = " AND ".join(each for each in found if each is not None)
        for each in excluded:
            expression = f"({expression}) NOT {each}"
        return f"({expression})"

    def condition(self, expression: str) -> Fragment:
        """Whether the post is among those that an expression finds."""
        return Fragment("p.id IN (SELECT w.rowid FROM words w WHERE w.words MATCH ?)", (expression,))

    def exclusion(self, expression: str) -> Fragment:
        """Whether it is not among them: looked up post by post, for the list of a common word would be long."""
        sql = "NOT EXISTS (SELECT 1 FROM words w WHERE w.words MATCH ? AND w.rowid = p.id)"
        return Fragment(sql, (expression,))


def _any(expressions: Sequence[str]) -> str:
    return f"({' OR '.join(expressions)})" if expressions else _NOTHING


def select_ids(tree: Node, names: Names, now_ms: int, selection: Selection) -> Fragment:
    """One statement for the ids of a page of hits."""
    compiler = Compiler(Fts5(), names, now_ms)
    expression, others = compiler.split(tree)
    column, source = "p.id", "posts p"
    if expression is not None:
        # CROSS keeps the word index the outer loop: it gives its rows in the order that is wanted.
        column, source = "w.rowid", "words w CROSS JOIN posts p ON p.id = w.rowid"
    matching = [] if expression is None else [Fragment("w.words MATCH ?", (expression,))]
    bounds = id_range(column, compiler.earliest_ms(tree), compiler.latest_ms(tree))
    conditions = [selection.condition(column), bounds, *map(compiler.condition, others)]
    found = joined([*matching, *conditions], "AND")
    sql = f"SELECT p.id FROM {source} WHERE {found.sql} ORDER BY {column} {selection.order.sql} LIMIT ?"
    return Fragment(sql, (*found.parameters, selection.limit))

"""Queries for PostgreSQL: tsquery over the tokens, which is no order, hence two steps."""

from collections.abc import Sequence

from schemas.query.tokens import LINKS_TOKEN, channel_token, language_token
from schemas.query.tree import And, Has, InChannel, InLanguage, Node, Not, Or, PostPart, Words
from sinks.store.search.conditions import Compiler
from sinks.store.search.fragment import Fragment, joined
from sinks.store.search.names import ResolvedNames
from sinks.store.search.selection import HitSelection

_NOTHING = "'§'"
NEWEST = 20_000
"""Posts that the first step looks at one by one: it ends early for what is common, at a known cost for what is rare."""


class TextSearch:
    """The word index of PostgreSQL."""

    def expression(self, node: Node, names: ResolvedNames) -> str | None:
        """A tree as a tsquery; None where it has none for it."""
        match node:
            case Words(tokens=(*whole, last), is_prefix=is_prefix):
                parts = [*(f"'{token}'" for token in whole), f"'{last}'" + (":*" if is_prefix else "")]
                return f"({' <-> '.join(parts)})" if whole else parts[0]
            case InLanguage(codes=codes):
                return _joined([f"'{language_token(code)}'" for code in codes], "|")
            case Has(parts=(PostPart.LINKS,)):
                return f"'{LINKS_TOKEN}'"
            case InChannel():
                return _joined([f"'{channel_token(number)}'" for number in names.channel_ids(node)], "|")
            case Or(nodes=nodes):
                return self._all(nodes, "|", names)
            case And(nodes=nodes):
                return self._all(nodes, "&", names)
            case Not(node=inner):
                found = self.expression(inner, names)
                return None if found is None else f"!{found}"
        return None

    def _all(self, nodes: Sequence[Node], operator: str, names: ResolvedNames) -> str | None:
        found = [self.expression(node, names) for node in nodes]
        return None if None in found else _joined([each for each in found if each is not None], operator)

    def condition(self, expression: str) -> Fragment:
        """Whether the post is among those that an expression finds."""
        sql = "EXISTS (SELECT 1 FROM words w WHERE w.id = p.id AND w.v @@ CAST(? AS tsquery))"
        return Fragment(sql, (expression,))


def _joined(expressions: Sequence[str], operator: str) -> str:
    return f"({f' {operator} '.join(expressions)})" if expressions else _NOTHING


def select_ids(tree: Node, names: ResolvedNames, now_ms: int, selection: HitSelection) -> list[Fragment]:
    """Statements for the ids of a page of hits: the first that gives a full page is right, else the last."""
    compiler = Compiler(TextSearch(), names, now_ms)
    expression, others = compiler.split(tree)
    conditions = [compiler.condition(each) for each in others]
    within = compiler.page_range("p.id", tree, selection)
    order = selection.order.sql
    if expression is None:
        found = joined([within, *conditions], "AND")
        sql = f"SELECT p.id FROM posts p WHERE {found.sql} ORDER BY p.id {order} LIMIT ?"
        return [Fragment(sql, (*found.parameters, selection.limit))]
    matching = Fragment("w.v @@ CAST(? AS tsquery)", (expression,))
    # Over the key of words, which is in the order that is wanted; posts are joined to what matches alone.
    newest = compiler.page_range("w.id", tree, selection)
    near = joined([matching, *conditions], "AND")
    first = Fragment(
        f"SELECT p.id FROM (SELECT w.id, w.v FROM words w WHERE {newest.sql} ORDER BY w.id {order} LIMIT {NEWEST}) w"
        f" JOIN posts p ON p.id = w.id WHERE {near.sql} ORDER BY w.id {order} LIMIT ?",
        (*newest.parameters, *near.parameters, selection.limit),
    )
    if selection.chooses_among(NEWEST):  # the first has looked at all of them
        return [first]
    far = joined([within, *conditions], "AND")
    second = Fragment(
        f"WITH found AS MATERIALIZED (SELECT w.id FROM words w WHERE {matching.sql})"
        f" SELECT p.id FROM found JOIN posts p ON p.id = found.id WHERE {far.sql} ORDER BY p.id {order} LIMIT ?",
        (*matching.parameters, *far.parameters, selection.limit),
    )
    return [first, second]

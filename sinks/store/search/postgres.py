"""Queries for PostgreSQL: tsquery over the tokens, which is no order, hence several steps."""

from collections.abc import Sequence

from schemas.query.tokens import LINKS_TOKEN, channel_token, language_token
from schemas.query.tree import And, Has, InChannel, InLanguage, Node, Not, Or, PostPart, Words
from sinks.store.search.conditions import Compiler
from sinks.store.search.fragment import Fragment, joined
from sinks.store.search.names import ResolvedNames
from sinks.store.search.selection import HitSelection

_NOTHING = "'§'"
NEAREST = 2_000
"""Posts that the first step looks at one by one: enough for what is common, and little where nothing is found."""
FEW = 1_000
"""So many hits of its index the second step sorts: what is rare has no others, and anything else it leaves."""
NEARER = 20_000
"""Posts that the third step looks at one by one: it ends early for all but what is rare."""


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
    """Statements for the ids of a page of hits: the first that gives a full page, or ends with NULL since there are no
    others, is right, else the last.
    """
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
    near = joined([matching, *conditions], "AND")
    # Over the key of words, which is in the order that is wanted; posts are joined to what matches alone.
    newest = compiler.page_range("w.id", tree, selection)

    def nearest(posts: int) -> Fragment:
        sql = (
            f"SELECT p.id FROM (SELECT w.id, w.v FROM words w WHERE {newest.sql} ORDER BY w.id {order} LIMIT {posts}) w"
            f" JOIN posts p ON p.id = w.id WHERE {near.sql} ORDER BY w.id {order} LIMIT ?"
        )
        return Fragment(sql, (*newest.parameters, *near.parameters, selection.limit))

    if selection.chooses_among(NEARER):  # all of them are looked at
        return [nearest(NEARER)]
    far = joined([within, *conditions], "AND")
    # OFFSET keeps the planner from reading all posts in their order, for how many are found it cannot know.
    posts = f"CROSS JOIN LATERAL (SELECT * FROM posts p WHERE p.id = found.id OFFSET 0) p WHERE {far.sql}"
    indexed = f"found AS MATERIALIZED (SELECT w.id FROM words w WHERE {matching.sql})"
    few = Fragment(
        f"WITH {indexed.replace('found', 'hits')}, found AS MATERIALIZED (SELECT id FROM hits LIMIT {FEW + 1})"
        f" (SELECT p.id FROM found {posts} AND (SELECT count(*) FROM found) <= {FEW} ORDER BY found.id {order} LIMIT ?)"
        f" UNION ALL SELECT NULL WHERE (SELECT count(*) FROM found) <= {FEW}",
        (*matching.parameters, *far.parameters, selection.limit),
    )
    every = Fragment(
        f"WITH {indexed} SELECT p.id FROM found {posts} ORDER BY found.id {order} LIMIT ?",
        (*matching.parameters, *far.parameters, selection.limit),
    )
    return [nearest(NEAREST), few, nearest(NEARER), every]

"""Queries for PostgreSQL: tsquery over the tokens, which is no order, hence several steps."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.query.tree import Node
from sinks.store.search.conditions import Compiler
from sinks.store.search.fragment import Fragment, joined
from sinks.store.search.names import ResolvedNames
from sinks.store.search.selection import HitSelection, Step
from sinks.store.search.word_expressions import StoreExtent, expressions_of

NEAREST = 2_000
"""Posts that the first step looks at one by one: enough for what is common, and little where nothing is found."""
NEARER = 20_000
"""Posts that the second step looks at so, where as many of them have the words as of the first: then it ends early."""
FEW = 1_000
"""So many hits of its index the third step sorts: what is rare has no others, and the rest it leaves to the last."""


class _TsqueryNotation:
    """``('a' <-> 'b') & ('c' | 'd':*) & !'e'``."""

    def phrase(self, tokens: Sequence[str], *, is_prefix: bool = False) -> str:
        parts = [f"'{token}'" for token in tokens]
        parts[-1] += ":*" if is_prefix else ""
        return f"({' <-> '.join(parts)})" if len(parts) > 1 else parts[0]

    def any_of(self, expressions: Sequence[str]) -> str:
        return f"({' | '.join(expressions)})" if expressions else "'§'"  # a token that no post has

    def all_of(self, expressions: Sequence[str], excluded: Sequence[str]) -> str:
        return f"({' & '.join([*expressions, *(f'!{each}' for each in excluded)])})"


_NOTATION = _TsqueryNotation()


@dataclass(frozen=True, slots=True)
class TextSearch:
    """The word index of PostgreSQL."""

    languages: Sequence[str]
    """That the store has."""

    def expressions(self, node: Node, names: ResolvedNames) -> list[str] | None:
        """A tree as tsqueries, of which a hit meets one; None where there are none for it."""
        return expressions_of(node, names, self.languages, _NOTATION)

    def matching(self, expressions: Sequence[str]) -> Fragment:
        """Whether the entry ``w`` of the index is among those that one of the expressions finds.

        Joined by OR, since ANY would unpack the entry for each of them.
        """
        return Fragment("w.v @@ CAST(? AS tsquery)", (_NOTATION.any_of(expressions),))

    def condition(self, expressions: Sequence[str]) -> Fragment:
        """Whether the post is among those that one of the expressions finds."""
        found = self.matching(expressions)
        return Fragment(f"EXISTS (SELECT 1 FROM words w WHERE w.id = p.id AND {found.sql})", found.parameters)


def _listed(expressions: Sequence[str], periods: Sequence[str] | None) -> Fragment:
    """Ids by the lists of the index, of one expression after the other.

    Of all at once PostgreSQL expects so many posts that it would rather read the whole table. OFFSET keeps it from it.
    """
    matching, parameters = "w.v @@ e.expression", ["{" + ",".join(f'"{each}"' for each in expressions) + "}"]
    if periods is not None:
        matching += " AND w.v @@ CAST(? AS tsquery)"
        parameters.append(_NOTATION.any_of([_NOTATION.phrase([period]) for period in periods]))
    sql = (
        "SELECT w.id FROM unnest(CAST(? AS tsquery[])) e(expression)"
        f" CROSS JOIN LATERAL (SELECT w.id FROM words w WHERE {matching} OFFSET 0) w"
    )
    return Fragment(sql, tuple(parameters))


def select_ids(
    tree: Node, names: ResolvedNames, now_ms: int, selection: HitSelection, extent: StoreExtent
) -> list[Step]:
    """Steps to the ids of a page of hits: the first that gives a full page, or ends with NULL since there are no
    others, is right, else the last.
    """
    index = TextSearch(extent.languages)
    compiler = Compiler(index, names, now_ms)
    expressions, others = compiler.split(tree)
    conditions = [compiler.condition(each) for each in others]
    within = compiler.page_range("p.id", tree, selection)
    order = selection.order.sql
    if expressions is None:
        found = joined([within, *conditions], "AND")
        sql = f"SELECT p.id FROM posts p WHERE {found.sql} ORDER BY p.id {order} LIMIT ?"
        return [Step(Fragment(sql, (*found.parameters, selection.limit)))]
    near = joined([index.matching(expressions), *conditions], "AND")
    # Over the key of words, which is in the order that is wanted; posts are joined to what matches alone.
    newest = compiler.page_range("w.id", tree, selection)

    def nearest(posts: int) -> Fragment:
        sql = (
            f"SELECT p.id FROM (SELECT w.id, w.v FROM words w WHERE {newest.sql} ORDER BY w.id {order} LIMIT {posts}) w"
            f" JOIN posts p ON p.id = w.id WHERE {near.sql} ORDER BY w.id {order} LIMIT ?"
        )
        return Fragment(sql, (*newest.parameters, *near.parameters, selection.limit))

    if selection.chooses_among(NEARER):  # all of them are looked at
        return [Step(nearest(NEARER))]
    far = joined([within, *conditions], "AND")
    bounds = compiler.page_bounds(tree, selection)
    # Sorted before posts are looked up, for a page alone. OFFSET keeps the planner from reading all posts in their
    # order, for how many are found it cannot know.
    page = (
        f"SELECT p.id FROM (SELECT id FROM found ORDER BY id {order} OFFSET 0) found"
        f" CROSS JOIN LATERAL (SELECT * FROM posts p WHERE p.id = found.id OFFSET 0) p WHERE {far.sql}"
    )
    last = f"ORDER BY found.id {order} LIMIT ?"

    def every(periods: Sequence[str] | None) -> Fragment:
        listed = _listed(expressions, periods)
        sql = f"WITH found AS MATERIALIZED ({listed.sql}) {page} {last}"
        return Fragment(sql, (*listed.parameters, *far.parameters, selection.limit))

    listed = _listed(expressions, extent.periods(bounds))
    few = Fragment(
        f"WITH hits AS MATERIALIZED ({listed.sql}), found AS MATERIALIZED (SELECT id FROM hits LIMIT {FEW + 1})"
        f" ({page} AND (SELECT count(*) FROM found) <= {FEW} {last})"
        f" UNION ALL SELECT NULL WHERE (SELECT count(*) FROM found) <= {FEW}",
        (*listed.parameters, *far.parameters, selection.limit),
    )
    # Of what is not rare a page is in the nearest periods, whose hits are few however large the store is.
    wholes = [*extent.nearest_periods(bounds, selection.order), extent.periods(bounds)]
    enough = max(1, selection.limit * NEAREST // NEARER)
    return [Step(nearest(NEAREST)), Step(nearest(NEARER), enough), Step(few), *(Step(every(each)) for each in wholes)]

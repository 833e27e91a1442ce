"""What a query asks of a post, as conditions on the row ``p`` of ``posts``: the same SQL for both databases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from schemas.query.tree import (
    After,
    Age,
    And,
    Before,
    CitationKinds,
    Comparison,
    FromOutlet,
    Has,
    InChannel,
    InLanguage,
    Is,
    Measure,
    Node,
    Not,
    Or,
    PostPart,
    PostProperty,
    QuoteKinds,
    Silent,
    Story,
    Words,
    leaves,
)
from sinks.store.search.fragment import Fragment, among, joined
from sinks.store.search.names import ResolvedNames
from sinks.store.search.selection import HitSelection, IdBounds

_COPY: Final = "EXISTS (SELECT 1 FROM links l WHERE l.key = p.key AND l.target IS NOT NULL)"
_EARLIEST: Final = (
    "SELECT m.key FROM links m JOIN posts q ON q.key = m.key"
    " WHERE m.cluster = l.cluster AND q.deleted_ms IS NULL AND m.posted_ms IS {} ORDER BY {} LIMIT 1"
)
# The two databases disagree on where NULL is in an order, hence two questions.
_FIRST: Final = (
    f"(NOT {_COPY} OR EXISTS (SELECT 1 FROM links l WHERE l.key = p.key AND p.key = COALESCE("
    f"({_EARLIEST.format('NOT NULL', 'm.posted_ms, m.key')}), ({_EARLIEST.format('NULL', 'm.key')}))))"
)
_STATES: Final = {
    PostProperty.FIRST: _FIRST,
    PostProperty.COPY: _COPY,
    PostProperty.EDITED: "(p.edits > 0 OR p.edited_ms IS NOT NULL)",
    PostProperty.DELETED: "p.deleted_ms IS NOT NULL",
    PostProperty.FORWARD: "p.forward_channel_id IS NOT NULL",
}
_PARTS: Final = {
    PostPart.MEDIA: "p.media > 0",
    PostPart.QUOTES: "p.quotes > 0",
    PostPart.CITATIONS: "p.citations > 0",
    PostPart.LINKS: "p.links > 0",
}
_MEASURES: Final = {
    Measure.CHANNELS: "COUNT(DISTINCT m.channel_id)",
    Measure.LANGUAGES: "COUNT(DISTINCT m.language)",
    Measure.SIZE: "COUNT(*)",
}
_OPPOSITE: Final = {
    Comparison.LESS: ">=",
    Comparison.AT_MOST: ">",
    Comparison.EQUAL: "<>",
    Comparison.AT_LEAST: "<",
    Comparison.MORE: "<=",
}
_YOUNGER: Final = {
    Comparison.LESS: ">",
    Comparison.AT_MOST: ">=",
    Comparison.EQUAL: "=",
    Comparison.AT_LEAST: "<=",
    Comparison.MORE: "<",
}
"""How the moment of a post compares with the moment that long ago, when its age so compares with the length."""
_LINKS: Final = Has((PostPart.LINKS,))
SLOT_BITS: Final = 22
"""An id is the second of its post, and so many bits behind."""


class WordIndex(Protocol):
    """How a database asks its word index."""

    def expressions(self, node: Node, names: ResolvedNames) -> list[str] | None:
        """A tree as expressions of the index, of which a hit meets one; None where it has none for it."""
        ...

    def condition(self, expressions: Sequence[str]) -> Fragment:
        """Whether the post is among those that one of the expressions finds."""
        ...


class UnsearchableError(ValueError):
    """A condition that is no property of a post."""

    def __init__(self, node: Node) -> None:
        self.node = node
        super().__init__("silent: is a condition of alerts: no post has it")


@dataclass(frozen=True, slots=True)
class Compiler:
    """Makes conditions of trees; ``now_ms`` is the moment that ages count from."""

    index: WordIndex
    names: ResolvedNames
    now_ms: int

    def split(self, tree: Node) -> tuple[list[str] | None, list[Node]]:
        """Split a query into what the word index is asked for, and the conditions that each hit has to meet besides."""
        return self._split(tree.nodes if isinstance(tree, And) else (tree,))

    def condition(self, node: Node) -> Fragment:
        """Whether a post matches a tree: true or false, never NULL."""
        match node:
            case And() | Words():
                expressions, others = self.split(node)
                found = [] if expressions is None else [self.index.condition(expressions)]
                return joined([*found, *map(self.condition, others)], "AND")
            case Or(nodes=nodes):
                return joined(self._any(nodes), "OR")
            case Not(node=inner):
                negated = self.condition(inner)
                return Fragment(f"NOT ({negated.sql})", negated.parameters)
            case After() | Before() | Age():
                return self._time(node)
            case Story():
                return _story(node)
        return self._property(node)

    def page_range(self, column: str, tree: Node, selection: HitSelection) -> Fragment:
        """Whether a post with the id in this column can be on the page and within the times of the query."""
        return joined([selection.condition(column), self._ids(tree).condition(column)], "AND")

    def page_bounds(self, tree: Node, selection: HitSelection) -> IdBounds:
        """The ids that can be on the page and within the times of the query."""
        return selection.bounds.within(self._ids(tree))

    def _ids(self, tree: Node) -> IdBounds:
        """What ids are within the times of the query: by these posts and words are in order."""
        bounds = [self._bounds(node) for node in _all_of(tree)]
        earliest_ms = max((earliest for earliest, _ in bounds if earliest is not None), default=None)
        latest_ms = min((latest for _, latest in bounds if latest is not None), default=None)
        return IdBounds(
            None if earliest_ms is None else max(0, earliest_ms // 1000) << SLOT_BITS,
            None if latest_ms is None else (max(0, latest_ms // 1000 + 1) << SLOT_BITS) - 1,
        )

    def _split(self, nodes: Sequence[Node]) -> tuple[list[str] | None, list[Node]]:
        found = [node for node in nodes if has_words(node) and self._expressions(node) is not None]
        if not found:
            return None, list(nodes)
        # These are in the word index for this: a word and a language that have no hit together cost nothing there.
        helpers = [node for node in nodes if isinstance(node, InLanguage | InChannel) or node == _LINKS]
        excluded = [
            node
            for node in nodes
            if isinstance(node, Not)
            and node not in found
            and has_words(node)
            and self._expressions(node.node) is not None
        ]
        indexed = [*found, *helpers, *excluded]
        expressions = self._expressions(And(tuple(indexed)) if len(indexed) > 1 else indexed[0])
        return expressions, [node for node in nodes if not any(node is each for each in indexed)]

    def _expressions(self, node: Node) -> list[str] | None:
        return self.index.expressions(node, self.names)

    def _any(self, nodes: Sequence[Node]) -> Iterator[Fragment]:
        """The conditions of OR: what the word index can answer is asked at once."""
        indexed = tuple(node for node in nodes if has_words(node) and self._expressions(node) is not None)
        if indexed:
            expressions = self._expressions(Or(indexed) if len(indexed) > 1 else indexed[0])
            assert expressions is not None
            yield self.index.condition(expressions)
        yield from (self.condition(node) for node in nodes if not any(node is each for each in indexed))

    def _time(self, node: After | Before | Age) -> Fragment:
        match node:
            case After(moment_ms=moment):
                return Fragment("p.posted_ms >= ?", (moment,))
            case Before(moment_ms=moment):
                return Fragment("p.posted_ms < ?", (moment,))
            case Age(comparison=comparison, age_ms=age):
                return Fragment(f"p.posted_ms {_YOUNGER[comparison]} ?", (self.now_ms - age,))

    def _bounds(self, node: Node) -> tuple[int | None, int | None]:
        match node:
            case After(moment_ms=moment):
                return moment, None
            case Before(moment_ms=moment):
                return None, moment
            case Age(comparison=comparison, age_ms=age):
                is_younger = comparison in (Comparison.LESS, Comparison.AT_MOST)
                return (self.now_ms - age, None) if is_younger else (None, self.now_ms - age)
        return None, None

    def _property(self, node: Node) -> Fragment:
        match node:
            case InLanguage(codes=codes):
                return among("p.language", codes)
            case InChannel():
                return among("p.channel_id", self.names.channel_ids(node))
            case FromOutlet():
                ids = self.names.outlet_ids(node)
                return joined([_of_outlet(table, ids) for table in ("quotes", "citations")], "OR")
            case QuoteKinds(kinds=kinds):
                return _of_kind("quotes", kinds)
            case CitationKinds(kinds=kinds):
                return _of_kind("citations", kinds)
            case Is(states=states):
                return joined((Fragment(_STATES[state]) for state in states), "OR")
            case Has(parts=parts):
                return joined((Fragment(_PARTS[part]) for part in parts), "OR")
            case Silent():
                raise UnsearchableError(node)
        raise TypeError(f"no condition of a query: {type(node).__name__}")


def _all_of(tree: Node) -> Sequence[Node]:
    return tree.nodes if isinstance(tree, And) else (tree,)


def has_words(node: Node) -> bool:
    """Whether a tree asks for words anywhere."""
    return any(isinstance(leaf, Words) for leaf in leaves(node))


def _of_outlet(table: str, outlets: Sequence[str]) -> Fragment:
    """By the index of outlets, where the database finds that cheaper than to look at each post."""
    condition = among("t.outlet_id", outlets)
    return Fragment(f"p.key IN (SELECT t.key FROM {table} t WHERE {condition.sql})", condition.parameters)


def _of_kind(table: str, kinds: Sequence[str]) -> Fragment:
    condition = among("t.kind", kinds)
    sql = f"(p.{table} > 0 AND EXISTS (SELECT 1 FROM {table} t WHERE t.key = p.key AND {condition.sql}))"
    return Fragment(sql, condition.parameters)


def _story(node: Story) -> Fragment:
    """A post that has no story counts as a story of one."""
    is_true_of_one = node.comparison.holds(1, node.number)
    counted = _counted(node, _OPPOSITE[node.comparison] if is_true_of_one else node.comparison.value)
    sql = f"EXISTS (SELECT 1 FROM links l WHERE l.key = p.key AND l.cluster IN ({counted.sql}))"
    return Fragment(f"NOT {sql}" if is_true_of_one else sql, counted.parameters)


def _counted(node: Story, comparison: str) -> Fragment:
    """The clusters whose number so compares."""
    sql = "SELECT m.cluster FROM (SELECT l.cluster, q.channel_id, q.language, q.posted_ms"
    if node.within_ms is not None:
        sql += ", MIN(q.posted_ms) OVER (PARTITION BY l.cluster) AS first_ms"
    sql += " FROM links l JOIN posts q ON q.key = l.key WHERE q.deleted_ms IS NULL"
    parameters: list[int] = []
    least = node.number + (comparison == ">")
    if comparison in ("=", ">=", ">") and least > 1:  # no cluster has more channels than posts
        sql += " AND l.cluster IN (SELECT c.id FROM clusters c WHERE c.size >= ?)"
        parameters.append(least)
    sql += ") m"
    if node.within_ms is not None:
        sql += " WHERE m.posted_ms <= m.first_ms + ?"
        parameters.append(node.within_ms)
    sql += f" GROUP BY m.cluster HAVING {_MEASURES[node.measure]} {comparison} ?"
    return Fragment(sql, (*parameters, node.number))

"""What a query means, as a tree of immutable nodes.

Two trees are equal when they ask the same in the same order, wherever their parts are in the query. ``str`` of a node
is a query again, and gives an equal tree.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.query.values import date_text, duration_text


class PostProperty(StrEnum):
    """What a post can be."""

    FIRST = "first"
    COPY = "copy"
    EDITED = "edited"
    DELETED = "deleted"
    FORWARD = "forward"


class PostPart(StrEnum):
    """What a post can have."""

    MEDIA = "media"
    QUOTES = "quotes"
    CITATIONS = "citations"
    LINKS = "links"


class Measure(StrEnum):
    """What of a story is counted: its posts, their channels or their languages."""

    CHANNELS = "channels"
    LANGUAGES = "languages"
    SIZE = "size"


class Comparison(StrEnum):
    """How a number is compared."""

    LESS = "<"
    AT_MOST = "<="
    EQUAL = "="
    AT_LEAST = ">="
    MORE = ">"

    def holds(self, number: float, bound: float) -> bool:
        """Whether a number is so compared with the bound."""
        match self:
            case Comparison.LESS:
                return number < bound
            case Comparison.AT_MOST:
                return number <= bound
            case Comparison.EQUAL:
                return number == bound
            case Comparison.AT_LEAST:
                return number >= bound
            case Comparison.MORE:
                return number > bound


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a query. ``column`` is where it begins, from 1."""

    column: int = field(default=1, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Words(Node):
    """A word, or several side by side: the tokens in this order. ``is_prefix``: the last one may go on."""

    tokens: tuple[str, ...]
    is_prefix: bool = False

    def __str__(self) -> str:
        star = "*" if self.is_prefix else ""
        return f'"{" ".join(self.tokens)}"{star}' if len(self.tokens) > 1 else self.tokens[0] + star


@dataclass(frozen=True, slots=True)
class InLanguage(Node):
    """The post is in one of these languages."""

    codes: tuple[str, ...]

    def __str__(self) -> str:
        return "lang:" + ",".join(self.codes)


@dataclass(frozen=True, slots=True)
class InChannel(Node):
    """From one of these channels: ids, or public names in small letters."""

    names: tuple[int | str, ...]

    def __str__(self) -> str:
        return "channel:" + ",".join(str(name) if isinstance(name, int) else f"@{name}" for name in self.names)


@dataclass(frozen=True, slots=True)
class FromOutlet(Node):
    """Quotes or cites one of these outlets: for each the tokens of its id or its name."""

    names: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        return "outlet:" + ",".join(f'"{" ".join(name)}"' if len(name) > 1 else name[0] for name in self.names)


@dataclass(frozen=True, slots=True)
class QuoteKinds(Node):
    """Has an item of a quote list of one of these kinds."""

    kinds: tuple[str, ...]

    def __str__(self) -> str:
        return "quote.kind:" + ",".join(self.kinds)


@dataclass(frozen=True, slots=True)
class CitationKinds(Node):
    """Has a citation of one of these kinds."""

    kinds: tuple[str, ...]

    def __str__(self) -> str:
        return "cite.kind:" + ",".join(self.kinds)


@dataclass(frozen=True, slots=True)
class Is(Node):
    """The post has one of these properties."""

    states: tuple[PostProperty, ...]

    def __str__(self) -> str:
        return "is:" + ",".join(self.states)


@dataclass(frozen=True, slots=True)
class Has(Node):
    """The post has one of these parts."""

    parts: tuple[PostPart, ...]

    def __str__(self) -> str:
        return "has:" + ",".join(self.parts)


@dataclass(frozen=True, slots=True)
class After(Node):
    """Posted at this moment or later."""

    moment_ms: int

    def __str__(self) -> str:
        return f"after:{date_text(self.moment_ms)}"


@dataclass(frozen=True, slots=True)
class Before(Node):
    """The post was sent before this moment."""

    moment_ms: int

    def __str__(self) -> str:
        return f"before:{date_text(self.moment_ms)}"


@dataclass(frozen=True, slots=True)
class Age(Node):
    """So long ago: the age of a post is the time from its posting to now."""

    comparison: Comparison
    age_ms: int

    def __str__(self) -> str:
        return f"age:{self.comparison}{duration_text(self.age_ms)}"


@dataclass(frozen=True, slots=True)
class Story(Node):
    """The post's story has so many posts, channels or languages; counted within a time from the story's first post."""

    measure: Measure
    comparison: Comparison
    number: int
    within_ms: int | None = None

    def __str__(self) -> str:
        count = f"story.{self.measure}:{self.comparison}{self.number}"
        return count if self.within_ms is None else f"{count} story.within:{duration_text(self.within_ms)}"


@dataclass(frozen=True, slots=True)
class Silent(Node):
    """The channels beside it have been silent for so long; a condition of alerts alone."""

    silence_ms: int

    def __str__(self) -> str:
        return f"silent:{duration_text(self.silence_ms)}"


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of these, two or more, none of them an ``And``."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(f"({node})" if isinstance(node, Or) or _has_window(node) else str(node) for node in self.nodes)


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Any of these, two or more, none of them an ``Or``."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(map(str, self.nodes))


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The condition does not hold."""

    node: Node

    def __str__(self) -> str:
        needs_parentheses = isinstance(self.node, And | Or) or _has_window(self.node)
        return f"NOT ({self.node})" if needs_parentheses else f"NOT {self.node}"


def _has_window(node: Node) -> bool:
    return isinstance(node, Story) and node.within_ms is not None


def leaves(node: Node) -> Iterator[Node]:
    """The conditions of a tree, in the order of the query."""
    match node:
        case And(nodes=nodes) | Or(nodes=nodes):
            for each in nodes:
                yield from leaves(each)
        case Not(node=inner):
            yield from leaves(inner)
        case _:
            yield node


def asks_about_stories(node: Node) -> bool:
    """Whether it can become true of a post since another one has joined its story."""
    return any(isinstance(leaf, Story) for leaf in leaves(node))


def depends_on_later_knowledge(node: Node) -> bool:
    """Whether it can become true of a post after its record: it asks for copies, stories, edits or deletions."""
    return any(
        isinstance(leaf, Story) or (isinstance(leaf, Is) and set(leaf.states) != {PostProperty.FORWARD})
        for leaf in leaves(node)
    )

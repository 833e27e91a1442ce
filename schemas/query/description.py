"""A query in words, so that who wrote it sees how it was understood."""

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
)
from schemas.query.values import date_text
from schemas.times import DAY_MS, HOUR_MS

_STATES = {
    PostProperty.FIRST: "are the first of their story",
    PostProperty.COPY: "repeat another post",
    PostProperty.EDITED: "were edited",
    PostProperty.DELETED: "were deleted",
    PostProperty.FORWARD: "are forwarded from a channel",
}
_PARTS = {
    PostPart.MEDIA: "media",
    PostPart.QUOTES: "a list of quotes",
    PostPart.CITATIONS: "citations",
    PostPart.LINKS: "links",
}
_COMPARED = {
    Comparison.LESS: "fewer than {}",
    Comparison.AT_MOST: "{} or fewer",
    Comparison.EQUAL: "exactly {}",
    Comparison.AT_LEAST: "{} or more",
    Comparison.MORE: "more than {}",
}
_OLD = {
    Comparison.LESS: "less",
    Comparison.AT_MOST: "at most",
    Comparison.AT_LEAST: "at least",
    Comparison.MORE: "more",
}
_COUNTED = {Measure.CHANNELS: "channel", Measure.LANGUAGES: "language", Measure.SIZE: "post"}
_UNITS = (("day", DAY_MS), ("hour", HOUR_MS), ("minute", 60_000), ("second", 1_000))


def describe(node: Node) -> str:
    """The query in words, e.g. "posts that contain “bridge” and are in en"."""
    return f"posts that {_clause(node)}"


def _clause(node: Node) -> str:
    match node:
        case And(nodes=nodes):
            *others, last = [f"({_clause(each)})" if isinstance(each, Or) else _clause(each) for each in nodes]
            return f"{', '.join(others)} and {last}"
        case Or(nodes=nodes):
            return " or ".join(f"({_clause(each)})" if isinstance(each, And) else _clause(each) for each in nodes)
        case Not(node=inner):
            return f"do not match ({_clause(inner)})"
        case Words():
            return _words(node)
        case After() | Before() | Age():
            return _time(node)
        case Story() | Silent():
            return _count(node)
    return _property(node)


def _words(node: Words) -> str:
    text = f"“{' '.join(node.tokens)}{'…' if node.is_prefix else ''}”"
    if len(node.tokens) > 1:
        return f"contain the phrase {text}"
    return f"contain a word that begins with {text}" if node.is_prefix else f"contain {text}"


def _time(node: After | Before | Age) -> str:
    match node:
        case After(moment_ms=moment):
            return f"were posted at {_moment(moment)} or later"
        case Before(moment_ms=moment):
            return f"were posted before {_moment(moment)}"
        case Age(comparison=comparison, age_ms=age):
            than = " than" if comparison in (Comparison.LESS, Comparison.MORE) else ""
            return f"were posted {_OLD[comparison]}{than} {_length(age)} ago"


def _count(node: Story | Silent) -> str:
    if isinstance(node, Silent):
        return f"end a silence of {_length(node.silence_ms)} or more"
    counted = _COUNTED[node.measure] + ("" if node.number == 1 else "s")
    within = "" if node.within_ms is None else f" within {_length(node.within_ms)} of its first post"
    return f"are in a story of {_COMPARED[node.comparison].format(node.number)} {counted}{within}"


def _property(node: Node) -> str:
    match node:
        case InLanguage(codes=codes):
            return f"are in {_any(codes)}"
        case InChannel(names=names):
            return f"are from {_any([f'@{name}' if isinstance(name, str) else f'channel {name}' for name in names])}"
        case FromOutlet(names=outlets):
            return f"quote or cite {_any([f'“{_joined(name)}”' for name in outlets])}"
        case QuoteKinds(kinds=kinds):
            return f"have a quote of the kind {_any(kinds)}"
        case CitationKinds(kinds=kinds):
            return f"have a citation of the kind {_any(kinds)}"
        case Is(states=states):
            return _any([_STATES[state] for state in states])
        case Has(parts=parts):
            return f"have {_any([_PARTS[part] for part in parts])}"
    raise TypeError(f"no condition of a query: {type(node).__name__}")


def _joined(name: tuple[str, ...]) -> str:
    return " ".join(name)


def _any(choices: "tuple[str, ...] | list[str]") -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def _moment(moment_ms: int) -> str:
    day, _, time = date_text(moment_ms).removesuffix("Z").partition("T")
    return f"{day} {time or '00:00'} UTC"


def _length(length_ms: int) -> str:
    unit, size = next((unit, size) for unit, size in _UNITS if length_ms % size == 0)
    number = length_ms // size
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"

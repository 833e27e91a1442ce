"""Whether a post matches a query, in plain Python: for alerts, and what both databases are held to."""

from collections.abc import Sequence

from schemas.query.occurrences import places
from schemas.query.searched_post import SearchedPost, StoryMember
from schemas.query.tree import (
    After,
    Age,
    And,
    Before,
    CitationKinds,
    FromOutlet,
    Has,
    InChannel,
    InLanguage,
    Is,
    Measure,
    Node,
    Not,
    Or,
    QuoteKinds,
    Silent,
    Story,
    Words,
)


def matches(node: Node, post: SearchedPost, now_ms: int) -> bool:
    """Whether the post is among those that the query asks for; ``now_ms`` is the moment that ``age`` counts from.

    ``silent`` is no property of a post, and true here: who watches channels judges it.
    """
    match node:
        case And(nodes=nodes):
            return all(matches(each, post, now_ms) for each in nodes)
        case Or(nodes=nodes):
            return any(matches(each, post, now_ms) for each in nodes)
        case Not(node=inner):
            return not matches(inner, post, now_ms)
        case Words():
            return next(places(node, post.tokens), None) is not None
        case After(moment_ms=moment):
            return post.posted_ms >= moment
        case Before(moment_ms=moment):
            return post.posted_ms < moment
        case Age(comparison=comparison, age_ms=age):
            return comparison.holds(now_ms - post.posted_ms, age)
        case Story():
            return _has_story(node, post)
    return _has_property(node, post)


def _has_property(node: Node, post: SearchedPost) -> bool:
    match node:
        case InLanguage(codes=codes):
            return post.language in codes
        case InChannel(names=names):
            return post.channel_id in names or not post.channel_names.isdisjoint(names)
        case FromOutlet(names=outlets):
            return not post.outlets.isdisjoint(outlets)
        case QuoteKinds(kinds=kinds):
            return not post.quote_kinds.isdisjoint(kinds)
        case CitationKinds(kinds=kinds):
            return not post.citation_kinds.isdisjoint(kinds)
        case Is(states=states):
            return not post.states.isdisjoint(states)
        case Has(parts=parts):
            return not post.parts.isdisjoint(parts)
        case Silent():
            return True
    raise TypeError(f"no condition of a query: {type(node).__name__}")


def _has_story(node: Story, post: SearchedPost) -> bool:
    members = post.story or (StoryMember(post.channel_id, post.language, post.posted_ms),)
    if node.within_ms is not None:
        end_ms = min(member.posted_ms for member in members) + node.within_ms
        members = [member for member in members if member.posted_ms <= end_ms]
    return node.comparison.holds(_measured(node.measure, members), node.number)


def _measured(measure: Measure, members: Sequence[StoryMember]) -> int:
    match measure:
        case Measure.CHANNELS:
            return len({member.channel_id for member in members})
        case Measure.LANGUAGES:
            return len({member.language for member in members})
        case Measure.SIZE:
            return len(members)

"""A post as queries see it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from schemas.normalized import NormalizedPost
from schemas.query.tokens import tokens
from schemas.query.tree import PostPart, PostProperty
from schemas.quotes import Outlet
from schemas.times import UNIX_EPOCH


@dataclass(frozen=True, slots=True)
class StoryMember:
    """A post of a story, present and not deleted."""

    channel_id: int
    language: str
    posted_ms: int


@dataclass(frozen=True, slots=True)
class SearchedPost:
    """What queries ask of a post. ``states`` are what is known of it now; an alert may know more later."""

    tokens: Sequence[str]
    language: str
    channel_id: int
    posted_ms: int
    channel_names: frozenset[str] = frozenset()
    """Public names in small letters, without @: the present one and those before."""
    states: frozenset[PostProperty] = frozenset({PostProperty.FIRST})
    parts: frozenset[PostPart] = frozenset()
    outlets: frozenset[tuple[str, ...]] = frozenset()
    """Tokens of ids and names of the outlets that it quotes or cites."""
    quote_kinds: frozenset[str] = frozenset()
    citation_kinds: frozenset[str] = frozenset()
    story: Sequence[StoryMember] = ()
    """Of the posts that repeat each other, itself among them; empty for a post alone."""


class _Citation(Protocol):
    @property
    def kind(self) -> str: ...

    @property
    def outlets(self) -> Sequence[Outlet]: ...


def searched(post: NormalizedPost, *, arrived_ms: int = 0) -> SearchedPost:
    """A record as queries see it; a post without a date has the moment of its arrival."""
    quotes = [item for quote_list in post.quote_lists for item in quote_list.items]
    citations: Sequence[_Citation] = getattr(post, "citations", ())
    return SearchedPost(
        tokens=tokens(post.text),
        language=post.language.code,
        channel_id=post.channel.id,
        posted_ms=arrived_ms if post.posted_at is None else (post.posted_at - UNIX_EPOCH) // timedelta(milliseconds=1),
        channel_names=frozenset([post.channel.username.lower()] if post.channel.username else ()),
        states=frozenset(_states(post)),
        parts=frozenset(_parts(post, bool(quotes), bool(citations))),
        outlets=frozenset(_names(outlet for item in [*quotes, *citations] for outlet in item.outlets)),
        quote_kinds=frozenset(quote.kind.value for quote in quotes),
        citation_kinds=frozenset(str(citation.kind) for citation in citations),
    )


def _states(post: NormalizedPost) -> Iterator[PostProperty]:
    """What the record itself shows: a copy that is found later, and a deletion, are not in it."""
    yield PostProperty.FIRST if post.duplicate is None else PostProperty.COPY
    if post.edited_at is not None:
        yield PostProperty.EDITED
    if post.forward is not None and post.forward.channel_id is not None:
        yield PostProperty.FORWARD


def _parts(post: NormalizedPost, has_quotes: bool, has_citations: bool) -> Iterator[PostPart]:
    if post.media:
        yield PostPart.MEDIA
    if post.links:
        yield PostPart.LINKS
    if has_quotes:
        yield PostPart.QUOTES
    if has_citations:
        yield PostPart.CITATIONS


def _names(outlets: Iterable[Outlet]) -> Iterator[tuple[str, ...]]:
    for outlet in outlets:
        yield tuple(tokens(outlet.name))
        if outlet.id is not None:
            yield tuple(tokens(outlet.id))

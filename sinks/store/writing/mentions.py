"""Rows of ``quotes`` and ``citations``: what a post says that outlets have written, from its own record."""

from collections.abc import Iterator
from typing import Final

from sinks.store.database import DbRow
from sinks.store.records import StoreOutlet, StorePost, StoreSpan, known_as
from sinks.store.writing.rows import PostRow

_OF_THE_POST: Final = ("key", "ordinal", "posted_ms", "channel_id", "language", "outlet_id", "outlet_name")
QUOTES: Final = (*_OF_THE_POST, "kind", "cue", "topic", "text", "start", "end", "confidence")
CITATIONS: Final = (*_OF_THE_POST, "kind", "cue", "text", "start", "end", "cited", "is_own", "confidence")


def quote_rows(row: PostRow, post: StorePost) -> Iterator[DbRow]:
    """One row for each outlet of each quote."""
    for quote in (item for found in post.quote_lists for item in found.items):
        rest = (quote.kind, _text(quote.cue), _text(quote.topic), quote.text, quote.start, quote.end, quote.confidence)
        for outlet_id, name in _outlets(quote.outlets):
            yield (row.key, quote.position, row.posted_ms, row.channel_id, row.language, outlet_id, name, *rest)


def citation_rows(row: PostRow, post: StorePost) -> Iterator[DbRow]:
    """One row for each outlet of each citation."""
    for citation in post.citations:
        what = (citation.kind, _text(citation.cue), citation.text, citation.start, citation.end)
        cited = "; ".join(span.text for span in citation.cited) or None
        rest = (*what, cited, int(citation.is_own), citation.confidence)
        for outlet_id, name in _outlets(citation.outlets):
            yield (row.key, citation.position, row.posted_ms, row.channel_id, row.language, outlet_id, name, *rest)


def _outlets(outlets: tuple[StoreOutlet, ...]) -> list[tuple[str, str]]:
    """Id and name of each outlet; one that the registry does not have is known by its name."""
    return list({known_as(outlet.id, outlet.name): outlet.name for outlet in outlets}.items())


def _text(span: StoreSpan | None) -> str | None:
    return None if span is None else span.text

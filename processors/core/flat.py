"""Flat records of records: what ``posts.flat`` and the like get beside each record of their source topic."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from processors.core.routing import Output
from schemas import Block, BlockKind, CitationRecord, DuplicateRecord, NormalizedPost, QuoteRecord, Record
from schemas.citations import Citation
from schemas.flat import FlatCitation, FlatDuplicate, FlatPost, FlatQuote, FlatRecord
from schemas.quotes import MediaQuote
from schemas.topics import (
    CITATIONS,
    CITATIONS_FLAT,
    DUPLICATES,
    DUPLICATES_FLAT,
    NORMALIZED,
    POSTS_FLAT,
    QUOTES,
    QUOTES_FLAT,
    Topic,
)

_NUL, _REPLACEMENT = "\x00", "\N{REPLACEMENT CHARACTER}"


def flat_outputs(outputs: Iterable[Output]) -> Iterator[Output]:
    """The flat record of each record that has one; a key without a record, or of a deleted post, gets none, too."""
    for output in outputs:
        rule = _RULES.get(output.topic.name)
        if rule is not None:
            yield Output(rule.topic, output.key, rule.flatten(output.key, output.record))


def _post(key: str, post: Record | None) -> FlatPost | None:
    if not isinstance(post, NormalizedPost):
        return None
    headline = next((each for each in post.blocks if isinstance(each, Block) and each.kind is BlockKind.HEADLINE), None)
    counters, source = post.counters, post.provenance.source
    return FlatPost(
        key=key,
        revision=post.revision,
        channel_id=post.channel.id,
        channel_username=_text(post.channel.username),
        channel_title=_text(post.channel.title),
        message_id=post.message_id,
        posted_at=post.posted_at,
        edited_at=post.edited_at,
        collected_at=post.provenance.collected_at,
        headline=None if headline is None else _string(headline.text),
        text=_string(post.text),
        text_length=len(post.text),
        language_code=post.language.code,
        language_confidence=post.language.confidence,
        script=post.language.script,
        quote_count=sum(len(found.items) for found in post.quote_lists),
        citation_count=len(post.citations),
        media_count=len(post.media),
        is_forward=post.forward is not None,
        album_id=post.album_id,
        view_count=None if counters is None else counters.views,
        forward_count=None if counters is None else counters.forwards,
        reply_count=None if counters is None else counters.replies,
        has_exact_counts=None if counters is None else counters.is_exact,
        hashtags=_json([tag.text for tag in post.hashtags]),
        links=_json([link.url for link in post.links]),
        media=_json(_plain(post.media)),
        lane=post.provenance.lane.value,
        source_kind=_string(source.kind),
        source_name=_text(source.name),
        rank_us=post.provenance.rank[0],
        rank_class=post.provenance.rank[1],
        pipeline_version=post.provenance.pipeline_version,
    )


def _quote(key: str, record: Record | None) -> FlatQuote | None:
    if not isinstance(record, QuoteRecord):
        return None
    return FlatQuote(key=key, **_attributed(record, record.quote))


def _citation(key: str, record: Record | None) -> FlatCitation | None:
    if not isinstance(record, CitationRecord):
        return None
    return FlatCitation(key=key, **_attributed(record, record.citation))


def _attributed(record: QuoteRecord | CitationRecord, statement: MediaQuote | Citation) -> dict[str, Any]:
    """The columns that quotes and citations share: all but the key."""
    first = statement.outlets[0]
    return {
        "post_key": record.post_key,
        "ordinal": statement.position,
        "outlet_id": _text(first.id),
        "outlet_name": _string(first.name),
        "kind": statement.kind.value,
        "cue": None if statement.cue is None else _string(statement.cue.text),
        "text": _string(statement.text),
        "outlets": _json(_plain(statement.outlets)),
        "posted_at": record.posted_at,
        "channel_id": record.channel.id,
    }


def _duplicate(key: str, record: Record | None) -> FlatDuplicate | None:
    if not isinstance(record, DuplicateRecord):
        return None
    link = record.duplicate
    return FlatDuplicate(
        key=key,
        duplicate_of=None if link is None else link.of,
        duplicate_kind=None if link is None else link.kind.value,
        similarity=None if link is None else link.similarity,
        revision=record.revision,
    )


def _string(text: str) -> str:
    return text.replace(_NUL, _REPLACEMENT)


def _text(text: str | None) -> str | None:
    return None if text is None else _string(text)


def _plain(records: Sequence[Record]) -> list[Any]:
    return [record.model_dump(mode="json") for record in records]


def _json(values: list[Any]) -> str:
    """As JSON, also without a NUL that is written as an escape: PostgreSQL's jsonb refuses that as well."""
    text = orjson.dumps(values).decode()
    return text if r"\u0000" not in text else orjson.dumps(_without_nul(values)).decode()


def _without_nul(value: Any) -> Any:  # noqa: ANN401 - any value of JSON
    match value:
        case str():
            return _string(value)
        case list():
            return [_without_nul(each) for each in value]
        case dict():
            return {_string(name): _without_nul(each) for name, each in value.items()}
        case _:
            return value


class _Rule(NamedTuple):
    topic: Topic
    flatten: Callable[[str, Record | None], FlatRecord | None]


_RULES: Mapping[str, _Rule] = {
    NORMALIZED.name: _Rule(POSTS_FLAT, _post),
    QUOTES.name: _Rule(QUOTES_FLAT, _quote),
    CITATIONS.name: _Rule(CITATIONS_FLAT, _citation),
    DUPLICATES.name: _Rule(DUPLICATES_FLAT, _duplicate),
}

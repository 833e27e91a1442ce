"""Which records an outcome becomes, and on which topics: the same for Faust and for a run without Kafka."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from processors.core.dedup.fingerprint_records import revision_text
from processors.core.dedup.post_table import moment
from processors.core.dedup.record_rows import posted
from processors.core.outcomes import DirectResult, DuplicateVerdict
from schemas import CitationRecord, DuplicateRecord, NormalizedPost, PostFingerprint, QuoteRecord, Record, Tombstone
from schemas.rank import Freshness
from schemas.topics import CITATIONS, DUPLICATES, NORMALIZED, QUOTES, Topic


class Output(NamedTuple):
    """A record for a topic."""

    topic: Topic
    key: str
    record: Record | None
    """None withdraws what the key had."""


def direct_outputs(outcome: DirectResult) -> Iterator[Output]:
    """All records of a post that was settled without Kafka: it, its quotes and citations, and the links it changed."""
    if outcome.freshness is not Freshness.STALE:
        yield from post_outputs(outcome.record)
        yield from (Output(QUOTES, key, None) for key in outcome.withdrawn)
        yield from (Output(CITATIONS, key, None) for key in outcome.withdrawn_citations)
    yield from verdict_outputs(outcome.verdicts)


def post_outputs(post: NormalizedPost | Tombstone) -> Iterator[Output]:
    """The normalized record, its quotes and its citations."""
    yield Output(NORMALIZED, post.key, post)
    if isinstance(post, Tombstone):
        return
    for quote_list in post.quote_lists:
        for quote in quote_list.items:
            yield Output(
                QUOTES,
                quote.key,
                QuoteRecord.model_construct(
                    post_key=post.key,
                    revision=post.revision,
                    channel=post.channel,
                    posted_at=post.posted_at,
                    language=post.language.code,
                    lead_in=quote_list.lead_in,
                    quote=quote,
                ),
            )
    yield from citation_outputs(post)


def citation_outputs(post: NormalizedPost) -> Iterator[Output]:
    """The citations of a post, one by one."""
    for citation in post.citations:
        record = CitationRecord.model_construct(
            post_key=post.key,
            revision=post.revision,
            channel=post.channel,
            posted_at=post.posted_at,
            language=post.language.code,
            citation=citation,
        )
        yield Output(CITATIONS, citation.key, record)


def verdict_outputs(verdicts: Iterable[DuplicateVerdict]) -> Iterator[Output]:
    """What posts repeat, as known now."""
    for key, record in verdicts:
        yield Output(DUPLICATES, key, record)


def verdict_without_comparison(post: PostFingerprint) -> DuplicateVerdict:
    """The verdict on a post that duplicate detection is not asked about: it repeats nothing."""
    if post.is_deleted:
        return DuplicateVerdict(post.key, None)
    record = DuplicateRecord(
        key=post.key,
        revision=revision_text(post.revision),
        rank=post.rank,
        duplicate=None,
        posted_at=moment(posted(post)),
    )
    return DuplicateVerdict(post.key, record)

"""Which records a post becomes, and on which topics: the same for Faust and for a run without Kafka."""

from collections.abc import Iterator
from typing import NamedTuple

from schemas import DuplicateRecord, NormalizedPost, QuoteRecord, Record, Tombstone
from schemas.topics import DUPLICATES, NORMALIZED, QUOTES, Topic


class Output(NamedTuple):
    """A record for a topic."""

    topic: Topic
    key: str
    record: Record | None
    """None withdraws what the key had."""


def post_outputs(post: NormalizedPost) -> Iterator[Output]:
    """The normalized record and its quotes."""
    yield Output(NORMALIZED, post.key, post)
    for quote_list in post.quote_lists:
        for quote in quote_list.items:
            yield Output(
                QUOTES,
                quote.key,
                QuoteRecord(
                    post_key=post.key,
                    revision=post.revision,
                    channel=post.channel,
                    posted_at=post.posted_at,
                    language=post.language.code,
                    lead_in=quote_list.lead_in,
                    quote=quote,
                ),
            )


def tombstone_output(tombstone: Tombstone) -> Output:
    """The record of a deletion."""
    return Output(NORMALIZED, tombstone.key, tombstone)


def no_duplicate(post: NormalizedPost) -> DuplicateRecord:
    """The verdict on a post that is compared with no other: its text is too short."""
    return DuplicateRecord(
        key=post.key,
        revision=post.revision,
        rank=post.provenance.rank,
        duplicate=None,
        posted_at=post.posted_at,
    )


def verdict_output(verdict: DuplicateRecord) -> Output:
    """The verdict on a post."""
    return Output(DUPLICATES, verdict.key, verdict)

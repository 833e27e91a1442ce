"""Which records an outcome becomes, and on which topics: the same for Faust and for a run without Kafka."""

from collections.abc import Iterator
from typing import NamedTuple

from processors.core.outcomes import Analyzed, DedupOutcome, Deleted, Duplicate, Emit, Named, Repeat, Revise, Stale
from schemas import ChannelName, DuplicateRecord, NormalizedPost, QuoteRecord, Record
from schemas.topics import ANALYZED, DUPLICATES, FINGERPRINTS, NORMALIZED, QUOTES, Topic


class Output(NamedTuple):
    """A record for a topic."""

    topic: Topic
    key: str
    record: Record
    to_all_partitions: bool = False


def analyze_outputs(outcome: Analyzed | Deleted) -> Output:
    """The record that goes on to duplicate detection: to the post's language, a deletion to every language."""
    if isinstance(outcome, Deleted):
        return Output(ANALYZED, outcome.tombstone.key, outcome.tombstone, to_all_partitions=True)
    return Output(ANALYZED, outcome.analyzed.post.language.code, outcome.analyzed)


def name_output(name: ChannelName) -> Output:
    """The record that informs duplicate detection, in every language, of a channel's name."""
    return Output(ANALYZED, name.key, name, to_all_partitions=True)


def dedup_outputs(outcome: DedupOutcome | Named, *, is_repeat_sent: bool = False) -> Iterator[Output]:
    """The normalized record, its quotes, links and state. A post that is seen again unchanged gives none of them,
    unless ``is_repeat_sent``: who cannot know that the first was delivered sends it again.
    """
    match outcome:
        case Deleted(tombstone):
            yield Output(NORMALIZED, tombstone.key, tombstone)
            return
        case Repeat(post, state):
            if is_repeat_sent or state is not None:
                yield from _post_outputs(post)
        case Emit(post) | Duplicate(post) | Revise(post):
            yield from _post_outputs(post)
        case Stale() | Named():
            pass
    for link in outcome.superseded:
        yield Output(DUPLICATES, link.key, DuplicateRecord(key=link.key, duplicate=link.duplicate))
    if outcome.state is not None:
        yield Output(FINGERPRINTS, outcome.state.key, outcome.state)


def _post_outputs(post: NormalizedPost) -> Iterator[Output]:
    yield Output(NORMALIZED, post.key, post)
    if post.duplicate is not None:
        yield Output(DUPLICATES, post.key, DuplicateRecord(key=post.key, duplicate=post.duplicate))
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

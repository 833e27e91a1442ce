"""A state of a post that was decided on, with what is sent for it and what duplicate detection gets."""

from collections.abc import Sequence
from typing import NamedTuple

from processors.core.decision import Decision, candidate_of, decide, dedup_entries, with_rank
from processors.core.dedup.channel_names import NewChannelNames
from processors.core.dedup.incoming import deletion_fingerprint, post_fingerprint
from processors.core.outcomes import Analyzed, Deleted
from schemas import ChannelName, NormalizedPost, PostFingerprint, RawPost, Tombstone
from schemas.states import PostState


class DecidedState(NamedTuple):
    """What follows from a state of a post, but for duplicates."""

    decision: Decision
    record: NormalizedPost | Tombstone
    """It is sent if ``decision.is_emitted``."""
    posts: tuple[PostFingerprint, ...]
    """What duplicate detection gets, if the post has a home."""
    names: Sequence[ChannelName]
    """Names of channels that every home gets."""


def decided_state(
    known: PostState | None,
    raw: RawPost,
    outcome: Analyzed | Deleted,
    names: NewChannelNames,
    homes: int,
    raw_at_ms: int = 0,
) -> DecidedState:
    """Decide on a raw post and what analysis made of it, given the known state, where there are so many homes."""
    decision = decide(known, candidate_of(raw, outcome, raw.lane, homes))
    record: NormalizedPost | Tombstone
    if isinstance(outcome, Analyzed):
        record, shown = outcome.post, names.of(outcome.post)
        entry = post_fingerprint(outcome.post, outcome.fingerprint, raw_at_ms=raw_at_ms)
    else:
        is_ranked = decision.is_emitted
        record = with_rank(outcome.tombstone, decision.state.rank) if is_ranked else outcome.tombstone
        shown = []
        entry = deletion_fingerprint(record, raw_at_ms=raw_at_ms)
    return DecidedState(decision, record, dedup_entries(entry, decision), shown)

"""A state of a post that arrives, and what follows once it is decided on: what is sent, and to whom."""

from collections.abc import Sequence
from typing import NamedTuple

from processors.core.decision import Candidate, Decision, candidate_of, decide, dedup_entries, with_rank
from processors.core.dedup.channel_names import NewChannelNames, shown_names
from processors.core.dedup.fingerprint_records import deletion_fingerprint, post_fingerprint
from processors.core.outcomes import Analyzed, Deleted
from schemas import ChannelName, Lane, NormalizedPost, PostFingerprint, RawPost, Tombstone
from schemas.states import PostState


class ArrivedState(NamedTuple):
    """A state of a post as the order of states and duplicate detection need it, without its record."""

    candidate: Candidate
    entry: PostFingerprint
    names: tuple[ChannelName, ...] = ()
    """Names of channels that it shows."""


class DecidedState(NamedTuple):
    """What follows from a state of a post, but for duplicates."""

    decision: Decision
    posts: tuple[PostFingerprint, ...]
    """What duplicate detection gets, if the post has a home."""
    names: Sequence[ChannelName]
    """Names of channels that every home gets."""


def arrival_of(
    raw: RawPost, outcome: Analyzed | Deleted, homes: int, *, lane: Lane | None = None, raw_at_ms: int = 0
) -> ArrivedState:
    """What a raw post and its analysis come to, where there are so many homes; whatever came before. ``lane`` is the
    one that it came on, unless that is its own.
    """
    candidate = candidate_of(raw, outcome, raw.lane if lane is None else lane, homes)
    if isinstance(outcome, Deleted):
        return ArrivedState(candidate, deletion_fingerprint(outcome.tombstone, raw_at_ms=raw_at_ms))
    entry = post_fingerprint(outcome.post, outcome.fingerprint, raw_at_ms=raw_at_ms)
    return ArrivedState(candidate, entry, shown_names(outcome.post))


def decide_state(known: PostState | None, arrival: ArrivedState, names: NewChannelNames) -> DecidedState:
    """Decide on a state of a post, given the known one."""
    decision = decide(known, arrival.candidate)
    return DecidedState(decision, dedup_entries(arrival.entry, decision), names.news(arrival.names))


def record_of(outcome: Analyzed | Deleted, decision: Decision) -> NormalizedPost | Tombstone:
    """The record of a state. It is sent if ``decision.is_emitted``."""
    if isinstance(outcome, Analyzed):
        return outcome.post
    return with_rank(outcome.tombstone, decision.state.rank) if decision.is_emitted else outcome.tombstone

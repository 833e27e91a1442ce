"""What becomes of a state of a post, given the one that is known: the analysis decides it, and nothing else."""

from typing import NamedTuple

from processors.core.dedup.fingerprint_records import as_deletion
from processors.core.dedup.homes import EPOCH, home_partition
from processors.core.outcomes import Analyzed, Deleted
from schemas import Lane, PostFingerprint, RawPost, Tombstone
from schemas.rank import Freshness, Rank, compare, rank_of
from schemas.states import PostState

UNKNOWN_QUOTES = 64
"""Quotes that a live edit or deletion of a post withdraws whose state is not known."""
UNKNOWN_CITATIONS = 50
"""Citations that it withdraws: no post has more, since so many names are read."""


class Candidate(NamedTuple):
    """A state that arrives, as far as the decision asks."""

    rank: Rank | None
    """None: an archived deletion without a date."""
    revision: str
    is_deleted: bool
    quotes: int
    home: int | None
    """Where its text would be compared; None when it is too short for that."""
    may_be_edit: bool
    """Whether an earlier state of it may have been emitted: a live edit or deletion."""
    citations: int = 0

    @classmethod
    def deletion(cls, rank: Rank | None, lane: Lane) -> "Candidate":
        """A deletion."""
        return cls(rank, "", True, 0, None, lane is Lane.LIVE)


def candidate_of(raw: RawPost, outcome: Analyzed | Deleted, lane: Lane, homes: int) -> Candidate:
    """The candidate that a raw post is, among so many homes; ``lane`` is the one that it came on."""
    rank = rank_of(raw)
    if isinstance(outcome, Deleted):
        return Candidate.deletion(rank, lane)
    post = outcome.post
    return Candidate(
        rank=rank,
        revision=post.revision,
        is_deleted=False,
        quotes=sum(len(found.items) for found in post.quote_lists),
        home=home_partition(post.language.code, homes) if outcome.has_home else None,
        may_be_edit=lane is Lane.LIVE and raw.edited_at is not None,
        citations=len(post.citations),
    )


class Decision(NamedTuple):
    """What becomes of a candidate."""

    freshness: Freshness
    state: PostState
    """After it."""
    is_changed: bool
    """Whether the state must be written."""
    withdrawn: range
    """Positions of quotes whose records are withdrawn."""
    withdrawn_citations: range
    """The same of citations."""

    @property
    def is_emitted(self) -> bool:
        """Whether the state's records are sent; a repeat's are sent again, so that a replay rebuilds."""
        return self.freshness is not Freshness.STALE


def decide(known: PostState | None, candidate: Candidate) -> Decision:
    """What becomes of a state."""
    before = None if known is None else known.state
    freshness, after = compare(before, candidate.rank, candidate.revision, is_deleted=candidate.is_deleted)
    known_home = _known_home(known)
    home = candidate.home if known_home is None else known_home
    if known is not None and freshness is Freshness.STALE:
        state = known._replace(home=home, epoch=EPOCH)
        # Of a worker that died before it could note the state, its records are there, whoever is first to come now.
        withdrawn = range(known.quotes, candidate.quotes)
        return Decision(freshness, state, state != known, withdrawn, range(known.citations, candidate.citations))
    counts = candidate.quotes, candidate.citations
    state = PostState(after.rank, after.revision, after.is_deleted, home, EPOCH, *counts)
    quotes_before, citations_before = _counts_before(known, candidate)
    withdrawn = range(candidate.quotes, quotes_before)
    return Decision(freshness, state, state != known, withdrawn, range(candidate.citations, citations_before))


def dedup_entries(entry: PostFingerprint, decision: Decision) -> tuple[PostFingerprint, ...]:
    """What duplicate detection gets of a candidate, if the post has a home. The text of an older state is a text of the
    post, which may come back if it is deleted.
    """
    rank = decision.state.rank
    if decision.is_emitted:
        return (entry if entry.rank == rank else entry._replace(rank=rank),)
    if entry.is_deleted:
        return ()
    older = entry._replace(is_stale=True)
    return (as_deletion(entry, rank), older) if decision.state.is_deleted else (older,)


def with_rank(tombstone: Tombstone, rank: Rank) -> Tombstone:
    """The report of a deletion with the rank that it was given: without a date it takes that of the known state."""
    if tombstone.provenance.rank == rank:
        return tombstone
    return tombstone.model_copy(update={"provenance": tombstone.provenance.model_copy(update={"rank": tuple(rank)})})


def _counts_before(known: PostState | None, candidate: Candidate) -> tuple[int, int]:
    """Quotes and citations that the post may have had."""
    if known is not None:
        return known.quotes, known.citations
    return (UNKNOWN_QUOTES, UNKNOWN_CITATIONS) if candidate.may_be_edit else (0, 0)


def _known_home(known: PostState | None) -> int | None:
    """A home of another epoch is none: the topic that it was in is another one."""
    return known.home if known is not None and known.epoch == EPOCH else None

"""What a stage decides about a post. Values only: the stage runner sends, counts and acknowledges."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from schemas import DuplicateLink, DuplicateRecord, Fingerprint, NormalizedPost, RejectReason, Tombstone
from schemas.rank import Freshness


@dataclass(slots=True)
class Analyzed:
    """The post was understood."""

    post: NormalizedPost
    fingerprint: Fingerprint
    has_home: bool
    """Whether duplicate detection is asked: its text is long enough to fix the post's home, or it is a forward."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """The post was deleted at its origin."""

    tombstone: Tombstone


@dataclass(frozen=True, slots=True)
class Reject:
    """The message cannot become a record: it is a dead letter."""

    reason: RejectReason
    message: str
    """What is wrong, for an operator; holds no text of the post."""
    field: str | None = None


class DuplicateVerdict(NamedTuple):
    """What a post repeats, as known now: a record of ``posts.duplicates``."""

    key: str
    record: DuplicateRecord | None
    """None: the post was deleted."""

    @property
    def duplicate(self) -> DuplicateLink | None:
        """The post's link."""
        return None if self.record is None else self.record.duplicate


class DedupOutcome(StrEnum):
    """What a post or name was to duplicate detection. A label of metrics."""

    EMIT = "emit"
    """A post seen for the first time, and the first of its kind."""
    DUPLICATE = "duplicate"
    """A post seen for the first time that repeats another."""
    REVISE = "revise"
    """A known post in a newer state."""
    REPEAT = "repeat"
    """A known state, once more."""
    STALE = "stale"
    """An older state than the one known: its text is a text of the post all the same."""
    DELETED = "deleted"
    """A deletion."""
    NAMED = "named"
    """A channel's name, by which forwards find their origin."""


class Folded(NamedTuple):
    """What a post or name changed in the index."""

    change: DedupOutcome
    verdict: DuplicateVerdict | None = None
    """On the post itself; None for an older state, and where too little is known to call it an original."""
    changed: tuple[DuplicateVerdict, ...] = ()
    """On other posts, whose links changed."""

    @property
    def verdicts(self) -> tuple[DuplicateVerdict, ...]:
        """All that is to be sent, in this order."""
        return self.changed if self.verdict is None else (*self.changed, self.verdict)


@dataclass(frozen=True, slots=True)
class DirectResult:
    """What became of a post without Kafka."""

    freshness: Freshness
    record: NormalizedPost | Tombstone
    """The post with its duplicate. It is sent unless its state is stale."""
    verdicts: tuple[DuplicateVerdict, ...] = ()
    withdrawn: tuple[str, ...] = ()
    """Keys of quotes that the post has no more."""
    withdrawn_citations: tuple[str, ...] = ()
    """The same of citations."""

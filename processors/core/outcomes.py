"""What a stage decides about a post. Values only: the shell sends, counts and acknowledges."""

from dataclasses import dataclass

from schemas.fingerprints import Fingerprint
from schemas import (
    ChannelName,
    DuplicateLink,
    FingerprintRecord,
    NormalizedPost,
    RejectReason,
    Tombstone,
)


@dataclass(frozen=True, slots=True)
class Analyzed:
    """The post was understood."""

    post: NormalizedPost
    """Its duplicate is still null."""
    fingerprint: "Fingerprint"
    """What duplicate detection compares."""
    has_home: bool
    """Whether duplicate detection is asked: its text is long enough to fix the post's home, or it is a forward."""


@dataclass(frozen=True, slots=True)
class Reject:
    """The message cannot become a record: it is a dead letter."""

    reason: RejectReason
    message: str
    """What is wrong, for an operator; holds no text of the post."""
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Superseded:
    """An earlier link or canonical post that this post changes."""

    key: str
    duplicate: DuplicateLink | None


@dataclass(frozen=True, slots=True)
class Emit:
    """A post seen for the first time, and the first of its kind."""

    post: NormalizedPost
    state: FingerprintRecord
    superseded: tuple[Superseded, ...] = ()


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A post seen for the first time that repeats another; ``post.duplicate`` says which."""

    post: NormalizedPost
    state: FingerprintRecord
    superseded: tuple[Superseded, ...] = ()


@dataclass(frozen=True, slots=True)
class Revise:
    """A known post whose content changed."""

    post: NormalizedPost
    state: FingerprintRecord
    superseded: tuple[Superseded, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """A known post, unchanged: a replay or a second account. Counted, and kept out of the index."""

    post: NormalizedPost
    state: FingerprintRecord | None = None
    """Only when the post's edit date has moved on: a reaction, or an edit that took another one back."""
    superseded: tuple[Superseded, ...] = ()
    """Never by the post itself: links that a channel's name has changed, where both are sent together."""


@dataclass(frozen=True, slots=True)
class Stale:
    """An older revision than the one known. The post is not emitted; its text is a text of the post all the same."""

    post: NormalizedPost
    state: FingerprintRecord | None = None
    """None when nothing new was learned."""
    superseded: tuple[Superseded, ...] = ()


@dataclass(frozen=True, slots=True)
class Deleted:
    """The post was deleted at its origin."""

    tombstone: Tombstone


@dataclass(frozen=True, slots=True)
class Named:
    """A channel's name, by which forwards find their origin."""

    state: ChannelName | None
    """None when it was known."""
    superseded: tuple[Superseded, ...] = ()


DedupOutcome = Emit | Duplicate | Revise | Repeat | Stale | Deleted

"""Duplicate detection: which posts say the same, and which of them was first.

Posts with equal text form a group, one for each language. Within it every post but the earliest links to an
earlier one, and every chain of links ends at the earliest. "Earlier" means posted earlier, never arrived
earlier, so the end of all chains does not depend on the order of arrival.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from processors.core.outcomes import (
    DedupOutcome,
    Deleted,
    Duplicate,
    Emit,
    Repeat,
    Revise,
    Stale,
    Superseded,
)
from schemas import AnalyzedPost, DuplicateKind, DuplicateLink, FingerprintRecord, NormalizedPost, Tombstone
from schemas.keys import parse_post_key

Place = tuple[bool, datetime, int, int]
"""Position in event time. Unknown dates come last; equal ones go by channel and message id."""

_NEVER = datetime.min.replace(tzinfo=UTC)


def _place(record: FingerprintRecord) -> Place:
    channel_id, message_id = parse_post_key(record.key)
    return (record.posted_at is None, record.posted_at or _NEVER, channel_id, message_id)


@dataclass(slots=True)
class _Member:
    """A known post."""

    key: str
    language: str
    revision: str
    edited_at: datetime | None
    exact: str | None
    place: Place
    original: "_Member | None" = None
    """The earlier post that it repeats."""
    copies: dict[str, "_Member"] = field(default_factory=dict)
    """Posts that link to it."""

    def link(self) -> DuplicateLink | None:
        if self.original is None:
            return None
        return DuplicateLink(of=self.original.key, kind=DuplicateKind.EXACT, similarity=1.0)


class DedupIndex:
    """All posts of some languages. ``decide`` changes it; ``restore`` repeats such a change from the log.

    For a crash to lose nothing, an outcome's other records must be delivered before its ``FingerprintRecord``:
    a restored index takes a post in the log for one whose links were sent.

    A post whose edit changes its language counts as another post there; its old text stays known in the old one.
    """

    def __init__(self) -> None:
        self._members: dict[tuple[str, str], _Member] = {}
        self._firsts: dict[tuple[str, str], _Member] = {}

    def __len__(self) -> int:
        return len(self._members)

    def decide(self, value: AnalyzedPost | Tombstone) -> DedupOutcome:
        """What becomes of a post, given all posts before it."""
        if isinstance(value, Tombstone):
            return Deleted(value)
        post = value.post
        known = self._members.get((post.language.code, post.key))
        if known is not None and known.revision == post.revision:
            return Repeat(_linked(post, known))
        if known is not None and _is_older(post.edited_at, known.edited_at):
            return Stale(post)
        state = _state(value)
        if known is None:
            return self._decide_new(post, state)
        was_duplicate = known.original is not None
        changed = self._revise(known, state)
        if was_duplicate and known.original is None:
            changed += (Superseded(known.key, None),)
        return Revise(_linked(post, known), state, changed)

    def restore(self, record: FingerprintRecord) -> None:
        """Repeat the change that this record of the log stands for. Records must come in the log's order."""
        known = self._members.get((record.language, record.key))
        if known is None:
            self._join(self._new_member(record))
        elif known.revision != record.revision:
            self._revise(known, record)

    def _decide_new(self, post: NormalizedPost, state: FingerprintRecord) -> Emit | Duplicate:
        member = self._new_member(state)
        superseded = self._join(member)
        if member.original is not None:
            return Duplicate(_linked(post, member), state)
        return Emit(post, state, superseded)

    def _new_member(self, record: FingerprintRecord) -> _Member:
        member = _Member(
            key=record.key,
            language=record.language,
            revision=record.revision,
            edited_at=record.edited_at,
            exact=record.fingerprint.exact,
            place=_place(record),
        )
        self._members[record.language, record.key] = member
        return member

    def _revise(self, known: _Member, record: FingerprintRecord) -> tuple[Superseded, ...]:
        """Bring a post up to date; what changes for others."""
        known.revision, known.edited_at = record.revision, record.edited_at
        exact, place = record.fingerprint.exact, _place(record)
        if (exact, place) == (known.exact, known.place):
            return ()
        changed = self._leave(known)
        known.exact, known.place = exact, place
        return changed + self._join(known)

    def _join(self, member: _Member) -> tuple[Superseded, ...]:
        """Put a post into the group of its text; the link of an earlier first post, if it is earlier still."""
        if member.exact is None:
            return ()
        group = (member.language, member.exact)
        first = self._firsts.get(group)
        if first is not None and first.place < member.place:
            _attach(member, first)
            return ()
        self._firsts[group] = member
        return () if first is None else (_attach(first, member),)

    def _leave(self, member: _Member) -> tuple[Superseded, ...]:
        """Take a post out of its group; the new links of its copies.

        Links go to earlier posts only, so the earliest post that is left behind a first one is among its copies.
        """
        if member.exact is None:
            return ()
        copies, member.copies = list(member.copies.values()), {}
        if member.original is not None:
            heir = member.original
            del heir.copies[member.key]
            member.original = None
            return tuple(_attach(copy, heir) for copy in copies)
        group = (member.language, member.exact)
        if not copies:
            del self._firsts[group]
            return ()
        heir = min(copies, key=lambda copy: copy.place)
        heir.original = None
        self._firsts[group] = heir
        return (Superseded(heir.key, None), *(_attach(copy, heir) for copy in copies if copy is not heir))


def _attach(copy: _Member, original: _Member) -> Superseded:
    copy.original = original
    original.copies[copy.key] = copy
    return Superseded(copy.key, copy.link())


def _is_older(edited_at: datetime | None, known: datetime | None) -> bool:
    """An edit date that is unknown is older than any; of equal ones the later arrival wins."""
    return known is not None and (edited_at is None or edited_at < known)


def _linked(post: NormalizedPost, member: _Member) -> NormalizedPost:
    return post if member.original is None else post.model_copy(update={"duplicate": member.link()})


def _state(value: AnalyzedPost) -> FingerprintRecord:
    post = value.post
    return FingerprintRecord(
        key=post.key,
        revision=post.revision,
        language=post.language.code,
        posted_at=post.posted_at,
        edited_at=post.edited_at,
        fingerprint=value.fingerprint,
    )

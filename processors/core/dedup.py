"""Duplicate detection: which posts say the same, and which of them was first.

A post owns the texts of all revisions of it that were seen, and stands with its newest one. Of the posts that stand
with a text the earliest links to the earliest other owner of that text, and the others link to it; so every chain of
links ends at the earliest post. "Earlier" means posted earlier, never arrived earlier, so the end of all chains does
not depend on the order of arrival. An edit moves the post alone: what copied its earlier text stays its copy.
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
    revision: str
    edited_at: datetime | None
    text: "_Text | None"
    place: Place
    original: "_Member | None" = None
    """The earlier post that it repeats."""

    def link(self) -> DuplicateLink | None:
        if self.original is None:
            return None
        return DuplicateLink(of=self.original.key, kind=DuplicateKind.EXACT, similarity=1.0)


@dataclass(slots=True)
class _Text:
    """A text in one language."""

    first: _Member | None = None
    """The earliest post that ever had it."""
    residents: dict[str, _Member] = field(default_factory=dict)
    """The posts that have it now."""
    lead: _Member | None = None
    """The earliest resident."""

    def own(self, member: _Member) -> bool:
        """Take note of an owner; whether that changes anything."""
        if self.first is not None and self.first.place <= member.place:
            return False
        self.first = member
        return True

    def enter(self, member: _Member) -> None:
        """Make an owner a resident, and give it its link."""
        self.residents[member.key] = member
        if self.lead is None or member.place < self.lead.place:
            self.lead = member
        member.original = self.original_of(member)

    def original_of(self, member: _Member) -> _Member | None:
        """What a resident links to."""
        if member is not self.lead:
            return self.lead
        return None if self.first is member else self.first

    def leave(self, member: _Member) -> tuple[Superseded, ...]:
        """A resident goes; links that led through it are drawn past it, links to what it owned stay."""
        del self.residents[member.key]
        if member is self.lead:
            self.lead = min(self.residents.values(), key=lambda resident: resident.place, default=None)
        if self.first is member:
            return ()
        followers = [resident for resident in self.residents.values() if resident.original is member]
        return tuple(_relink(self, follower) for follower in followers)


def _relink(text: _Text, member: _Member) -> Superseded:
    member.original = text.original_of(member)
    return Superseded(member.key, member.link())


class DedupIndex:
    """All posts of some languages. ``decide`` changes it; ``restore`` repeats such a change from the log.

    For a crash to lose nothing, an outcome's other records must be delivered before its ``FingerprintRecord``:
    a restored index takes a post in the log for one whose links were sent.

    A post whose edit changes its language counts as another post there; its old text stays known in the old one.
    """

    def __init__(self) -> None:
        self._members: dict[tuple[str, str], _Member] = {}
        self._texts: dict[tuple[str, str], _Text] = {}

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
        state = _state(value)
        if known is None:
            member, superseded = self._admit(state)
            linked = _linked(post, member)
            return Emit(post, state, superseded) if member.original is None else Duplicate(linked, state, superseded)
        if _is_older(post.edited_at, known.edited_at):
            text = self._text(state)
            is_news = text is not None and text.own(known)
            return Stale(post, state if is_news else None, self._lead_changed(text) if is_news else ())
        was_duplicate = known.original is not None
        changed = self._revise(known, state)
        if was_duplicate and known.original is None:
            changed += (Superseded(known.key, None),)
        return Revise(_linked(post, known), state, changed)

    def restore(self, record: FingerprintRecord) -> None:
        """Repeat the change that this record of the log stands for. Records must come in the log's order."""
        known = self._members.get((record.language, record.key))
        if known is None:
            self._admit(record)
        elif known.revision == record.revision:
            return
        elif _is_older(record.edited_at, known.edited_at):
            text = self._text(record)
            if text is not None and text.own(known):
                self._lead_changed(text)
        else:
            self._revise(known, record)

    def _admit(self, record: FingerprintRecord) -> tuple[_Member, tuple[Superseded, ...]]:
        member = _Member(record.key, record.revision, record.edited_at, self._text(record), _place(record))
        self._members[record.language, record.key] = member
        return member, self._enter(member)

    def _text(self, record: FingerprintRecord) -> _Text | None:
        exact = record.fingerprint.exact
        return None if exact is None else self._texts.setdefault((record.language, exact), _Text())

    def _revise(self, known: _Member, record: FingerprintRecord) -> tuple[Superseded, ...]:
        """Bring a post up to date; what changes for others. Its date stays: Telegram's never changes."""
        known.revision, known.edited_at = record.revision, record.edited_at
        text, left = self._text(record), known.text
        if text is left:
            return ()
        changed = () if left is None else left.leave(known)
        known.text, known.original = text, None
        return changed + self._enter(known)

    def _enter(self, member: _Member) -> tuple[Superseded, ...]:
        text = member.text
        if text is None:
            return ()
        text.own(member)
        lead = text.lead
        text.enter(member)
        if lead is None or text.lead is lead:
            return ()
        return (_relink(text, lead),)

    def _lead_changed(self, text: _Text | None) -> tuple[Superseded, ...]:
        """The first owner changed: so does the link of the earliest resident, unless it is that owner."""
        if text is None or text.lead is None or text.lead.original is text.original_of(text.lead):
            return ()
        return (_relink(text, text.lead),)


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

"""The index of all posts of some languages, and the links that it gives them.

A post owns the texts of all revisions of it that were seen, and stands with its newest one. Of the posts of one day
that stand with one text the earliest is the lead: it links to the earliest owner of any text that says the same, among
the days of the window; the others link to the lead. Every chain of links ends at the earliest post. "Earlier" means
posted earlier, never arrived earlier, and all this depends on the posts alone, so the end of all chains does not depend
on the order of arrival. An edit moves the post alone: what copied its earlier text stays its copy.

A forward links to its origin, whatever it says; what copies its text links to it.
"""

from collections.abc import Mapping

from processors.core.dedup.identity import Identities
from processors.core.dedup.incoming import Incoming, incoming, state_record
from processors.core.dedup.search import Found, Search
from processors.core.dedup.segment import Arrays, Segment, text_query
from processors.core.dedup.tables import EXACT, NO_LINK, NO_ROW, UNDATED, Place, Post, Text, day_of
from processors.core.outcomes import DedupOutcome, Deleted, Duplicate, Emit, Repeat, Revise, Stale, Superseded
from schemas import AnalyzedPost, DuplicateKind, DuplicateLink, FingerprintRecord, NormalizedPost, Tombstone, post_key

WINDOW_DAYS = 7
_KINDS = (None, DuplicateKind.EXACT, DuplicateKind.NEAR, DuplicateKind.PARTIAL, DuplicateKind.FORWARD)

_Links = dict[str, DuplicateLink | None]
"""Key of a post -> its new link."""


class DedupIndex:
    """``decide`` changes it; ``restore`` repeats such a change from the log.

    For a crash to lose nothing, an outcome's other records must be delivered before its ``FingerprintRecord``:
    a restored index takes a post in the log for one whose links were sent.

    A post whose edit changes its language counts as another post there; its old text stays known in the old one.
    """

    def __init__(
        self, window_days: int = WINDOW_DAYS, saved: Mapping[int, Arrays] | None = None, last: tuple[int, int] = (0, 0)
    ) -> None:
        """Build an index; ``saved`` holds the arrays of each day's segment, which may be memory-mapped."""
        self._window_days = window_days
        self._segments = {day: Segment(arrays) for day, arrays in (saved or {}).items()}
        self._windows: dict[int, list[Segment]] = {}
        self._identities = Identities()
        self._search = Search()
        self.last = last
        """Hashes of identity and revision of the last post that changed the index: what the log must end with."""
        self._identify()

    def __len__(self) -> int:
        return len(self._identities)

    @property
    def segments(self) -> Mapping[int, Segment]:
        """The segments by day since 1970; ``tables.UNDATED`` for posts without a date."""
        return self._segments

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, memory-mapped ones included."""
        return self._identities.nbytes + sum(segment.nbytes for segment in self._segments.values())

    @property
    def bound_hits(self) -> int:
        """How often a search was cut short since this index was built."""
        return self._search.bound_hits

    def replace(self, day: int, arrays: Arrays) -> None:
        """Go on with a segment's arrays as they were saved, and free its own."""
        self._segments[day] = Segment(arrays)
        self._windows.clear()

    def drop_before(self, day: int) -> int:
        """Forget the posts of earlier days; how many days that were. Posts without a date stay."""
        dropped = [known for known in self._segments if UNDATED < known < day]
        for known in dropped:
            del self._segments[known]
        if dropped:
            self._windows.clear()
            self._identify()
        return len(dropped)

    def _identify(self) -> None:
        self._identities.replace((day, segment.posts.saved()["identity"]) for day, segment in self._segments.items())

    def is_last(self, record: FingerprintRecord) -> bool:
        """Whether a record of the log is the one that changed the index last."""
        given = incoming(record)
        return self.last == (given.identity, given.revision)

    def decide(self, value: AnalyzedPost | Tombstone) -> DedupOutcome:
        """What becomes of a post, given all posts before it."""
        if isinstance(value, Tombstone):
            return Deleted(value)
        state = state_record(value)
        given = incoming(state)
        known = self._find(given)
        if known is None:
            segment, row, links = self._admit(given)
            post = _linked(value.post, segment.post(row))
            return (Emit if post.duplicate is None else Duplicate)(post, state, _superseded(links))
        segment, row = known
        before = segment.post(row)
        if before.revision == given.revision:
            return Repeat(_linked(value.post, before))
        if given.edited < before.edited:
            stale = self._remember(segment, row, given)
            return Stale(value.post, None if stale is None else state, _superseded(stale or {}))
        links = self._revise(segment, row, given)
        post = _linked(value.post, segment.post(row))
        if before.link_kind != NO_LINK and post.duplicate is None:
            links[post.key] = None
        return Revise(post, state, _superseded(links))

    def restore(self, record: FingerprintRecord) -> None:
        """Repeat the change that this record of the log stands for. Records must come in the log's order."""
        given = incoming(record)
        known = self._find(given)
        if known is None:
            self._admit(given)
            return
        before = known[0].post(known[1])
        if before.revision == given.revision:
            return
        if given.edited < before.edited:
            self._remember(*known, given)
        else:
            self._revise(*known, given)

    def _find(self, given: Incoming) -> tuple[Segment, int] | None:
        known = self._identities.find(given.identity)
        return None if known is None else (self._segments[known[0]], known[1])

    def _admit(self, given: Incoming) -> tuple[Segment, int, _Links]:
        self.last = (given.identity, given.revision)
        day = day_of(given.place.posted)
        segment = self._segments.get(day)
        if segment is None:
            segment = self._segments[day] = Segment()
            self._windows.clear()
        row = segment.add_post(
            Post(given.identity, given.revision, *given.place, given.edited, NO_ROW, NO_LINK, 0.0, 0, 0, 0)
        )
        self._identities.add(given.identity, day, row)
        return segment, row, self._stand(segment, row, given)

    def _revise(self, segment: Segment, row: int, given: Incoming) -> _Links:
        """Bring a post up to date; what changes for others. Its date stays: Telegram's never changes."""
        self.last = (given.identity, given.revision)
        before = segment.post(row)
        segment.set_post(row, before._replace(revision=given.revision, edited=given.edited))
        if before.text != NO_ROW and given.text is not None and _is_text(segment, before.text, given.text):
            return {}
        links = self._leave(segment, row)
        segment.set_post(row, segment.post(row)._replace(link_kind=NO_LINK))
        return links | self._stand(segment, row, given)

    def _remember(self, segment: Segment, row: int, given: Incoming) -> _Links | None:
        """Note an older revision of a post; what changes for others, None if that it had this text is no news."""
        if given.text is None:
            return None
        query = text_query(given.text)
        found = self._search.find(given.text, query, self._window(segment.place(row)))
        text = _own_text(segment, found)
        if text is None:
            segment.add_text(given.text, query, row)
        elif not segment.own(text, row):
            return None
        self.last = (given.identity, given.revision)
        return self._offer(segment.post(row), found)

    def _stand(self, segment: Segment, row: int, given: Incoming) -> _Links:
        """Let a post stand with its text, and give it its link; what changes for others."""
        post = segment.post(row)
        if given.origin is not None:
            post = _to(post, given.origin, DuplicateKind.FORWARD, 1.0)
            segment.set_post(row, post)
        if given.text is None:
            return {}
        query = text_query(given.text)
        found = self._search.find(given.text, query, self._window(post.place))
        text = _own_text(segment, found)
        if text is None:
            text = segment.add_text(given.text, query, row)
        else:
            segment.own(text, row)
        links: _Links = {}
        if given.origin is None:
            lead = segment.text_posts(text)[2]
            if lead != NO_ROW and segment.place(lead) < post.place:
                segment.set_post(row, _to(post, segment.place(lead), DuplicateKind.EXACT, 1.0)._replace(text=text))
                return {}
            segment.set_post(row, self._to_earliest(post, found)._replace(text=text))
            segment.set_lead(text, row)
            if lead != NO_ROW:
                links |= _relink(segment, lead, _to(segment.post(lead), post.place, DuplicateKind.EXACT, 1.0))
        return links | self._offer(post, found)

    def _leave(self, segment: Segment, row: int) -> _Links:
        """Take a post from its text; links that led through it are drawn past it, the lead's may still go to it."""
        post = segment.post(row)
        text = post.text
        if text == NO_ROW:
            return {}
        segment.set_post(row, post._replace(text=NO_ROW))
        residents = segment.residents(text)
        links: _Links = {}
        lead = segment.text_posts(text)[2]
        if lead == row:
            lead = min(residents, key=segment.place, default=NO_ROW)
            segment.set_lead(text, lead)
            if lead != NO_ROW:
                found = self._search.find(
                    told := segment.text(text), text_query(told), self._window(segment.place(lead))
                )
                links |= _relink(segment, lead, self._to_earliest(segment.post(lead), found))
        for resident in residents:
            follower = segment.post(resident)
            if resident != lead and follower.original == post.place:
                links |= _relink(segment, resident, _to(follower, segment.place(lead), DuplicateKind.EXACT, 1.0))
        return links

    def _window(self, place: Place) -> list[Segment]:
        """What a post is compared with: the days around its own, and all days if its date is unknown."""
        day = day_of(place.posted)
        if day == UNDATED:
            return list(self._segments.values())
        window = self._windows.get(day)
        if window is None:
            days = (UNDATED, *range(day - self._window_days, day + self._window_days + 1))
            window = self._windows[day] = [self._segments[near] for near in days if near in self._segments]
        return window

    def _to_earliest(self, post: Post, found: list[Found]) -> Post:
        """The post with a link to the earliest of the earlier owners of what was found, if there is any."""
        best: tuple[Place, DuplicateKind, float] | None = None
        for segment, match in found:
            first, second, _ = segment.text_posts(match.row)
            for owner in (first, second):
                if owner == NO_ROW:
                    continue
                place = segment.place(owner)
                if place.channel != post.channel or match.is_sure:
                    if place < post.place and (best is None or place < best[0]):
                        best = place, match.kind, match.similarity
                    break
        return post._replace(link_kind=NO_LINK) if best is None else _to(post, *best)

    def _offer(self, post: Post, found: list[Found]) -> _Links:
        """Link those leads to a post that have no earlier original."""
        links: _Links = {}
        for segment, match in found:
            lead = segment.text_posts(match.row)[2]
            if lead == NO_ROW:
                continue
            other = segment.post(lead)
            if post.place >= other.place or (other.channel == post.channel and not match.is_sure):
                continue
            if other.original is None or post.place < other.original:
                links |= _relink(segment, lead, _to(other, post.place, match.kind, match.similarity))
        return links


def _own_text(segment: Segment, found: list[Found]) -> int | None:
    """The row of a text among those of a segment, if it is there."""
    rows = (match.row for place, match in found if place is segment and match.kind is DuplicateKind.EXACT)
    return next(rows, None)


def _is_text(segment: Segment, row: int, text: Text) -> bool:
    return bool(segment.text(row)["values"][EXACT] == text["values"][EXACT])


def _to(post: Post, place: Place, kind: DuplicateKind, similarity: float) -> Post:
    return post._replace(
        link_kind=_KINDS.index(kind),
        link_similarity=similarity,
        link_posted=place.posted,
        link_channel=place.channel,
        link_message=place.message,
    )


def _relink(segment: Segment, row: int, post: Post) -> _Links:
    """Keep a post's new link; empty when that is the old one."""
    before = segment.post(row)
    if _link(before) == _link(post):
        return {}
    segment.set_post(row, post)
    return {post_key(post.channel, post.message): _link(post)}


def _link(post: Post) -> DuplicateLink | None:
    kind = _KINDS[post.link_kind]
    if kind is None:
        return None
    similarity = round(post.link_similarity, 4)
    return DuplicateLink(of=post_key(post.link_channel, post.link_message), kind=kind, similarity=similarity)


def _linked(post: NormalizedPost, known: Post) -> NormalizedPost:
    link = _link(known)
    return post if link is None else post.model_copy(update={"duplicate": link})


def _superseded(links: _Links) -> tuple[Superseded, ...]:
    return tuple(Superseded(key, link) for key, link in links.items())

"""The index of all posts of some languages, and the links that it gives them.

A post owns the texts of all revisions of it that were seen, and stands with its newest one. Of the posts of one day
that stand with one text the earliest is the lead: it links to the earliest owner of any text that says the same, among
the days of the window; the others link to the lead. Every chain of links ends at the earliest post. "Earlier" means
posted earlier, never arrived earlier, and all this depends on the posts alone, so the end of all chains does not depend
on the order of arrival. An edit moves the post alone: what copied its earlier text stays its copy.

A forward links to its origin, whatever it says; what copies its text links to it. One whose origin is known by its
channel's name alone is linked as soon as the name is known; until then it is a post like any other.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import overload

from pydantic import ValidationError

from processors.core.dedup.batch import Batch
from processors.core.dedup.days import Days
from processors.core.dedup.identity import Identities, Run
from processors.core.dedup.image import Image
from processors.core.dedup.incoming import Incoming, hashed, identity, name_and_day, state_record
from processors.core.dedup.links import Links, linked, offer, relink, superseded, to, to_earliest
from processors.core.dedup.names import Names
from processors.core.dedup.search import Found, Lookup
from processors.core.dedup.segment import Segment
from processors.core.dedup.tables import EXACT, NO_LINK, NO_ROW, UNKNOWN, Place, Post, Text, day_of, microseconds
from processors.core.outcomes import DedupOutcome, Deleted, Duplicate, Emit, Named, Reject, Repeat, Revise, Stale
from schemas import AnalyzedPost, AnalyzedValue, ChannelName, DuplicateKind, FingerprintRecord, RejectReason, Tombstone
from schemas.analyzed import StateValue
from schemas.reasons import reason_of

WINDOW_DAYS = 7
TOGETHER = 128
"""Posts that are looked up together: larger batches gain next to nothing, and compare each with all others."""


class DedupIndex:
    """``decide`` changes it; ``restore`` repeats such a change from the log.

    For a crash to lose nothing, an outcome's other records must be delivered before its ``FingerprintRecord``:
    a restored index takes a post in the log for one whose links were sent.

    A post whose edit changes its language counts as another post there; its old text stays known in the old one.
    """

    def __init__(
        self,
        window_days: int = WINDOW_DAYS,
        saved: Mapping[int, Image] | None = None,
        last: tuple[int, int] = (0, 0),
        runs: Sequence[Run] | None = None,
    ) -> None:
        """Build an index; ``saved`` holds the image of each day, and ``runs`` say where its posts are: without them the
        days are asked.
        """
        self.days = Days(window_days, saved or {})
        """The storage of the days; what is read of them is in ``segments``."""
        self.identities = Identities(self.days, runs)
        """Where each post is."""
        self._names = Names(self.days)
        self._cut_short = 0
        self.last = last
        """Hashes of identity and revision of the last post that changed the index: what the log must end with."""

    def __len__(self) -> int:
        return self.days.posts

    @property
    def segments(self) -> Mapping[int, Segment]:
        """The segments by day since 1970; ``tables.UNDATED`` for posts without a date."""
        return self.days

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, memory-mapped ones included."""
        return self.identities.nbytes + self.days.nbytes

    @property
    def bound_hits(self) -> int:
        """How often a bound cut a search short, or what is known of a name, since this index was built."""
        return self._cut_short + self._names.bound_hits

    def drop_before(self, day: int) -> int:
        """Forget the posts of earlier days; how many days that were. Posts without a date stay."""
        return self._dropped(self.days.drop_before(day))

    def drop_arrived_before(self, moment_ms: int) -> int:
        """Forget the days whose last record arrived before a moment, in milliseconds of the broker's clock; how many
        days that were.
        """
        return self._dropped(self.days.drop_arrived_before(moment_ms))

    def _dropped(self, days: int) -> int:
        if days:
            self._cut_short, self._names = self.bound_hits, Names(self.days)
        return days

    def is_last(self, record: StateValue) -> bool:
        """Whether a record of the log is the one that changed the index last."""
        if isinstance(record, ChannelName):
            return self.last == _change(record)
        return self.last == (identity(record), hashed(record.revision))

    @overload
    def decide(self, value: AnalyzedPost | Tombstone) -> DedupOutcome: ...

    @overload
    def decide(self, value: AnalyzedValue) -> DedupOutcome | Named: ...

    def decide(self, value: AnalyzedValue) -> DedupOutcome | Named:
        """What becomes of a post, given all posts before it."""
        (outcome,) = self.decide_all([value])
        if isinstance(outcome, Reject):
            raise ValueError(f"{outcome.field}: {outcome.message}")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @overload
    def decide_all(self, values: Sequence[AnalyzedPost | Tombstone]) -> list[DedupOutcome | Reject | Exception]: ...

    @overload
    def decide_all(self, values: Sequence[AnalyzedValue]) -> list[DedupOutcome | Named | Reject | Exception]: ...

    def decide_all(self, values: Sequence[AnalyzedValue]) -> Sequence[DedupOutcome | Named | Reject | Exception]:
        """The same for posts that follow each other, in less time. A post that the index cannot hold is rejected, and
        changes nothing; one that fails on the way gives its error.
        """
        return [
            outcome
            for start in range(0, len(values), TOGETHER)
            for outcome in self._decide_together(values[start : start + TOGETHER])
        ]

    def _decide_together(self, values: Sequence[AnalyzedValue]) -> list[DedupOutcome | Named | Reject | Exception]:
        states = [_state_of(value) if isinstance(value, AnalyzedPost) else None for value in values]
        posts = [state for state in states if isinstance(state, FingerprintRecord)]
        numbers = iter(range(len(posts)))
        outcomes: list[DedupOutcome | Named | Reject | Exception] = []
        with self._batch(posts) as batch:
            for value, state in zip(values, states, strict=True):
                if isinstance(state, Reject):
                    outcomes.append(state)
                    continue
                if isinstance(value, Tombstone):
                    outcomes.append(Deleted(value))
                    continue
                try:
                    if isinstance(value, ChannelName):
                        outcomes.append(self._name(value, batch))
                        continue
                    assert state is not None
                    outcomes.append(self._decide(value, state, batch, next(numbers)))
                except Exception as error:  # noqa: BLE001 - one bad post must not stop the rest
                    outcomes.append(error)
        return outcomes

    def restore(self, records: Sequence[StateValue]) -> None:
        """Repeat the changes that these records of the log stand for. They must come in the log's order."""
        for start in range(0, len(records), TOGETHER):
            some = records[start : start + TOGETHER]
            posts = [record for record in some if isinstance(record, FingerprintRecord)]
            numbers = iter(range(len(posts)))
            with self._batch(posts) as batch:
                for record in some:
                    if isinstance(record, ChannelName):
                        self._name(record, batch)
                    else:
                        self._restore(batch, next(numbers))

    @contextmanager
    def _batch(self, records: Sequence[FingerprintRecord]) -> Iterator[Batch]:
        batch = Batch(records, self.identities, self.days.window)
        self._cut_short += batch.lookup.bound_hits
        try:
            yield batch
        finally:
            batch.close()
            self.days.rest()

    def _decide(self, value: AnalyzedPost, state: FingerprintRecord, batch: Batch, number: int) -> DedupOutcome:
        given, known = batch.given(number), self._find(batch, number)
        if known is None:
            post, links = self._admit(given, batch, number)
            record = linked(value.post, post)
            return (Emit if record.duplicate is None else Duplicate)(record, state, superseded(links))
        segment, row = known
        before = segment.post(row)
        if before.revision == given.revision and given.edited >= before.edited:
            is_newer = self._touch(segment, row, given)
            return Repeat(linked(value.post, before), state if is_newer else None)
        if given.edited < before.edited:
            stale = self._remember(segment, row, given, batch, number)
            return Stale(value.post, None if stale is None else state, superseded(stale or {}))
        links = self._revise(segment, row, given, batch, number)
        record = linked(value.post, segment.post(row))
        if before.link_kind != NO_LINK and record.duplicate is None:
            links[record.key] = None
        return Revise(record, state, superseded(links))

    def _restore(self, batch: Batch, number: int) -> None:
        given, known = batch.given(number), self._find(batch, number)
        if known is None:
            self._admit(given, batch, number)
            return
        before = known[0].post(known[1])
        if given.edited < before.edited:
            self._remember(*known, given, batch, number)
        elif before.revision == given.revision:
            self._touch(*known, given)
        else:
            self._revise(*known, given, batch, number)

    def _find(self, batch: Batch, number: int) -> tuple[Segment, int] | None:
        known = batch.find(number)
        return None if known is None else (self.segments[known[0]], known[1])

    def _admit(self, given: Incoming, batch: Batch, number: int) -> tuple[Post, Links]:
        day = day_of(given.place.posted)
        segment = self.days.segment(day)
        post = Post(given.identity, given.revision, *given.place, given.edited, NO_ROW, NO_LINK, 0.0, 0, 0, 0)
        row = segment.add_post(post)
        self.last = (given.identity, given.revision)
        batch.admit(number, day, row)
        origin = self._origin(segment, row, given, is_new=True)
        return self._stand(segment, row, post, origin, batch, number)

    def _name(self, value: ChannelName, batch: Batch) -> Named:
        """Take note of a channel's name, and link the forwards that waited for it."""
        name, since = name_and_day(value)
        if not self._names.learn(name, value.channel_id, since):
            return Named(None)
        self.last = _change(value)
        links: Links = {}
        for day, row, named in self._names.forwards(name):
            segment = self.segments[day]
            post = segment.post(row)
            origin = self._names.place(named, post.place)
            if origin is None or post.original == origin:
                continue
            links |= self._leave(segment, row, batch)
            forward = to(segment.post(row), origin, DuplicateKind.FORWARD, 1.0)
            links |= relink(segment, row, forward)
        return Named(value, superseded(links))

    def _origin(self, segment: Segment, row: int, given: Incoming, *, is_new: bool) -> Place | None:
        """Where the origin of a post stands, as far as it is known by now."""
        if given.named is None:
            return given.origin
        place = segment.place(row)
        if is_new or not segment.is_forward(row):
            self._names.wait(given.named, day_of(place.posted), row)
        return self._names.place(given.named, place)

    def _touch(self, segment: Segment, row: int, given: Incoming) -> bool:
        """Note the latest edit of a post that left it as it is, so that what was edited before that is older; whether
        it is news.
        """
        before = segment.post(row)
        if given.edited == before.edited:
            return False
        self.last = (given.identity, given.revision)
        segment.set_post(row, before._replace(edited=given.edited))
        return True

    def _revise(self, segment: Segment, row: int, given: Incoming, batch: Batch, number: int) -> Links:
        """Bring a post up to date; what changes for others. Its date stays: Telegram's never changes."""
        self.last = (given.identity, given.revision)
        before = segment.post(row)
        segment.set_post(row, before._replace(revision=given.revision, edited=given.edited))
        text = batch.texts.get(number)
        if before.text != NO_ROW and text is not None and _is_text(segment, before.text, batch.lookup.texts[text]):
            return {}
        links = self._leave(segment, row, batch)
        post = segment.post(row)._replace(link_kind=NO_LINK)
        segment.set_post(row, post)
        origin = self._origin(segment, row, given, is_new=False)
        return links | self._stand(segment, row, post, origin, batch, number)[1]

    def _remember(self, segment: Segment, row: int, given: Incoming, batch: Batch, number: int) -> Links | None:
        """Note an older revision of a post; what changes for others, None if that it had this text is no news."""
        text = batch.texts.get(number)
        if text is None:
            return None
        post = segment.post(row)
        _, found, is_news = self._own(segment, row, post.place, batch, text)
        if not is_news:
            return None
        self.last = (given.identity, given.revision)
        return offer(post, found)

    def _own(
        self, segment: Segment, row: int, place: Place, batch: Batch, number: int
    ) -> tuple[int, list[Found], bool]:
        """Note that a post has or had a text: its row, what says the same, and whether it changes anything."""
        found = self._look(batch, number, place)
        text = _own_text(segment, found) if found else None
        if text is not None:
            return text, found, segment.own(text, row)
        text = segment.add_text(batch.lookup.texts[number], row)
        batch.lookup.added(number, segment, text)
        return text, found, True

    def _look(self, batch: Batch, number: int, place: Place) -> list[Found]:
        day = day_of(place.posted)
        if day == batch.days[number]:
            return batch.lookup.find(number, self.days.window(day))
        return self._look_again(batch, batch.lookup.texts[number : number + 1], place)

    def _look_again(self, batch: Batch, text: Text, place: Place) -> list[Found]:
        """What says the same as a text that was not looked up for the days around a place."""
        batch.lookup.chain()
        window = self.days.window(day_of(place.posted))
        lookup = Lookup(text, [window])
        self._cut_short += lookup.bound_hits
        return lookup.find(0, window)

    def _stand(
        self, segment: Segment, row: int, post: Post, origin: Place | None, batch: Batch, number: int
    ) -> tuple[Post, Links]:
        """Let a post stand with its text, and give it its link; the post, and what changes for others."""
        if origin is not None:
            post = to(post, origin, DuplicateKind.FORWARD, 1.0)
        told = batch.texts.get(number)
        text, found = NO_ROW, list[Found]()
        if told is not None:
            text, found, _ = self._own(segment, row, post.place, batch, told)
        if origin is not None or told is None:
            segment.set_post(row, post)
            return post, offer(post, found)
        if not found:
            segment.lead(text, row)
            return post, {}
        lead = segment.text_posts(text)[2]
        if lead != NO_ROW and segment.place(lead) < post.place:
            post = to(post, segment.place(lead), DuplicateKind.EXACT, 1.0)._replace(text=text)
            segment.set_post(row, post)
            return post, {}
        post = to_earliest(post, found)
        segment.set_post(row, post)
        segment.lead(text, row)
        links: Links = {}
        if lead != NO_ROW:
            links |= relink(segment, lead, to(segment.post(lead), post.place, DuplicateKind.EXACT, 1.0))
        return post, links | offer(post, found)

    def _leave(self, segment: Segment, row: int, batch: Batch) -> Links:
        """Take a post from its text; links that led through it are drawn past it, the lead's may still go to it."""
        post = segment.post(row)
        text = post.text
        if text == NO_ROW:
            return {}
        segment.set_post(row, post._replace(text=NO_ROW))
        residents = segment.residents(text)
        links: Links = {}
        lead = segment.text_posts(text)[2]
        if lead == row:
            lead = min(residents, key=segment.place, default=NO_ROW)
            segment.set_lead(text, lead)
            if lead != NO_ROW:
                found = self._look_again(batch, segment.texts.rows[text : text + 1], segment.place(lead))
                links |= relink(segment, lead, to_earliest(segment.post(lead), found))
        for resident in residents:
            follower = segment.post(resident)
            if resident != lead and follower.original == post.place:
                links |= relink(segment, resident, to(follower, segment.place(lead), DuplicateKind.EXACT, 1.0))
        return links


def _state_of(value: AnalyzedPost) -> FingerprintRecord | Reject:
    """The state record of a post, whose keys and dates are such that rows can hold them."""
    try:
        return state_record(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return Reject(RejectReason.INVALID_FIELD, reason_of(first), ".".join(map(str, first["loc"])))


def _change(name: ChannelName) -> tuple[int, int]:
    """``DedupIndex.last`` after a name."""
    return hashed(name.key), 0 if name.seen_at is None else microseconds(name.seen_at, UNKNOWN)


def _own_text(segment: Segment, found: list[Found]) -> int | None:
    """The row of a text among those of a segment, if it is there."""
    rows = (row for place, row, match in found if place is segment and match.kind is DuplicateKind.EXACT)
    return next(rows, None)


def _is_text(segment: Segment, row: int, text: Text) -> bool:
    return bool(segment.text(row)["values"][EXACT] == text["values"][EXACT])

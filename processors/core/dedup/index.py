"""The index of all posts of one home, and the links that it gives them: a fold over ``posts.fingerprints``.

A post owns the texts of all its states that were seen, unless it is deleted, and stands with its newest one, by the
rule of ``schemas.rank``. Of the posts of one day that stand with one text the earliest is the lead: it links to the
earliest owner of any text that says the same, among the days of the window; the others link to the lead. Every chain
of links ends at the earliest post. "Earlier" means posted earlier, never arrived earlier, and all this depends on the
posts alone, so the end of all chains does not depend on the order of arrival. An edit moves the post alone: what copied
its earlier text stays its copy. A deletion takes it from all of them, and the earliest post that is left takes its
place.

A forward links to its origin, whatever it says; what copies its text links to it. One whose origin is known by its
channel's name alone is linked as soon as the name is known; until then it is a post like any other.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from processors.core.dedup.batch import Batch
from processors.core.dedup.current_texts import Texts, is_text
from processors.core.dedup.day_segments import Days
from processors.core.dedup.deletion import restore, withdraw
from processors.core.dedup.incoming import hashed, name_and_day, named, origin_place, posted, revision_text, state_of
from processors.core.dedup.known_posts import Identities, Run
from processors.core.dedup.links import Links, offer, relink, to, verdict
from processors.core.dedup.named_origins import Names
from processors.core.dedup.post_location import Seat
from processors.core.dedup.post_table import (
    BARE,
    DELETED,
    NO_LINK,
    NO_ROW,
    RETURNED,
    UNKNOWN,
    Place,
    Post,
    day_of,
    day_of_arrival,
)
from processors.core.dedup.segment import Segment
from processors.core.dedup.segment_image import Image
from processors.core.outcomes import DedupOutcome, Folded
from schemas import ChannelName, DuplicateKind, FingerprintBatch, PostFingerprint
from schemas.rank import Freshness, compare

WINDOW_DAYS = 7
SPARE_DAYS = 23
"""So much longer than the window a day is kept, unless it is set."""
TOGETHER = 128
"""Posts that are looked up together: larger batches gain next to nothing, and compare each with all others."""

_DAY_MS = 86_400_000


class DedupIndex:
    """``fold`` changes it. Its state is a function of the records folded, in their order, however they are sliced.

    Days are forgotten ``keep_days`` after the last arrival of any of their posts, by the broker's time: when the first
    record of another day (UTC) is folded, what is older than that is dropped. A post of a day that was forgotten is not
    known any more.
    """

    def __init__(
        self,
        window_days: int = WINDOW_DAYS,
        saved: Mapping[int, Image] | None = None,
        last: tuple[int, int] = (0, 0),
        runs: Sequence[Run] | None = None,
        *,
        keep_days: int | None = None,
    ) -> None:
        """Build an index; ``saved`` holds the image of each day, ``last`` is that of the index that was saved, and
        ``runs`` say where its posts are: without them the days are asked.
        """
        self.days = Days(window_days, saved or {})
        """The storage of the days; what is read of them is in ``segments``."""
        self._keep_ms = (window_days + SPARE_DAYS if keep_days is None else keep_days) * _DAY_MS
        self.identities = Identities(self.days, runs)
        """Where each post is."""
        self._names = Names(self.days)
        self._texts = Texts(self.days)
        self.last = last
        """Greatest broker's time folded, and a hash of the last record: what the log must end with."""

    def __len__(self) -> int:
        return self.days.posts

    @property
    def segments(self) -> Mapping[int, Segment]:
        """The segments by day since 1970; see ``Days``."""
        return self.days

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, memory-mapped ones included."""
        return self.identities.nbytes + self.days.nbytes

    @property
    def bound_hits(self) -> int:
        """How often a bound cut a search short, or what is known of a name, since this index was built."""
        return self._texts.bound_hits + self._names.bound_hits

    def is_last(self, record: FingerprintBatch) -> bool:
        """Whether a record of the log is the one that was folded last."""
        return self.last[1] == _mark(record)

    def fold(self, record: FingerprintBatch, arrived_ms: int) -> list[Folded | Exception]:
        """What each name, and then each post, of a record changes; its error for one that failed on the way."""
        return self.fold_all([(record, arrived_ms)])

    def fold_all(self, records: Sequence[tuple[FingerprintBatch, int]]) -> list[Folded | Exception]:
        """The same for records that follow each other, each with its broker's time, in less time."""
        return [change if isinstance(change, Exception) else _rendered(change) for change in self._run(records)]

    def fold_silently(self, records: Sequence[tuple[FingerprintBatch, int]]) -> None:
        """Fold records whose verdicts were sent before."""
        self._run(records)

    def _run(self, records: Sequence[tuple[FingerprintBatch, int]]) -> "list[_Change | Exception]":
        changes: list[_Change | Exception] = []
        entries: list[_Entry] = []
        for record, arrived_ms in records:
            clock_ms = max(self.last[0], arrived_ms)
            if day_of_arrival(clock_ms) > day_of_arrival(self.last[0]):
                changes += self._fold_together(entries)
                entries = []
                self._forget(clock_ms)
            self.last = clock_ms, _mark(record)
            values: list[ChannelName | PostFingerprint] = [*record.names, *record.posts]
            for value in values:
                entries.append((value, clock_ms))
                if len(entries) == TOGETHER:
                    changes += self._fold_together(entries)
                    entries = []
        return changes + self._fold_together(entries)

    def _forget(self, clock_ms: int) -> None:
        if self.days.drop_before(clock_ms - self._keep_ms):
            self._texts.bound_hits, self._names = self.bound_hits, Names(self.days)

    def _fold_together(self, entries: "Sequence[_Entry]") -> "list[_Change | Exception]":
        posts = [(value, arrived_ms) for value, arrived_ms in entries if isinstance(value, PostFingerprint)]
        numbers = iter(range(len(posts)))
        changes: list[_Change | Exception] = []
        try:
            prepared = self._batch(posts)
        except Exception as error:  # noqa: BLE001 - alone each shows whether it is at fault
            return [error] if len(entries) == 1 else [one for entry in entries for one in self._fold_together([entry])]
        with self._closing(prepared) as batch:
            for value, _ in entries:
                try:
                    if isinstance(value, ChannelName):
                        batch.write_leads()
                        changes.append(self._name(value, batch))
                    else:
                        changes.append(self._post(value, batch, next(numbers)))
                except Exception as error:  # noqa: BLE001 - one bad post must not stop the rest
                    changes.append(error)
        return changes

    def _batch(self, posts: Sequence[tuple[PostFingerprint, int]]) -> Batch:
        given, arrived_ms = [post for post, _ in posts], [arrived for _, arrived in posts]
        batch = Batch(given, arrived_ms, self.identities, self.days.window)
        self._texts.bound_hits += batch.lookup.bound_hits
        return batch

    @contextmanager
    def _closing(self, batch: Batch) -> Iterator[Batch]:
        try:
            yield batch
        finally:
            batch.close()
            self.days.rest()

    def _post(self, given: PostFingerprint, batch: Batch, number: int) -> "_Change":
        if (known_at := batch.find(number)) is None:
            return self._lead(given, batch, number) if batch.is_lead[number] else self._first(given, batch, number)
        batch.write_leads()
        seat = self._seat(known_at, given, batch, number)
        before = seat.post
        known = None if before.state & BARE else state_of(before)
        freshness, _ = compare(known, given.rank, revision_text(given.revision), is_deleted=given.is_deleted)
        if given.is_stale or freshness is Freshness.STALE:
            return _Change(DedupOutcome.STALE, None, self._remember(seat, batch, number))
        if freshness is Freshness.REPEAT:
            return _Change(DedupOutcome.REPEAT, before, {})
        seat.segment.touch(batch.arrived_ms[number])
        if given.is_deleted:
            return _Change(DedupOutcome.DELETED, *self._delete(seat, given, batch))
        is_returned = known is None and given.is_repeat
        return _Change(DedupOutcome.REVISE, *self._revise(seat, given, batch, number, is_returned=is_returned))

    def _lead(self, given: PostFingerprint, batch: Batch, number: int) -> "_Change":
        """A post that is not known, and that nothing says the same as: most of a stream."""
        batch.admit_lead(number, *self._day(batch, number, posted(given)))
        return _Change(DedupOutcome.EMIT, batch.post(number), {})

    def _first(self, given: PostFingerprint, batch: Batch, number: int) -> "_Change":
        """Another post that is not known."""
        if given.is_stale:
            if number not in batch.texts:
                return _Change(DedupOutcome.STALE, None, {})
            return _Change(
                DedupOutcome.STALE, None, self._remember(self._admit(given, batch, number, BARE), batch, number)
            )
        if given.is_deleted:
            return _Change(DedupOutcome.DELETED, self._admit(given, batch, number, DELETED).post, {})
        seat = self._admit(given, batch, number, RETURNED if given.is_repeat else 0)
        origin = self._origin(seat, given, is_new=True)
        post, links = self._texts.stand(seat, seat.post, origin, batch, number)
        change = DedupOutcome.EMIT if post.link_kind == NO_LINK else DedupOutcome.DUPLICATE
        return _Change(DedupOutcome.REPEAT if given.is_repeat else change, post, links)

    def _seat(self, known_at: tuple[int, int], given: PostFingerprint, batch: Batch, number: int) -> Seat:
        day, row = known_at
        seat = Seat(day, self.segments[day], row)
        is_placed = given.posted_us is None or seat.post.posted != UNKNOWN
        return seat if is_placed or not seat.is_bare_deletion else self._move(seat, given, batch, number)

    def _move(self, seat: Seat, given: PostFingerprint, batch: Batch, number: int) -> Seat:
        """Keep a post by its date of which only the deletion was known, that has none."""
        before = seat.post
        seat.segment.set_post(seat.row, before._replace(identity=hashed(f"moved {given.key}")))
        day = day_of(posted(given))
        segment = self.days.segment(day)
        segment.touch(batch.arrived_ms[number])
        row = segment.add_post(before._replace(posted=posted(given)))
        batch.admit(number, day, row)
        return Seat(day, segment, row)

    def _admit(self, given: PostFingerprint, batch: Batch, number: int, state: int) -> Seat:
        day, segment = self._day(batch, number, posted(given))
        row = segment.add_post(batch.post(number, state))
        batch.admit(number, day, row)
        return Seat(day, segment, row)

    def _day(self, batch: Batch, number: int, posted: int) -> tuple[int, Segment]:
        """Where a post of this time is kept."""
        arrived_ms = batch.arrived_ms[number]
        day = self.days.of_arrival(day_of(posted), arrived_ms)
        segment = self.days.segment(day)
        segment.touch(arrived_ms)
        return day, segment

    def _name(self, value: ChannelName, batch: Batch) -> "_Change":
        """Take note of a channel's name, and link the forwards that waited for it."""
        name, since = name_and_day(value)
        links: Links = {}
        if not self._names.learn(name, value.channel_id, since):
            return _Change(DedupOutcome.NAMED, None, {})
        for day, row, waiting in self._names.forwards(name):
            seat = Seat(day, self.segments[day], row)
            post = seat.post
            origin = self._names.place(waiting, post.place)
            if post.state & DELETED or origin is None or post.original == origin:
                continue
            links |= self._texts.leave(seat, batch)
            links |= relink(seat.segment, row, to(seat.post, origin, DuplicateKind.FORWARD, 1.0))
        return _Change(DedupOutcome.NAMED, None, links)

    def _origin(self, seat: Seat, given: PostFingerprint, *, is_new: bool) -> Place | None:
        """Where the origin of a post stands, as far as it is known by now."""
        if given.named_origin is None:
            return None if given.origin is None else origin_place(given.origin)
        origin, place = named(given.named_origin), seat.post.place
        if is_new or not seat.segment.is_forward(seat.row):
            self._names.wait(origin, seat.day, seat.row)
        return self._names.place(origin, place)

    def _revise(
        self, seat: Seat, given: PostFingerprint, batch: Batch, number: int, *, is_returned: bool
    ) -> tuple[Post, Links]:
        """Bring a post up to date; what changes for others. Its date stays: Telegram's never changes."""
        _, segment, row = seat
        before = seat.post
        moment_us, state_class = given.rank
        state = state_class | RETURNED if is_returned else int(state_class)
        segment.set_post(row, before._replace(revision=given.revision, moment=moment_us, state=state))
        text = batch.texts.get(number)
        is_forward = given.origin is not None or given.named_origin is not None
        is_compared = before.text != NO_ROW and text is not None and not is_forward
        if is_compared and is_text(segment, before.text, batch.lookup.texts[text]):
            return seat.post, {}
        if before.state & DELETED:
            links = restore(segment, row, partial(self._texts.look_again, batch))
        else:
            links = self._texts.leave(seat, batch)
        post = seat.post._replace(link_kind=NO_LINK)
        segment.set_post(row, post)
        origin = self._origin(seat, given, is_new=False)
        post, changed = self._texts.stand(seat, post, origin, batch, number)
        return post, links | changed

    def _delete(self, seat: Seat, given: PostFingerprint, batch: Batch) -> tuple[Post, Links]:
        """Take a post from its texts; what changes for others."""
        before = seat.post
        moment_us, state_class = given.rank
        state = {"revision": 0, "moment": moment_us, "state": state_class | DELETED}
        seat.segment.set_post(seat.row, before._replace(**state, text=NO_ROW, link_kind=NO_LINK))
        if before.state & DELETED:
            return seat.post, {}
        window = self.days.window(day_of(before.posted))
        return seat.post, withdraw(seat.segment, seat.row, before.text, partial(self._texts.look_again, batch), window)

    def _remember(self, seat: Seat, batch: Batch, number: int) -> Links:
        """Note an older text of a post; what changes for others."""
        text = batch.texts.get(number)
        if text is None:
            return {}
        post = seat.post
        own, found, is_first = self._texts.own(seat, batch, text, is_owner=not post.state & DELETED)
        is_news = own != post.text and seat.segment.note_text(seat.row, own)
        if is_first or is_news:
            seat.segment.touch(batch.arrived_ms[number])
        return offer(post, found) if is_first else {}


_Entry = tuple[ChannelName | PostFingerprint, int]
"""A name or post, and the greatest broker's time up to it."""


class _Change(NamedTuple):
    """What a name or post changed, in rows."""

    change: DedupOutcome
    post: Post | None
    """The post itself, where there is a verdict on it."""
    links: Links


def _rendered(change: _Change) -> Folded:
    post, links = change.post, change.links
    if post is None:
        return Folded(change.change, None, tuple(map(verdict, links.values())))
    links.pop((post.channel, post.message), None)
    is_known = post.link_kind != NO_LINK or not post.state & RETURNED
    return Folded(change.change, verdict(post) if is_known else None, tuple(map(verdict, links.values())))


def _mark(record: FingerprintBatch) -> int:
    """Hash of a record, by its last post or name."""
    last = record.posts[-1]._replace(fingerprint=None) if record.posts else record.names[-1] if record.names else None
    return hashed(f"{len(record.posts)} {len(record.names)} {last}")

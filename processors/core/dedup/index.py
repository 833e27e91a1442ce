"""The index of all posts of one home, and the links that it gives them: a fold over ``posts.fingerprints``.

A post owns the texts of all its states that were seen, unless it is deleted; it is attached to the newest one, by
the rule of ``schemas.rank``. Of the posts of one day attached to a text the earliest is the leader: it links to the
earliest owner of any similar text, among the days of the window; the others link to the leader. Every chain of
links ends at the earliest post. "Earlier" means posted earlier, never arrived earlier, and all this depends on the
posts alone, so the end of all chains does not depend on the order of arrival. An edit moves the post alone: what copied
its earlier text stays its copy. A deletion takes it from all of them, and the earliest post that is left takes its
place.

A forward links to its origin, whatever its text; what copies its text links to it. One whose origin is known by its
channel's name alone is linked as soon as the name is known; until then it is a post like any other.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from processors.core.dedup.current_texts import CurrentTexts, is_text
from processors.core.dedup.day_segments import DaySegments
from processors.core.dedup.deletion import restore, withdraw
from processors.core.dedup.fingerprint_records import revision_text
from processors.core.dedup.known_posts import KnownPosts, SortedRun
from processors.core.dedup.links import Links, link_later_leaders, relink, verdict, with_link
from processors.core.dedup.named_origins import ChannelNameRegistry
from processors.core.dedup.post_batch import PostBatch
from processors.core.dedup.post_location import PostLocation
from processors.core.dedup.post_table import (
    BARE,
    DELETED,
    NO_LINK,
    NO_ROW,
    RETURNED,
    UNKNOWN,
    EventPosition,
    IndexedPost,
    day_of,
    day_of_arrival,
)
from processors.core.dedup.record_rows import hashed, name_and_day, named, origin_position, posted, state_of
from processors.core.dedup.segment import Segment
from processors.core.dedup.segment_image import Image
from processors.core.outcomes import DedupOutcome, Folded
from schemas import ChannelName, DuplicateKind, FingerprintBatch, PostFingerprint
from schemas.rank import Freshness, compare
from schemas.times import DAY_MS

WINDOW_DAYS = 7
SPARE_DAYS = 23
"""So much longer than the window a day is kept, unless it is set."""
TOGETHER = 128
"""Posts that are looked up together: larger batches gain next to nothing, and compare each with all others."""


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
        runs: Sequence[SortedRun] | None = None,
        *,
        keep_days: int | None = None,
    ) -> None:
        """Build an index; ``saved`` holds the image of each day, ``last`` is that of the index that was saved, and
        ``runs`` locate its posts: without them the days are asked.
        """
        self.days = DaySegments(window_days, saved or {})
        """The storage of the days; what is read of them is in ``segments``."""
        self._keep_ms = (window_days + SPARE_DAYS if keep_days is None else keep_days) * DAY_MS
        self.known_posts = KnownPosts(self.days, runs)
        """Where each post is."""
        self._names = ChannelNameRegistry(self.days)
        self._texts = CurrentTexts(self.days)
        self.last = last
        """Greatest broker's time folded, and a hash of the last record: what the log must end with."""

    def __len__(self) -> int:
        return self.days.posts

    @property
    def segments(self) -> Mapping[int, Segment]:
        """The segments by day since 1970; see ``DaySegments``."""
        return self.days

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, memory-mapped ones included."""
        return self.known_posts.nbytes + self.days.nbytes

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
        entries: list[_DatedEntry] = []
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
            self._texts.bound_hits, self._names = self.bound_hits, ChannelNameRegistry(self.days)

    def _fold_together(self, entries: "Sequence[_DatedEntry]") -> "list[_Change | Exception]":
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
                        batch.write_leaders()
                        changes.append(self._name(value, batch))
                    else:
                        changes.append(self._post(value, batch, next(numbers)))
                except Exception as error:  # noqa: BLE001 - one bad post must not stop the rest
                    changes.append(error)
        return changes

    def _batch(self, posts: Sequence[tuple[PostFingerprint, int]]) -> PostBatch:
        given, arrived_ms = [post for post, _ in posts], [arrived for _, arrived in posts]
        batch = PostBatch(given, arrived_ms, self.known_posts, self.days.window)
        self._texts.bound_hits += batch.lookup.bound_hits
        return batch

    @contextmanager
    def _closing(self, batch: PostBatch) -> Iterator[PostBatch]:
        try:
            yield batch
        finally:
            batch.close()
            self.days.unload_idle()

    def _post(self, given: PostFingerprint, batch: PostBatch, number: int) -> "_Change":
        if (known_at := batch.find(number)) is None:
            return self._leader(given, batch, number) if batch.is_leader[number] else self._first(given, batch, number)
        batch.write_leaders()
        location = self._locate(known_at, given, batch, number)
        before = location.post
        known = None if before.state & BARE else state_of(before)
        freshness, _ = compare(known, given.rank, revision_text(given.revision), is_deleted=given.is_deleted)
        if given.is_stale or freshness is Freshness.STALE:
            return _Change(DedupOutcome.STALE, None, self._remember(location, batch, number))
        if freshness is Freshness.REPEAT:
            return _Change(DedupOutcome.REPEAT, before, {})
        location.segment.touch(batch.arrived_ms[number])
        if given.is_deleted:
            return _Change(DedupOutcome.DELETED, *self._delete(location, given, batch))
        is_returned = known is None and given.is_repeat
        return _Change(DedupOutcome.REVISE, *self._revise(location, given, batch, number, is_returned=is_returned))

    def _leader(self, given: PostFingerprint, batch: PostBatch, number: int) -> "_Change":
        """A post that is not known and has no duplicate: most of a stream."""
        batch.admit_leader(number, *self._day(batch, number, posted(given)))
        return _Change(DedupOutcome.EMIT, batch.post(number), {})

    def _first(self, given: PostFingerprint, batch: PostBatch, number: int) -> "_Change":
        """Another post that is not known."""
        if given.is_stale:
            if number not in batch.texts:
                return _Change(DedupOutcome.STALE, None, {})
            return _Change(
                DedupOutcome.STALE, None, self._remember(self._admit(given, batch, number, BARE), batch, number)
            )
        if given.is_deleted:
            return _Change(DedupOutcome.DELETED, self._admit(given, batch, number, DELETED).post, {})
        location = self._admit(given, batch, number, RETURNED if given.is_repeat else 0)
        origin = self._origin(location, given, is_new=True)
        post, links = self._texts.attach(location, location.post, origin, batch, number)
        change = DedupOutcome.EMIT if post.link_kind == NO_LINK else DedupOutcome.DUPLICATE
        return _Change(DedupOutcome.REPEAT if given.is_repeat else change, post, links)

    def _locate(self, known_at: tuple[int, int], given: PostFingerprint, batch: PostBatch, number: int) -> PostLocation:
        day, row = known_at
        location = PostLocation(day, self.segments[day], row)
        is_placed = given.posted_us is None or location.post.posted != UNKNOWN
        return location if is_placed or not location.is_bare_deletion else self._move(location, given, batch, number)

    def _move(self, location: PostLocation, given: PostFingerprint, batch: PostBatch, number: int) -> PostLocation:
        """Keep a post by its date of which only the deletion was known, that has none."""
        before = location.post
        location.segment.set_post(location.row, before._replace(identity=hashed(f"moved {given.key}")))
        day = day_of(posted(given))
        segment = self.days.segment(day)
        segment.touch(batch.arrived_ms[number])
        row = segment.add_post(before._replace(posted=posted(given)))
        batch.admit(number, day, row)
        return PostLocation(day, segment, row)

    def _admit(self, given: PostFingerprint, batch: PostBatch, number: int, state: int) -> PostLocation:
        day, segment = self._day(batch, number, posted(given))
        row = segment.add_post(batch.post(number, state))
        batch.admit(number, day, row)
        return PostLocation(day, segment, row)

    def _day(self, batch: PostBatch, number: int, posted: int) -> tuple[int, Segment]:
        """Where a post of this time is kept."""
        arrived_ms = batch.arrived_ms[number]
        day = self.days.of_arrival(day_of(posted), arrived_ms)
        segment = self.days.segment(day)
        segment.touch(arrived_ms)
        return day, segment

    def _name(self, value: ChannelName, batch: PostBatch) -> "_Change":
        """Take note of a channel's name, and link the forwards that waited for it."""
        name, since = name_and_day(value)
        links: Links = {}
        if not self._names.learn(name, value.channel_id, since):
            return _Change(DedupOutcome.NAMED, None, {})
        for day, row, waiting in self._names.forwards(name):
            location = PostLocation(day, self.segments[day], row)
            post = location.post
            origin = self._names.position(waiting, post.position)
            if post.state & DELETED or origin is None or post.original == origin:
                continue
            links |= self._texts.detach(location, batch)
            links |= relink(location.segment, row, with_link(location.post, origin, DuplicateKind.FORWARD, 1.0))
        return _Change(DedupOutcome.NAMED, None, links)

    def _origin(self, location: PostLocation, given: PostFingerprint, *, is_new: bool) -> EventPosition | None:
        """The location of a post's origin, as far as it is known by now."""
        if given.named_origin is None:
            return None if given.origin is None else origin_position(given.origin)
        origin, position = named(given.named_origin), location.post.position
        if is_new or not location.segment.is_forward(location.row):
            self._names.wait(origin, location.day, location.row)
        return self._names.position(origin, position)

    def _revise(
        self, location: PostLocation, given: PostFingerprint, batch: PostBatch, number: int, *, is_returned: bool
    ) -> tuple[IndexedPost, Links]:
        """Bring a post up to date; what changes for others. Its date stays: Telegram's never changes."""
        _, segment, row = location
        before = location.post
        moment_us, state_class = given.rank
        state = state_class | RETURNED if is_returned else int(state_class)
        segment.set_post(row, before._replace(revision=given.revision, moment=moment_us, state=state))
        text = batch.texts.get(number)
        is_forward = given.origin is not None or given.named_origin is not None
        is_compared = before.text != NO_ROW and text is not None and not is_forward
        if is_compared and is_text(segment, before.text, batch.lookup.texts[text]):
            return location.post, {}
        if before.state & DELETED:
            links = restore(segment, row, partial(self._texts.search_again, batch))
        else:
            links = self._texts.detach(location, batch)
        post = location.post._replace(link_kind=NO_LINK)
        segment.set_post(row, post)
        origin = self._origin(location, given, is_new=False)
        post, changed = self._texts.attach(location, post, origin, batch, number)
        return post, links | changed

    def _delete(self, location: PostLocation, given: PostFingerprint, batch: PostBatch) -> tuple[IndexedPost, Links]:
        """Take a post from its texts; what changes for others."""
        before = location.post
        moment_us, state_class = given.rank
        state = {"revision": 0, "moment": moment_us, "state": state_class | DELETED}
        location.segment.set_post(location.row, before._replace(**state, text=NO_ROW, link_kind=NO_LINK))
        if before.state & DELETED:
            return location.post, {}
        window = self.days.window(day_of(before.posted))
        return location.post, withdraw(
            location.segment, location.row, before.text, partial(self._texts.search_again, batch), window
        )

    def _remember(self, location: PostLocation, batch: PostBatch, number: int) -> Links:
        """Note an older text of a post; what changes for others."""
        text = batch.texts.get(number)
        if text is None:
            return {}
        post = location.post
        own, found, is_first = self._texts.add_owner(location, batch, text, is_owner=not post.state & DELETED)
        is_news = own != post.text and location.segment.note_text(location.row, own)
        if is_first or is_news:
            location.segment.touch(batch.arrived_ms[number])
        return link_later_leaders(post, found) if is_first else {}


_DatedEntry = tuple[ChannelName | PostFingerprint, int]
"""A name or post, and the greatest broker's time up to it."""


class _Change(NamedTuple):
    """What a name or post changed, in rows."""

    change: DedupOutcome
    post: IndexedPost | None
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

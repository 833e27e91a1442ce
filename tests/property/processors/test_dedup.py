"""The fold of duplicate detection against a slow model, which knows the promise and nothing of the index.

States of posts, deletions and returns among them, come in any order, some of them twice, cut into records anyhow.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.core.dedup import DedupIndex
from processors.core.dedup.segment_image import Image, packed
from schemas import PostFingerprint
from schemas.rank import Freshness, State, compare
from schemas.times import DAY_MS
from tests.support.fingerprints import DAY_US, START_MS, Reader, batch, deletion, sketched, state, succeeded

WINDOW_DAYS = 1
FAMILIES = 2
TEXTS = [None, *((family, variant) for family in range(FAMILIES) for variant in range(3))]
Draft = tuple[int, int, bool, object, str]
"""Post, moment, whether it was collected, text or "deleted", language."""
DRAFTS = st.tuples(
    st.integers(0, 5),
    st.integers(0, 4),
    st.booleans(),
    st.sampled_from([*TEXTS, "deleted"]),
    st.sampled_from(["en", "en", "en", "de"]),
)


def _post(draft: Draft, days: Sequence[int | None], forwards: Sequence[bool]) -> PostFingerprint:
    number, moment, is_collected, text, language = draft
    common = {"channel": number % 3 + 1, "moment": moment, "is_collected": is_collected}
    if text == "deleted":
        return deletion(number + 1, **common)  # type: ignore[arg-type]
    return state(
        number + 1,
        sketched(*text) if isinstance(text, tuple) else None,
        day=days[number],
        language=language,
        origin=(9, number + 1) if forwards[number] else None,
        **common,  # type: ignore[arg-type]
    )


@st.composite
def states(draw: st.DrawFn) -> list[PostFingerprint]:
    """States of six posts; archived ones of one post have ranks of their own."""
    days = draw(st.lists(st.sampled_from([None, 0, 0, 0, 1, 2]), min_size=6, max_size=6))
    forwards = draw(st.lists(st.sampled_from([False, False, False, True]), min_size=6, max_size=6))
    drafts = draw(st.lists(DRAFTS, max_size=14))
    archived = {(number, moment): draft for draft in drafts for number, moment, is_live, *_ in [draft] if not is_live}
    collected = [draft for draft in drafts if draft[2]]
    return [_post(draft, days, forwards) for draft in (*archived.values(), *dict.fromkeys(collected))]


def _newest(one: PostFingerprint) -> tuple[object, ...]:
    """The rule of docs/order.md: the greater rank; of collected ones of one rank a deletion, else the revision."""
    return (*one.rank, one.is_deleted, one.revision)


@dataclass
class _IssuedPost:
    """A post as the model knows it."""

    key: str
    channel: int
    message: int
    posted: float
    day: int | None
    states: list[PostFingerprint] = field(default_factory=list)

    @property
    def newest(self) -> PostFingerprint:
        return max(self.states, key=_newest)

    @property
    def is_deleted(self) -> bool:
        return self.newest.is_deleted

    @property
    def place(self) -> tuple[float, int, int]:
        return self.posted, self.channel, self.message

    @property
    def text(self) -> tuple[int, str] | None:
        return _text(self.newest)

    @property
    def texts(self) -> set[tuple[int, str]]:
        """All that it has or had; none when it is deleted."""
        return set() if self.is_deleted else {text for one in self.states if (text := _text(one)) is not None}


def _text(one: PostFingerprint) -> tuple[int, str] | None:
    found = one.fingerprint
    return None if found is None or found.exact is None else (found.exact, one.language)


def _is_near(one: tuple[int, str], other: tuple[int, str]) -> bool:
    return one[0] // 100 == other[0] // 100 and one[1] == other[1]


def _is_in_window(one: _IssuedPost, other: _IssuedPost) -> bool:
    return one.day is None or other.day is None or abs(one.day - other.day) <= WINDOW_DAYS


class _Model:
    """Who repeats whom at last, post by post, from all states that there are."""

    def __init__(self, given: Sequence[PostFingerprint]) -> None:
        self.posts: dict[str, _IssuedPost] = {}
        for one in given:
            self.posts.setdefault(one.key, self._issued_post(one.key, given)).states.append(one)

    @staticmethod
    def _issued_post(key: str, given: Sequence[PostFingerprint]) -> _IssuedPost:
        first = next(one for one in given if one.key == key)
        posted = next((one.posted_us for one in given if one.key == key and one.posted_us is not None), None)
        day = None if posted is None else posted // DAY_US
        return _IssuedPost(key, first.channel_id, first.message_id, float("inf") if posted is None else posted, day)

    def canonical(self, post: _IssuedPost) -> str:
        if (origin := post.newest.origin) is not None:
            return f"tg:{origin.channel_id}:{origin.message_id}"
        if post.text is None:
            return post.key
        lead = min((other for other in self.posts.values() if self._is_beside(other, post)), key=lambda one: one.place)
        if lead is not post:
            return self.canonical(lead)
        owners = [other for other in self.posts.values() if self._is_original(other, post)]
        return self.canonical(min(owners, key=lambda one: one.place)) if owners else post.key

    def _is_beside(self, other: _IssuedPost, post: _IssuedPost) -> bool:
        """Whether another post of the day, or this one, has the text now."""
        is_plain = not other.is_deleted and other.newest.origin is None
        return is_plain and other.day == post.day and other.text == post.text

    def _is_original(self, other: _IssuedPost, post: _IssuedPost) -> bool:
        text = post.text
        assert text is not None
        is_earlier = other.place < post.place and _is_in_window(other, post)
        says_it = text in other.texts or (
            other.channel != post.channel and any(_is_near(text, one) for one in other.texts)
        )
        return is_earlier and says_it


def _check(reader: Reader, given: Sequence[PostFingerprint]) -> None:
    model = _Model(given)
    assert reader.verdicts.keys() == model.posts.keys()
    for key, post in model.posts.items():
        record = reader.verdicts[key]
        if post.is_deleted:
            assert record is None
            continue
        assert record is not None
        assert (int(record.revision, 16), record.rank) == (post.newest.revision, post.newest.rank)
        assert reader.canonical(key) == model.canonical(post)
        of = reader.of(key)
        assert of not in model.posts or not model.posts[of].is_deleted


def _records(data: st.DataObject, arriving: Sequence[PostFingerprint]) -> list[list[PostFingerprint]]:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(arriving)))))
    bounds = [0, *cuts, len(arriving)]
    return [list(arriving[begin:end]) for begin, end in pairwise(bounds)]


def _arriving(data: st.DataObject, given: Sequence[PostFingerprint]) -> list[PostFingerprint]:
    """The states in any order, some of them twice."""
    again = data.draw(st.lists(st.sampled_from(given), max_size=3)) if given else []
    return data.draw(st.permutations([*given, *again]))


def _marked(arriving: Sequence[PostFingerprint]) -> list[PostFingerprint]:
    """The same with the marks of an analysis that knows the states before."""
    known: dict[str, State] = {}
    marked = []
    for one in arriving:
        freshness, known[one.key] = compare(
            known.get(one.key), one.rank, f"{one.revision:016x}", is_deleted=one.is_deleted
        )
        if freshness is not Freshness.STALE:
            marked.append(one)
        elif not one.is_deleted:
            marked.append(one._replace(is_stale=True))
    return marked


@settings(deadline=None)
@given(states(), st.data())
def test_the_end_of_all_chains_is_that_of_the_model_in_any_order_of_arrival(
    given_: list[PostFingerprint], data: st.DataObject
) -> None:
    index, reader = DedupIndex(WINDOW_DAYS), Reader()
    for some in _records(data, _arriving(data, given_)):
        reader.take(succeeded(index.fold(batch(some), START_MS)))
    _check(reader, given_)


@settings(deadline=None, max_examples=50)
@given(states(), st.data())
def test_the_end_is_the_same_behind_an_analysis_that_marks_older_states(
    given_: list[PostFingerprint], data: st.DataObject
) -> None:
    arriving = _arriving(data, given_)
    reader = Reader().take(succeeded(DedupIndex(WINDOW_DAYS).fold(batch(_marked(arriving)), START_MS)))
    _check(reader, given_)


def _tables(index: DedupIndex) -> dict[int, list[int | bytes]]:
    return {
        day: [segment.arrived_ms, *(segment.arrays()[name].tobytes() for name in ("posts", "texts", "owned"))]
        for day, segment in sorted(index.segments.items())
    }


@settings(deadline=None, max_examples=50)
@given(states(), st.data())
def test_a_fold_of_any_slices_with_or_without_output_is_the_fold_of_the_whole(
    given_: list[PostFingerprint], data: st.DataObject
) -> None:
    records = [batch([one]) for one in _arriving(data, given_)]
    days = data.draw(st.lists(st.integers(0, 9), min_size=len(records), max_size=len(records)))
    log = [(record, START_MS + DAY_MS * day) for record, day in zip(records, sorted(days), strict=True)]
    keep_days = data.draw(st.integers(1, 4))
    whole = DedupIndex(WINDOW_DAYS, keep_days=keep_days)
    expected = [change for record, arrived_ms in log for change in succeeded(whole.fold(record, arrived_ms))]
    cut = data.draw(st.integers(0, len(log)))
    together = DedupIndex(WINDOW_DAYS, keep_days=keep_days)
    assert together.fold_all(log[:cut]) + together.fold_all(log[cut:]) == expected
    silent = DedupIndex(WINDOW_DAYS, keep_days=keep_days)
    silent.fold_silently(log[:cut])
    silent.known_posts.seal()
    runs = data.draw(st.sampled_from([None, silent.known_posts.runs]))
    restored = DedupIndex(WINDOW_DAYS, _images(silent), silent.last, runs, keep_days=keep_days)
    assert restored.fold_all(log[cut:]) == expected[cut:]
    assert _tables(whole) == _tables(together) == _tables(restored)
    assert whole.last == restored.last


def _images(index: DedupIndex) -> dict[int, Image]:
    """What an index is saved as."""
    return {day: packed(segment.chunks()) for day, segment in index.segments.items()}


@settings(deadline=None, max_examples=50)
@given(states(), st.data())
def test_what_is_read_again_from_anywhere_ends_as_it_did(given_: list[PostFingerprint], data: st.DataObject) -> None:
    arriving = _arriving(data, given_)
    index = DedupIndex(WINDOW_DAYS)
    reader = Reader().take(succeeded(index.fold(batch(arriving), START_MS)))
    tail = data.draw(st.integers(0, len(arriving)))
    reader.take(succeeded(index.fold(batch(arriving[tail:]), START_MS)))
    _check(reader, given_)

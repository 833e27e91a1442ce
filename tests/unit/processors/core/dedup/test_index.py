"""Verdicts of the duplicate index, post by post. Numbers name posts, words their texts, days their dates."""

import pytest

from processors.core.dedup import DedupIndex
from processors.core.outcomes import DedupOutcome, Folded
from schemas import DuplicateKind, DuplicateLink, Fingerprint
from schemas.rank import Rank
from tests.support.fingerprints import (
    START_MS,
    START_US,
    Reader,
    batch,
    deletion,
    fold,
    links,
    original,
    sketched,
    state,
)


@pytest.fixture
def index() -> DedupIndex:
    return DedupIndex()


def _link(number: int) -> DuplicateLink:
    return DuplicateLink(of=f"tg:1:{number}", kind=DuplicateKind.EXACT, similarity=1.0)


def _of(folded: Folded) -> str | None:
    assert folded.verdict is not None
    return original(folded.verdict)


def test_the_first_post_repeats_nothing_and_a_later_copy_links_to_it(index: DedupIndex) -> None:
    first, copy = fold(index, state(1, "news", day=1), state(2, "news", day=2))
    assert (first.change, copy.change) == (DedupOutcome.EMIT, DedupOutcome.DUPLICATE)
    assert first.verdict is not None
    assert first.verdict.duplicate is None
    assert copy.verdict is not None
    assert copy.verdict.duplicate == _link(1)
    assert len(index) == 2


def test_a_verdict_names_the_state_that_it_is_about_and_the_dates_of_both_posts(index: DedupIndex) -> None:
    fold(index, state(1, "news", day=1))
    (copy,) = fold(index, state(2, "news", day=2, moment=7, is_collected=True, revision=0xAB))
    assert copy.verdict is not None
    record = copy.verdict.record
    assert record is not None
    assert (record.revision, record.rank) == ("00000000000000ab", Rank(7, 1))  # type: ignore[arg-type]
    assert record.posted_at is not None
    assert record.original_posted_at is not None
    assert record.original_posted_at.timestamp() == START_US / 1e6 + 86_400
    assert (record.posted_at - record.original_posted_at).days == 1


def test_a_late_original_takes_over(index: DedupIndex) -> None:
    fold(index, state(2, "news", day=2, moment=5))
    (original,) = fold(index, state(1, "news", day=1))
    assert original.change is DedupOutcome.EMIT
    (changed,) = original.changed
    assert changed.record is not None
    assert (changed.key, changed.duplicate, changed.record.rank) == ("tg:1:2", _link(1), (5, 0))
    (later,) = fold(index, state(3, "news", day=3))
    assert _of(later) == "tg:1:1"


def test_a_post_without_a_date_is_never_the_original_of_one_with(index: DedupIndex) -> None:
    fold(index, state(1, "news", day=None))
    (dated,) = fold(index, state(2, "news", day=2))
    assert _of(dated) is None
    assert links(dated.changed) == {"tg:1:1": "tg:1:2"}


def test_of_equal_dates_the_lower_message_is_the_original(index: DedupIndex) -> None:
    changes = [change.change for change in fold(index, state(10, "news"), state(9, "news"), state(11, "news"))]
    assert changes == [DedupOutcome.EMIT, DedupOutcome.EMIT, DedupOutcome.DUPLICATE]


def test_posts_of_other_languages_and_without_words_are_never_compared(index: DedupIndex) -> None:
    posts = [state(1, "news"), state(2, "news", language="de"), state(3, None), state(4, None)]
    assert [_of(change) for change in fold(index, *posts)] == [None] * 4


def test_a_post_whose_language_changes_is_compared_with_that_language_in_its_home(index: DedupIndex) -> None:
    fold(index, state(1, "news", language="de"), state(2, "draft"), state(3, "draft", day=1))
    (turned,) = fold(index, state(2, "news", language="de", moment=1))
    assert _of(turned) == "tg:1:1"
    assert links(turned.changed) == {}
    (later,) = fold(index, state(4, "draft", day=2))
    assert _of(later) == "tg:1:2"


def test_a_replay_repeats_the_verdict_as_it_is_known_now_and_changes_nothing(index: DedupIndex) -> None:
    posts = state(2, "news", day=2), state(1, "news", day=1)
    fold(index, *posts)
    copy, original = fold(index, *posts)
    assert (copy.change, original.change) == (DedupOutcome.REPEAT, DedupOutcome.REPEAT)
    assert (_of(copy), _of(original)) == ("tg:1:1", None)
    assert copy.changed == original.changed == ()
    assert len(index) == 2


def test_an_edit_that_leaves_the_words_alone_keeps_the_link_and_gets_a_verdict_of_its_own(index: DedupIndex) -> None:
    fold(index, state(1, "news", day=1), state(2, "news", day=2))
    for number, link in ((1, None), (2, "tg:1:1")):
        (revised,) = fold(index, state(number, "news", day=number, moment=5, revision=77))
        assert revised.change is DedupOutcome.REVISE
        assert (_of(revised), revised.changed) == (link, ())
        assert revised.verdict is not None
        assert revised.verdict.record is not None
        assert (revised.verdict.record.revision, revised.verdict.record.rank) == (f"{77:016x}", (5, 0))


def test_an_edit_that_leaves_the_words_alone_does_not_make_a_copy_the_original(index: DedupIndex) -> None:
    """A copy of the day is asked for its original once more when it leaves: it must not leave."""
    fold(index, *(state(number, "news", day=0) for number in (1, 2, 3)))
    assert links(fold(index, state(1, "news", moment=5, revision=7))[0].verdicts) == {"tg:1:1": None}
    (segment,) = index.segments.values()
    assert segment.owned.posts_of(0) == []


def test_a_copy_that_is_edited_away_loses_its_link(index: DedupIndex) -> None:
    fold(index, state(1, "news", day=1), state(2, "news", day=2))
    (revised,) = fold(index, state(2, "own words", day=2, moment=3))
    assert links(revised.verdicts) == {"tg:1:2": None}


def test_a_post_can_be_edited_into_a_copy(index: DedupIndex) -> None:
    fold(index, state(1, "news", day=1), state(2, "draft", day=2))
    (revised,) = fold(index, state(2, "news", day=2, moment=3))
    assert (_of(revised), revised.changed) == ("tg:1:1", ())


def test_copies_of_an_earlier_revision_stay_copies_of_the_post(index: DedupIndex) -> None:
    fold(index, *(state(number, "news", day=number) for number in (1, 3, 2)))
    (revised,) = fold(index, state(1, "other", day=1, moment=4))
    assert (_of(revised), revised.changed) == (None, ())
    late, repeat = fold(index, state(4, "news", day=4), state(2, "news", day=2))
    assert (late.change, repeat.change) == (DedupOutcome.DUPLICATE, DedupOutcome.REPEAT)
    assert _of(late) == _of(repeat) == "tg:1:1"


@pytest.mark.parametrize("is_stale", [False, True])
def test_an_earlier_revision_that_arrives_late_still_has_its_copies(index: DedupIndex, *, is_stale: bool) -> None:
    fold(index, state(1, "corrected", day=1, moment=3), state(2, "news", day=2))
    old = state(1, "news", day=1, is_stale=is_stale)
    (stale,) = fold(index, old)
    assert (stale.change, stale.verdict) == (DedupOutcome.STALE, None)
    assert links(stale.changed) == {"tg:1:2": "tg:1:1"}
    assert fold(index, old) == [Folded(DedupOutcome.STALE)]


def test_an_old_text_of_a_post_that_is_not_known_has_its_copies_and_the_post_no_verdict_yet(index: DedupIndex) -> None:
    fold(index, state(2, "news", day=2))
    (stale,) = fold(index, state(1, "news", day=1, is_stale=True))
    assert (stale.verdict, links(stale.changed)) == (None, {"tg:1:2": "tg:1:1"})
    (known,) = fold(index, state(1, "corrected", day=1))
    assert known.change is DedupOutcome.REVISE
    assert links(known.verdicts) == {"tg:1:1": None}
    (late,) = fold(index, state(3, "news", day=3))
    assert _of(late) == "tg:1:1"


def test_an_old_state_without_words_changes_nothing(index: DedupIndex) -> None:
    assert fold(index, state(1, None, is_stale=True), deletion(2, is_stale=True)) == [Folded(DedupOutcome.STALE)] * 2
    assert len(index) == 0


def test_a_post_that_takes_up_its_earlier_text_is_not_its_own_duplicate(index: DedupIndex) -> None:
    for moment, text in ((0, "news"), (2, "other"), (3, "news")):
        assert _of(fold(index, state(1, text, moment=moment))[0]) is None


def test_when_a_copy_between_two_others_is_edited_away_the_chain_holds(index: DedupIndex) -> None:
    fold(index, *(state(number, "news") for number in (2, 3, 1)))  # 3 -> 2 -> 1
    (revised,) = fold(index, state(2, "own words", moment=4))
    assert links(revised.verdicts) == {"tg:1:3": "tg:1:1", "tg:1:2": None}


def test_when_the_first_of_a_day_is_edited_away_only_its_own_followers_are_relinked(index: DedupIndex) -> None:
    """What links to another one of the day keeps its link, which leads to the new first one."""
    fold(index, *(state(number, "news") for number in (3, 4, 2, 1)))  # 4 -> 3 -> 2 -> 1
    (revised,) = fold(index, state(1, "own words", moment=4))
    assert links(revised.changed) == {}
    assert Reader().take(fold(index, state(4, "news"))).of("tg:1:4") == "tg:1:3"


def test_the_earliest_of_several_originals_is_taken_though_it_arrived_later(index: DedupIndex) -> None:
    fold(index, state(7, sketched(1, 1), channel=2, day=0.5), state(8, sketched(1, 2), channel=3, day=0.1))
    (copy,) = fold(index, state(1, sketched(1, 0), channel=5, day=0.8))
    assert _of(copy) == "tg:3:8"


def test_of_owners_of_other_channels_the_earliest_is_kept(index: DedupIndex) -> None:
    """A near copy within one channel is none: the copy goes to the earliest owner of another channel."""
    owners = [(1, 0.0), (2, 0.3), (3, 0.1), (4, 0.2)]
    fold(index, *(state(channel, sketched(1, 0), channel=channel, day=day) for channel, day in owners))
    (near,) = fold(index, state(9, sketched(1, 1), channel=1, day=0.5))
    assert _of(near) == "tg:3:3"


@pytest.mark.parametrize(
    ("known", "arriving"), [((5, 0), (4, 0)), ((5, 1), (4, 1)), ((5, 1), (5, 0)), ((3, 1), (2, 0))]
)
def test_an_older_state_is_stale(index: DedupIndex, known: tuple[int, int], arriving: tuple[int, int]) -> None:
    fold(index, state(1, "news", moment=known[0], is_collected=bool(known[1])))
    old = state(1, "draft", moment=arriving[0], is_collected=bool(arriving[1]))
    assert fold(index, old)[0].change is DedupOutcome.STALE
    again = fold(index, state(1, "news", moment=known[0], is_collected=bool(known[1])))
    assert again[0].change is DedupOutcome.REPEAT


@pytest.mark.parametrize(
    ("known", "arriving"), [((4, 0), (5, 0)), ((5, 0), (5, 0)), ((5, 0), (5, 1)), ((2, 1), (3, 0))]
)
def test_a_state_that_is_newer_is_taken(index: DedupIndex, known: tuple[int, int], arriving: tuple[int, int]) -> None:
    fold(index, state(1, "draft", moment=known[0], is_collected=bool(known[1])))
    (newer,) = fold(index, state(1, "news", moment=arriving[0], is_collected=bool(arriving[1])))
    assert newer.change is DedupOutcome.REVISE


def test_an_edit_that_is_taken_back_is_the_latest_whatever_comes_after_it(index: DedupIndex) -> None:
    newest = state(1, "news", moment=4)
    fold(index, state(1, "news"), newest)
    assert fold(index, state(1, "draft", moment=3))[0].change is DedupOutcome.STALE
    assert fold(index, newest)[0].change is DedupOutcome.REPEAT
    assert fold(index, state(1, "news"))[0].change is DedupOutcome.STALE


def test_a_forward_without_known_origin_is_linked_when_its_origin_is_read(index: DedupIndex) -> None:
    fold(index, state(1, "news"))
    (again,) = fold(index, state(1, "news", moment=1, origin=(9, 7)))
    assert _of(again) == "tg:9:7"


def test_one_post_that_fails_does_not_stop_the_others(index: DedupIndex) -> None:
    broken = state(2, "news")._replace(rank=None)  # type: ignore[arg-type]

    first, failed, last = index.fold(batch([state(1, "news"), broken, state(3, "news")]), START_MS)
    assert isinstance(failed, Exception)
    assert isinstance(first, Folded)
    assert isinstance(last, Folded)
    assert _of(last) == "tg:1:1"


def test_a_post_that_cannot_be_compared_does_not_stop_those_that_are_compared_with_it(index: DedupIndex) -> None:
    broken = state(2, "news")._replace(fingerprint=Fingerprint(1, b"too short"))
    first, failed, last = index.fold(batch([state(1, "news"), broken, state(3, "news")]), START_MS)
    assert isinstance(failed, ValueError)
    assert (isinstance(first, Folded), isinstance(last, Folded)) == (True, True)
    assert _of(last) == "tg:1:1"  # type: ignore[arg-type]


def test_a_copy_in_another_channel_is_found_by_what_resembles_it_in_the_channel_of_the_original() -> None:
    """Within a channel what is only alike is no repeat; what arrives after it may be its original all the same."""
    index, reader = DedupIndex(), Reader()
    reader.take(fold(index, state(5, sketched(1, 1), channel=2)))
    reader.take(fold(index, state(2, sketched(1, 0), channel=2, day=1)))
    reader.take(fold(index, state(3, sketched(1, 1), channel=3)))
    assert (reader.of("tg:3:3"), reader.of("tg:2:2")) == ("tg:2:5", "tg:3:3")

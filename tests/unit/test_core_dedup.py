"""Verdicts of the duplicate index, post by post. Letters name posts, words their texts, days their dates."""

from datetime import UTC, datetime

import pytest

from processors.core.dedup import DedupIndex
from processors.core.outcomes import Deleted, Duplicate, Emit, Repeat, Revise, Stale, Superseded
from schemas import (
    AnalyzedPost,
    Channel,
    DuplicateKind,
    DuplicateLink,
    Fingerprint,
    Lane,
    Provenance,
    Source,
    Tombstone,
)
from tests.analyzed_posts import analyzed_post

PROVENANCE = Provenance(source=Source(kind="test"), lane=Lane.BACKFILL, pipeline_version="1")


def _day(day: int | None) -> datetime | None:
    return None if day is None else datetime(2024, 1, day, tzinfo=UTC)


def _post(
    number: int, text: str | None, day: int | None = 1, edited: int | None = None, language: str = "en", style: str = ""
) -> AnalyzedPost:
    return analyzed_post(
        1,
        number,
        text or "",
        revision=f"{text}{style}",
        posted_at=_day(day),
        edited_at=_day(edited),
        language=language,
        found=Fingerprint(exact=text),
    )


def _link(number: int) -> DuplicateLink:
    return DuplicateLink(of=f"tg:1:{number}", kind=DuplicateKind.EXACT, similarity=1.0)


@pytest.fixture
def index() -> DedupIndex:
    return DedupIndex()


def test_the_first_post_is_emitted_and_a_later_copy_links_to_it(index: DedupIndex) -> None:
    first = index.decide(_post(1, "news", day=1))
    copy = index.decide(_post(2, "news", day=2))
    assert isinstance(first, Emit)
    assert (first.post.duplicate, first.superseded) == (None, ())
    assert isinstance(copy, Duplicate)
    assert copy.post.duplicate == _link(1)
    assert len(index) == 2


def test_a_late_original_takes_over(index: DedupIndex) -> None:
    index.decide(_post(2, "news", day=2))
    original = index.decide(_post(1, "news", day=1))
    assert isinstance(original, Emit)
    assert original.superseded == (Superseded("tg:1:2", _link(1)),)
    later = index.decide(_post(3, "news", day=3))
    assert isinstance(later, Duplicate)
    assert later.post.duplicate == _link(1)


def test_a_post_without_a_date_is_never_the_original_of_one_with(index: DedupIndex) -> None:
    index.decide(_post(1, "news", day=None))
    dated = index.decide(_post(2, "news", day=2))
    assert isinstance(dated, Emit)
    assert dated.superseded == (Superseded("tg:1:1", _link(2)),)


def test_of_equal_dates_the_lower_message_is_the_original(index: DedupIndex) -> None:
    index.decide(_post(10, "news"))
    assert isinstance(index.decide(_post(9, "news")), Emit)
    assert isinstance(index.decide(_post(11, "news")), Duplicate)


def test_posts_of_other_languages_and_without_words_are_never_compared(index: DedupIndex) -> None:
    outcomes = [_post(1, "news"), _post(2, "news", language="de"), _post(3, None), _post(4, None)]
    assert all(isinstance(index.decide(post), Emit) for post in outcomes)


def test_a_replay_repeats_the_verdict_as_it_stands_now(index: DedupIndex) -> None:
    index.decide(_post(2, "news", day=2))
    index.decide(_post(1, "news", day=1))
    original, copy = index.decide(_post(1, "news", day=1)), index.decide(_post(2, "news", day=2))
    assert isinstance(original, Repeat)
    assert isinstance(copy, Repeat)
    assert (original.post.duplicate, copy.post.duplicate) == (None, _link(1))
    assert len(index) == 2


def test_an_edit_that_leaves_the_words_alone_keeps_the_verdict(index: DedupIndex) -> None:
    index.decide(_post(1, "news", day=1))
    index.decide(_post(2, "news", day=2))
    for number, link in ((1, None), (2, _link(1))):
        revised = index.decide(_post(number, "news", day=number, edited=5, style="bold"))
        assert isinstance(revised, Revise)
        assert (revised.post.duplicate, revised.superseded) == (link, ())


def test_a_copy_that_is_edited_away_loses_its_link(index: DedupIndex) -> None:
    index.decide(_post(1, "news", day=1))
    index.decide(_post(2, "news", day=2))
    revised = index.decide(_post(2, "own words", day=2, edited=3))
    assert isinstance(revised, Revise)
    assert revised.post.duplicate is None
    assert revised.superseded == (Superseded("tg:1:2", None),)


def test_a_post_can_be_edited_into_a_copy(index: DedupIndex) -> None:
    index.decide(_post(1, "news", day=1))
    index.decide(_post(2, "draft", day=2))
    revised = index.decide(_post(2, "news", day=2, edited=3))
    assert isinstance(revised, Revise)
    assert revised.post.duplicate == _link(1)
    assert revised.superseded == ()


def test_copies_of_an_earlier_revision_stay_copies_of_the_post(index: DedupIndex) -> None:
    for number in (1, 3, 2):
        index.decide(_post(number, "news", day=number))
    revised = index.decide(_post(1, "other news", day=1, edited=4))
    assert isinstance(revised, Revise)
    assert (revised.post.duplicate, revised.superseded) == (None, ())
    late, repeat = index.decide(_post(4, "news", day=4)), index.decide(_post(2, "news", day=2))
    assert isinstance(late, Duplicate)
    assert isinstance(repeat, Repeat)
    assert late.post.duplicate == repeat.post.duplicate == _link(1)


def test_an_earlier_revision_that_arrives_late_still_has_its_copies(index: DedupIndex) -> None:
    index.decide(_post(1, "corrected news", day=1, edited=3))
    index.decide(_post(2, "news", day=2))
    stale = index.decide(_post(1, "news", day=1))
    assert isinstance(stale, Stale)
    assert stale.superseded == (Superseded("tg:1:2", _link(1)),)
    assert stale.state is not None
    assert index.decide(_post(1, "news", day=1)) == Stale(stale.post)


def test_a_post_that_takes_up_its_earlier_text_is_not_its_own_duplicate(index: DedupIndex) -> None:
    for edited, text in ((None, "news"), (2, "other news"), (3, "news")):
        outcome = index.decide(_post(1, text, edited=edited))
        assert isinstance(outcome, Emit | Revise)
        assert outcome.post.duplicate is None


def test_when_a_copy_between_two_others_is_edited_away_the_chain_holds(index: DedupIndex) -> None:
    for number in (2, 3, 1):  # 3 -> 2 -> 1
        index.decide(_post(number, "news"))
    revised = index.decide(_post(2, "own words", edited=4))
    assert isinstance(revised, Revise)
    assert revised.superseded == (Superseded("tg:1:3", _link(1)), Superseded("tg:1:2", None))


@pytest.mark.parametrize(("known", "arriving"), [(5, 4), (5, None)])
def test_an_older_revision_is_stale(index: DedupIndex, known: int | None, arriving: int | None) -> None:
    index.decide(_post(1, "news", edited=known))
    assert isinstance(index.decide(_post(1, "draft", edited=arriving)), Stale)
    assert isinstance(index.decide(_post(1, "news", edited=known)), Repeat)


@pytest.mark.parametrize(("known", "arriving"), [(4, 5), (None, 5), (5, 5), (None, None)])
def test_a_revision_that_is_not_older_is_taken(index: DedupIndex, known: int | None, arriving: int | None) -> None:
    index.decide(_post(1, "draft", edited=known))
    assert isinstance(index.decide(_post(1, "news", edited=arriving)), Revise)


def test_an_edit_that_is_taken_back_is_the_latest_whatever_comes_after_it(index: DedupIndex) -> None:
    index.decide(_post(1, "news"))
    taken_back = index.decide(newest := _post(1, "news", edited=4))
    assert isinstance(taken_back, Repeat)
    assert taken_back.state is not None
    assert isinstance(index.decide(_post(1, "draft", edited=3)), Stale)
    assert index.decide(newest) == Repeat(newest.post)
    assert isinstance(index.decide(_post(1, "news")), Stale)


def test_a_deletion_passes_through(index: DedupIndex) -> None:
    tombstone = Tombstone(key="tg:1:1", channel=Channel(id=1), message_id=1, provenance=PROVENANCE)
    assert index.decide(tombstone) == Deleted(tombstone)

"""What duplicate detection forgets follows from the broker's times in its log, and from nothing else."""

import pytest

from processors.core.dedup import DedupIndex
from processors.core.outcomes import DedupOutcome
from schemas.times import DAY_MS
from tests.support.fingerprints import START_MS, Reader, batch, deletion, fold, links, state, succeeded

KEEP_DAYS = 3


@pytest.fixture
def index() -> DedupIndex:
    return DedupIndex(window_days=1, keep_days=KEEP_DAYS)


def _at(day: float) -> int:
    return START_MS + int(day * DAY_MS)


def test_a_day_is_forgotten_when_its_last_arrival_is_older_than_that(index: DedupIndex) -> None:
    fold(index, state(1, "news", day=0), arrived_ms=_at(0))
    fold(index, state(2, "other", day=0), arrived_ms=_at(2))
    fold(index, state(3, "third", day=5), arrived_ms=_at(5))
    assert len(index) == 3
    fold(index, state(4, "fourth", day=6), arrived_ms=_at(6))
    assert len(index) == 2


def test_an_archive_that_is_years_old_is_kept_as_long_as_what_is_new(index: DedupIndex) -> None:
    fold(index, state(1, "news", day=-900), arrived_ms=_at(0))
    (copy,) = fold(index, state(2, "news", channel=2, day=-900), arrived_ms=_at(2))
    assert links(copy.verdicts) == {"tg:2:2": "tg:1:1"}


def test_a_late_arrival_of_a_day_keeps_the_day_and_a_repeat_does_not(index: DedupIndex) -> None:
    news = state(1, "news", day=0)
    fold(index, news, arrived_ms=_at(0))
    fold(index, state(1, "news", day=0, moment=1), arrived_ms=_at(2))
    fold(index, state(1, "news", day=0, moment=1), arrived_ms=_at(4))
    fold(index, arrived_ms=_at(5))
    assert len(index) == 1
    fold(index, arrived_ms=_at(6))
    assert len(index) == 0


def test_posts_without_a_date_are_forgotten_by_the_day_of_their_arrival(index: DedupIndex) -> None:
    for day in range(10):
        fold(index, state(day + 1, f"news {day}", day=None), arrived_ms=_at(day))
    assert len(index) == KEEP_DAYS + 1
    (copy,) = fold(index, state(99, "news 8", day=None), arrived_ms=_at(9))
    assert links(copy.verdicts) == {"tg:1:99": "tg:1:9"}


def test_a_broker_whose_clock_goes_back_brings_nothing_back_and_drops_nothing(index: DedupIndex) -> None:
    fold(index, state(1, "news", day=0), arrived_ms=_at(9))
    fold(index, state(2, "other", day=1), arrived_ms=_at(1))
    fold(index, arrived_ms=_at(12))
    assert len(index) == 2


def test_the_window_and_23_days_are_kept_unless_it_is_set() -> None:
    index = DedupIndex(window_days=2)
    fold(index, state(1, "news"), arrived_ms=_at(0))
    fold(index, arrived_ms=_at(25))
    assert len(index) == 1
    fold(index, arrived_ms=_at(26))
    assert len(index) == 0


def test_a_repeat_of_a_forgotten_post_is_not_marked_as_an_original(index: DedupIndex) -> None:
    reader = Reader().take(fold(index, state(1, "news"), state(2, "news", day=0.5), arrived_ms=_at(0)))
    again = state(2, "news", day=0.5, is_repeat=True)
    for _ in range(2):
        (repeat,) = fold(index, again, arrived_ms=_at(9))
        assert (repeat.change, repeat.verdicts) == (DedupOutcome.REPEAT, ())
    assert reader.of("tg:1:2") == "tg:1:1"


def test_a_link_that_is_found_for_a_repeat_of_a_forgotten_post_is_sent_and_its_rank_is_not_vouched_for(
    index: DedupIndex,
) -> None:
    fold(index, state(2, "news", day=0.5), arrived_ms=_at(0))
    fold(index, state(2, "news", day=0.5, is_repeat=True), arrived_ms=_at(9))
    (original,) = fold(index, state(1, "news"), arrived_ms=_at(9))
    (found,) = original.changed
    assert found.record is not None
    assert (found.duplicate and found.duplicate.of, found.record.rank) == ("tg:1:1", None)
    (edited,) = fold(index, state(2, "other", day=0.5, moment=3), arrived_ms=_at(9))
    assert edited.verdict is not None
    assert edited.verdict.record is not None
    assert (edited.verdict.duplicate, edited.verdict.record.rank) == (None, (3, 0))


def test_a_deletion_of_a_forgotten_post_withdraws_its_verdict(index: DedupIndex) -> None:
    fold(index, state(1, "news"), arrived_ms=_at(0))
    (deleted,) = fold(index, deletion(1, moment=9), arrived_ms=_at(9))
    assert deleted.verdict == ("tg:1:1", None)
    assert fold(index, state(1, "news", is_stale=True), arrived_ms=_at(9))[0].verdicts == ()
    (copy,) = fold(index, state(2, "news", day=0.5), arrived_ms=_at(9))
    assert links(copy.verdicts) == {"tg:1:2": None}


def test_an_empty_record_moves_the_clock_too_and_is_remembered_as_the_last_one(index: DedupIndex) -> None:
    fold(index, state(1, "news"), arrived_ms=_at(0))
    assert index.is_last(batch([state(1, "news")]))
    assert succeeded(index.fold(batch(), _at(30))) == []
    assert (len(index), index.last[0], index.is_last(batch())) == (0, _at(30), True)
    assert not index.is_last(batch([state(1, "news")]))

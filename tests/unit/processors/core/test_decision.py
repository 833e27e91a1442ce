"""The decision on a state of a post: what is sent, what is kept, which quotes are withdrawn."""

import pytest

from processors.core.decision import UNKNOWN_CITATIONS, UNKNOWN_QUOTES, Candidate, decide
from processors.core.dedup.homes import EPOCH
from schemas import Lane
from schemas.rank import Freshness, Rank, StateClass
from schemas.states import PostState


def collected(order: int) -> Rank:
    return Rank(order, StateClass.COLLECTED)


def archived(moment: int) -> Rank:
    return Rank(moment, StateClass.ARCHIVED)


FIRST = Candidate(collected(10), "a", False, quotes=3, home=2, may_be_edit=False)
KNOWN = PostState(collected(10), "a", False, 2, EPOCH, 3, 0)


def test_a_post_seen_for_the_first_time_is_sent() -> None:
    decision = decide(None, FIRST)
    assert (decision.freshness, decision.state, decision.is_changed) == (Freshness.NEWER, KNOWN, True)
    assert not decision.withdrawn


def test_the_same_state_again_is_sent_again_and_changes_nothing() -> None:
    decision = decide(KNOWN, FIRST)
    assert (decision.freshness, decision.is_emitted, decision.is_changed) == (Freshness.REPEAT, True, False)


def test_an_older_state_is_not_sent_and_changes_nothing() -> None:
    decision = decide(KNOWN, FIRST._replace(rank=collected(9), revision="b"))
    assert (decision.is_emitted, decision.is_changed, decision.state) == (False, False, KNOWN)
    assert not decision.withdrawn


def test_an_edit_with_fewer_quotes_withdraws_the_rest() -> None:
    decision = decide(KNOWN, FIRST._replace(rank=collected(11), revision="b", quotes=1))
    assert list(decision.withdrawn) == [1, 2]
    assert decision.state.quotes == 1


def test_a_version_that_finds_fewer_quotes_withdraws_the_rest_on_a_replay() -> None:
    decision = decide(KNOWN, FIRST._replace(quotes=2))
    assert (decision.freshness, list(decision.withdrawn), decision.is_changed) == (Freshness.REPEAT, [2], True)


def test_a_deletion_withdraws_all_quotes_and_keeps_the_home() -> None:
    decision = decide(KNOWN, Candidate.deletion(collected(11), Lane.LIVE))
    assert list(decision.withdrawn) == [0, 1, 2]
    assert (decision.state.is_deleted, decision.state.home, decision.state.quotes) == (True, 2, 0)


@pytest.mark.parametrize(
    ("after", "withdrawn"),
    [
        (FIRST._replace(rank=collected(11), revision="b", citations=1), [1, 2]),
        (FIRST._replace(citations=2), [2]),
        (Candidate.deletion(collected(11), Lane.LIVE), [0, 1, 2]),
        (FIRST._replace(rank=collected(11), revision="b", citations=4), []),
    ],
    ids=["edit", "a version that finds fewer", "deletion", "edit with more"],
)
def test_citations_that_are_gone_are_withdrawn(after: Candidate, withdrawn: list[int]) -> None:
    decision = decide(KNOWN._replace(citations=3), after)
    assert list(decision.withdrawn_citations) == withdrawn
    assert decision.state.citations == after.citations


def test_a_post_that_comes_back_is_sent_with_its_quotes() -> None:
    deleted = decide(KNOWN, Candidate.deletion(collected(11), Lane.LIVE)).state
    decision = decide(deleted, FIRST._replace(rank=collected(12)))
    assert decision.is_emitted
    assert (decision.state.is_deleted, decision.state.quotes, decision.state.home) == (False, 3, 2)


def test_an_archive_does_not_bring_a_deleted_post_back() -> None:
    deleted = decide(KNOWN, Candidate.deletion(collected(11), Lane.LIVE)).state
    assert not decide(deleted, FIRST._replace(rank=archived(5))).is_emitted
    assert decide(deleted, FIRST._replace(rank=archived(12))).is_emitted  # edited after the deletion was seen


@pytest.mark.parametrize("is_deletion", [True, False])
def test_a_live_edit_of_an_unknown_post_withdraws_what_it_may_have_had(is_deletion: bool) -> None:
    edit = FIRST._replace(quotes=1, may_be_edit=True)
    candidate = Candidate.deletion(collected(11), Lane.LIVE) if is_deletion else edit
    decision = decide(None, candidate)
    assert decision.withdrawn == range(candidate.quotes, UNKNOWN_QUOTES)
    assert decision.withdrawn_citations == range(UNKNOWN_CITATIONS)


def test_a_backfilled_deletion_of_an_unknown_post_withdraws_nothing() -> None:
    assert not decide(None, Candidate.deletion(None, Lane.BACKFILL)).withdrawn


def test_the_home_is_that_of_the_first_text_that_was_long_enough() -> None:
    short = decide(None, FIRST._replace(home=None)).state
    assert short.home is None
    grown = decide(short, FIRST._replace(rank=collected(11), revision="b", home=4)).state
    assert grown.home == 4
    assert decide(grown, FIRST._replace(rank=collected(12), revision="c", home=5)).state.home == 4


def test_a_home_of_another_epoch_is_chosen_again() -> None:
    known = KNOWN._replace(epoch=EPOCH + 1)
    decision = decide(known, FIRST._replace(home=5))
    assert (decision.state.home, decision.state.epoch, decision.is_changed) == (5, EPOCH, True)


def test_an_undated_deletion_takes_the_rank_of_the_archived_state_that_it_meets() -> None:
    known = PostState(archived(7), "a", False, 2, EPOCH, 0, 0)
    decision = decide(known, Candidate.deletion(None, Lane.BACKFILL))
    assert (decision.state.is_deleted, decision.state.rank) == (True, archived(7))
    assert not decide(KNOWN, Candidate.deletion(None, Lane.BACKFILL)).is_emitted


def test_the_first_text_of_a_post_that_is_known_as_deleted_fixes_its_home_too() -> None:
    gone = decide(None, Candidate.deletion(collected(11), Lane.LIVE)).state
    assert gone.home is None
    decision = decide(gone, FIRST)
    assert (decision.freshness, decision.is_changed) == (Freshness.STALE, True)
    assert (decision.state.home, decision.state.is_deleted) == (2, True)

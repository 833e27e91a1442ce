"""Which of two states of a post is newer: the table of docs/order.md, row by row."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas import Channel, PostSource, RawPost
from schemas.rank import LOWEST, Freshness, Rank, State, StateClass, compare, rank_of
from schemas.times import UNIX_EPOCH

NEWER, REPEAT, STALE = Freshness.NEWER, Freshness.REPEAT, Freshness.STALE


def at(second: int) -> datetime:
    return UNIX_EPOCH + timedelta(seconds=second)


def raw(**fields: Any) -> RawPost:
    return RawPost(channel=Channel(id=1), message_id=2, source=PostSource(kind="test"), **fields)


def collected(second: int, text: str = "a", **fields: Any) -> RawPost:
    return raw(order=second * 1_000_000, text=text, **fields)


def archived(second: int, text: str = "a") -> RawPost:
    return raw(posted_at=at(1), edited_at=at(second), text=text)


DELETED = {"is_deleted": True}
UNDATED_DELETION = raw(is_deleted=True)
A_COLLECTED_POST = collected(10)
A_COLLECTED_DELETION = collected(10, "", is_deleted=True)
AN_ARCHIVED_POST = archived(10)
AN_ARCHIVED_DELETION = raw(edited_at=at(10), is_deleted=True)


def after(*states: RawPost) -> tuple[list[Freshness], State]:
    """How each state is taken in this order of arrival, and the state at the end; a text is its own revision."""
    known: State | None = None
    found = []
    for each in states:
        freshness, known = compare(known, rank_of(each), each.text, is_deleted=each.is_deleted)
        found.append(freshness)
    assert known is not None
    return found, known


@pytest.mark.parametrize(
    ("state", "rank"),
    [
        (collected(7, edited_at=at(9), posted_at=at(3)), Rank(7_000_000, StateClass.COLLECTED)),
        (collected(7, "", edited_at=at(9), is_deleted=True), Rank(7_000_000, StateClass.COLLECTED)),
        (raw(edited_at=at(9), posted_at=at(3)), Rank(9_000_000, StateClass.ARCHIVED)),
        (raw(posted_at=at(3)), Rank(3_000_000, StateClass.ARCHIVED)),
        (raw(), LOWEST),
        (raw(edited_at=at(9), is_deleted=True), Rank(9_000_000, StateClass.ARCHIVED)),
        (raw(posted_at=at(3), is_deleted=True), None),
    ],
    ids=["collected", "collected deletion", "edited", "posted", "undated", "dated deletion", "undated deletion"],
)
def test_the_rank_of_a_state(state: RawPost, rank: Rank | None) -> None:
    assert rank_of(state) == rank


def test_the_rank_takes_fractions_of_a_second_exactly() -> None:
    moment = datetime(2026, 1, 1, 0, 0, 0, 123_457, tzinfo=UTC)
    assert rank_of(raw(posted_at=moment)) == (1_767_225_600_123_457, 0)


def test_collected_is_above_archived_at_the_same_moment_alone() -> None:
    ranks = [Rank(5, StateClass.ARCHIVED), Rank(5, StateClass.COLLECTED), Rank(6, StateClass.ARCHIVED)]
    assert sorted(ranks, reverse=True) == ranks[::-1]


@pytest.mark.parametrize(
    "new",
    [A_COLLECTED_POST, A_COLLECTED_DELETION, AN_ARCHIVED_POST, raw(), AN_ARCHIVED_DELETION, UNDATED_DELETION],
)
def test_of_a_post_that_is_not_known_everything_is_new(new: RawPost) -> None:
    found, state = after(new)
    assert found == [NEWER]
    assert state.is_deleted == new.is_deleted


KNOWN_COLLECTED_POST = {
    "collected, later": (collected(11, "b"), NEWER),
    "collected, later, same content": (collected(11), NEWER),
    "the same": (A_COLLECTED_POST, REPEAT),
    "collected, same order, greater revision": (collected(10, "b"), NEWER),
    "collected, same order, lesser revision": (collected(10, "A"), STALE),
    "collected, earlier": (collected(9, "b"), STALE),
    "collected, earlier, but its edit has a later date": (collected(9, "b", edited_at=at(20)), STALE),
    "collected deletion, later": (collected(11, "", **DELETED), NEWER),
    "collected deletion, same order": (collected(10, "", **DELETED), NEWER),
    "collected deletion, earlier": (collected(9, "", **DELETED), STALE),
    "archive, edited after it was seen": (archived(11, "b"), NEWER),
    "archive, same moment": (archived(10, "b"), STALE),
    "archive, edited before it was seen": (archived(9, "b"), STALE),
    "archive without a date": (raw(text="b"), STALE),
    "archived deletion, later": (raw(edited_at=at(11), **DELETED), NEWER),
    "archived deletion, earlier": (raw(edited_at=at(9), **DELETED), STALE),
    "archived deletion without a date": (UNDATED_DELETION, STALE),
}
KNOWN_COLLECTED_DELETION = {
    "collected, later: the post is back": (collected(11, "b"), NEWER),
    "collected, same order: the deletion stays": (collected(10, "b"), STALE),
    "collected, earlier": (collected(9, "b"), STALE),
    "the same": (A_COLLECTED_DELETION, REPEAT),
    "collected deletion, later": (collected(11, "", **DELETED), NEWER),
    "archive, edited after the deletion was seen": (archived(11, "b"), NEWER),
    "archive, same moment": (archived(10, "b"), STALE),
    "archive, earlier: it does not bring the post back": (archived(9, "b"), STALE),
    "archived deletion without a date": (UNDATED_DELETION, STALE),
}
KNOWN_ARCHIVED_POST = {
    "collected, later": (collected(11, "b"), NEWER),
    "collected, same moment": (collected(10, "b"), NEWER),
    "collected, earlier": (collected(9, "b"), STALE),
    "collected deletion, later": (collected(11, "", **DELETED), NEWER),
    "archive, later": (archived(11, "b"), NEWER),
    "the same": (AN_ARCHIVED_POST, REPEAT),
    "archive, same moment: the later arrival": (archived(10, "b"), NEWER),
    "archive, same moment: the later arrival, whatever its revision": (archived(10, "A"), NEWER),
    "archive, earlier": (archived(9, "b"), STALE),
    "archived deletion, same moment": (AN_ARCHIVED_DELETION, NEWER),
    "archived deletion, earlier": (raw(edited_at=at(9), **DELETED), STALE),
    "archived deletion without a date": (UNDATED_DELETION, NEWER),
}
KNOWN_ARCHIVED_DELETION = {
    "collected, later": (collected(11, "b"), NEWER),
    "collected, earlier": (collected(9, "b"), STALE),
    "collected deletion, later": (collected(11, "", **DELETED), NEWER),
    "archive, later": (archived(11, "b"), NEWER),
    "archive, same moment: the later arrival": (archived(10, "b"), NEWER),
    "archive, earlier": (archived(9, "b"), STALE),
    "the same": (AN_ARCHIVED_DELETION, REPEAT),
    "archived deletion without a date": (UNDATED_DELETION, REPEAT),
}
ROWS = [
    pytest.param(known, new, freshness, id=f"{name}: {case}")
    for name, known, row in (
        ("collected post", A_COLLECTED_POST, KNOWN_COLLECTED_POST),
        ("collected deletion", A_COLLECTED_DELETION, KNOWN_COLLECTED_DELETION),
        ("archived post", AN_ARCHIVED_POST, KNOWN_ARCHIVED_POST),
        ("archived deletion", AN_ARCHIVED_DELETION, KNOWN_ARCHIVED_DELETION),
    )
    for case, (new, freshness) in row.items()
]


@pytest.mark.parametrize(("known", "new", "freshness"), ROWS)
def test_how_a_state_compares_with_the_known_one(known: RawPost, new: RawPost, freshness: Freshness) -> None:
    found, state = after(known, new)
    _, before = after(known)
    assert found[1] is freshness
    if freshness is NEWER:
        assert (state.is_deleted, state.revision) == (new.is_deleted, new.text)
    else:
        assert state == before


def test_an_archived_deletion_without_a_date_takes_the_rank_that_it_meets() -> None:
    assert after(AN_ARCHIVED_POST, UNDATED_DELETION)[1].rank == (10_000_000, 0)
    assert after(UNDATED_DELETION)[1].rank == LOWEST
    assert after(UNDATED_DELETION, archived(1, "b"))[0] == [NEWER, NEWER], "of which nothing else was known"


def test_a_rank_that_was_read_from_json_compares_as_one_that_was_made() -> None:
    known = State(Rank(10_000_000, 1), "a", False)  # type: ignore[arg-type]
    assert compare(known, None, "", is_deleted=True) == (STALE, known)
    assert compare(known, Rank(10_000_000, StateClass.COLLECTED), "A", is_deleted=False) == (STALE, known)


def test_a_hidden_edit_and_an_archive_of_the_edit_before_it_have_one_end() -> None:
    """No order by edit dates has: the collected edit has none, and the archive's is later than the first state's."""
    first, archive, hidden = collected(2, "first"), archived(3, "edit"), collected(4, "hidden")
    for states in ((first, archive, hidden), (first, hidden, archive), (archive, hidden, first)):
        assert after(*states)[1].revision == "hidden"

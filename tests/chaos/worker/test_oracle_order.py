"""The oracle's model of the order of states, row by row of the table in docs/order.md."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from schemas import Channel, Lane, PostSource, RawPost
from tests.chaos.worker.issued import Issued
from tests.chaos.worker.oracle_order import end, ends, rank

START = datetime(2026, 3, 1, tzinfo=UTC)
SECOND_0 = 1_772_323_200_000_000
"""The same moment in microseconds."""


def state(number: int, *, order: int | None = None, edited: int | None = None, is_deleted: bool = False) -> Issued:
    """Times are seconds after the start."""
    post = RawPost(
        channel=Channel(id=1),
        message_id=1,
        posted_at=None if is_deleted else START,
        edited_at=None if edited is None else START + timedelta(seconds=edited),
        order=None if order is None else SECOND_0 + order * 1_000_000,
        is_deleted=is_deleted,
        text="" if is_deleted else f"text {number}",
        lane=Lane.BACKFILL,
        source=PostSource(kind="chaos", position=number),
    )
    return Issued(number, post, post.text, "en")


def test_ranks() -> None:
    assert rank(state(0, order=2)) == (SECOND_0 + 2_000_000, 1)
    assert rank(state(0, order=2, edited=9)) == (SECOND_0 + 2_000_000, 1)
    assert rank(state(0, edited=3)) == (SECOND_0 + 3_000_000, 0)
    assert rank(state(0)) == (SECOND_0, 0)
    assert rank(state(0, edited=3, is_deleted=True)) == (SECOND_0 + 3_000_000, 0)
    assert rank(state(0, is_deleted=True)) is None


ENDS = {
    "an edit whose date is hidden": ([state(0, order=1), state(1, order=5, edited=2), state(2, order=7)], 2),
    "an archive's edit before the last one": ([state(0, order=1), state(1, order=5), state(2, edited=4)], 1),
    "an archive's edit after it": ([state(0, order=1), state(1, order=5), state(2, edited=6)], 2),
    "an archive's edit in the same moment": ([state(0, order=5), state(1, edited=5)], 0),
    "a deletion": ([state(0, order=1), state(1, order=5, is_deleted=True), state(2, edited=4)], 1),
    "back after a deletion": ([state(0, order=1), state(1, order=5, is_deleted=True), state(2, order=6)], 2),
    "edited after a false deletion": ([state(0, order=5, is_deleted=True), state(1, edited=6)], 1),
    "an undated deletion of what was collected": ([state(0, order=1), state(1, is_deleted=True)], 0),
    "an archived deletion with a date": ([state(0, order=1), state(1, edited=2, is_deleted=True)], 1),
}  # fmt: skip


@pytest.mark.parametrize(("states", "last"), ENDS.values(), ids=ENDS)
def test_the_end_is_the_same_in_every_order_of_arrival(states: list[Issued], last: int) -> None:
    assert {found.issued.number for order in permutations(states) if (found := end(order))} == {last}
    everything = frozenset(range(len(states)))
    (only,) = ends(states, everything, is_in_order=False)
    assert only.issued.number == last


def test_of_archived_states_of_one_moment_the_later_arrival_wins() -> None:
    first, second = state(0, edited=3), state(1, edited=3)
    everything = frozenset({0, 1})
    assert [found.issued for found in ends([first, second], everything, is_in_order=True)] == [second]
    assert len(ends([first, second], everything, is_in_order=False)) == 2


def test_an_undated_deletion_takes_the_rank_that_it_meets() -> None:
    archived, deletion = state(0, edited=3), state(1, is_deleted=True)
    found = end([archived, deletion])
    assert found is not None
    assert (found.issued, found.rank) == (deletion, (SECOND_0 + 3_000_000, 0))
    assert end([deletion, archived]) == (archived, (SECOND_0 + 3_000_000, 0))


def test_what_is_not_acknowledged_may_have_arrived_or_not() -> None:
    states = [state(0, order=1), state(1, order=2), state(2, order=3)]
    found = ends(states, frozenset({0, 1}), is_in_order=True)
    assert sorted(each.issued.number for each in found) == [1, 2]

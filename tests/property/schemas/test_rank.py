"""The order of the states of a post does not depend on their order of arrival, nor on what is replayed."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from schemas import Channel, PostSource, RawPost
from schemas.rank import Freshness, State, compare, rank_of
from schemas.times import UNIX_EPOCH

MOMENTS = st.integers(0, 6)
"""Few, so that many are equal."""


@st.composite
def states(draw: st.DrawFn) -> RawPost:
    date = st.none() | MOMENTS.map(lambda second: UNIX_EPOCH + timedelta(seconds=second))
    return RawPost(
        channel=Channel(id=1),
        message_id=2,
        source=PostSource(kind="test"),
        text=draw(st.sampled_from(["a", "b", "c"])),
        is_deleted=draw(st.booleans()),
        posted_at=draw(date),
        edited_at=draw(date),
        order=draw(st.none() | MOMENTS.map(lambda second: second * 1_000_000)),
    )


def end(arrivals: Sequence[RawPost], known: State | None = None) -> State | None:
    for each in arrivals:
        _, known = compare(known, rank_of(each), each.text, is_deleted=each.is_deleted)
    return known


def is_ordered(arrivals: Sequence[RawPost]) -> bool:
    """Whether no two archived states have the same rank, and none is a deletion without a date."""
    archived = [rank_of(each) for each in arrivals if each.order is None]
    return None not in archived and len(set(archived)) == len(archived)


@given(st.lists(states(), min_size=1, max_size=6).filter(is_ordered), st.data())
def test_every_order_of_arrival_ends_the_same(arrivals: list[RawPost], data: st.DataObject) -> None:
    assert end(data.draw(st.permutations(arrivals))) == end(arrivals)


@given(st.lists(states(), min_size=1, max_size=7), st.data())
def test_a_replayed_tail_ends_where_it_ended_before(arrivals: list[RawPost], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(arrivals) - 1))
    assert end(arrivals[first:], end(arrivals)) == end(arrivals)


@given(st.lists(states(), min_size=1, max_size=7), st.data())
def test_of_collected_states_any_part_may_come_again_at_any_time(arrivals: list[RawPost], data: st.DataObject) -> None:
    collected = [each for each in arrivals if each.order is not None]
    again = data.draw(st.lists(st.sampled_from(collected), max_size=5)) if collected else []
    assert end(again, end(arrivals)) == end(arrivals)


@given(st.lists(states(), min_size=2, max_size=3, unique_by=lambda each: (rank_of(each), each.text)))
def test_a_later_rank_never_loses(arrivals: list[RawPost]) -> None:
    for one, other in combinations(arrivals, 2):
        ranks = rank_of(one), rank_of(other)
        if None in ranks or ranks[0] == ranks[1]:
            continue
        first, second = sorted((one, other), key=lambda each: rank_of(each) or (0, 0))
        freshness, _ = compare(end([first]), rank_of(second), second.text, is_deleted=second.is_deleted)
        assert freshness is Freshness.NEWER

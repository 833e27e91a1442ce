"""Live partitions are asked for records before those of a backfill, which still get their turn."""

import pytest

from processors.stream.faust_app.consumer import BACKFILL_POLL_S, FetchPriority

LIVE, BACKFILL = {"live-0", "live-1", "analyzed-0"}, {"backfill-0", "backfill-1"}


def turns(clock: list[float]) -> FetchPriority[str]:
    return FetchPriority(lambda name: name.startswith("backfill"), lambda: clock[0])


def test_backfill_is_asked_when_the_others_have_nothing() -> None:
    assert turns([0.0]).order(LIVE | BACKFILL) == (LIVE, LIVE | BACKFILL)


def test_backfill_is_asked_first_once_in_a_while() -> None:
    clock = [0.0]
    order = turns(clock)
    clock[0] += BACKFILL_POLL_S
    assert order.order(LIVE | BACKFILL) == (BACKFILL, LIVE | BACKFILL)
    assert order.order(LIVE | BACKFILL) == (LIVE, LIVE | BACKFILL)


@pytest.mark.parametrize("partitions", [LIVE, BACKFILL])
def test_a_single_lane_is_asked_as_a_whole(partitions: set[str]) -> None:
    assert turns([0.0]).order(partitions) == (partitions,)

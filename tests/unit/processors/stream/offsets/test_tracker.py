"""The offset tracker: what is next, what is a replay, and what is a hole."""

import pytest

from processors.errors import OffsetGapError
from processors.stream.offsets.tracker import OffsetCheck, OffsetTracker
from processors.testing import MemoryGroup

TP = ("posts.raw.live", 0)


def log_with(records: set[int], committed_offset: int | None = None) -> MemoryGroup:
    return MemoryGroup({TP}, {TP: records}, stored={} if committed_offset is None else {TP: committed_offset})


async def take(guard: OffsetTracker, *offsets: int) -> None:
    for offset in offsets:
        if not guard.is_next(TP, offset):
            guard.start(TP, offset, await guard.check(TP, offset))
        guard.take(TP, offset)


async def test_first_record_of_a_new_group_is_taken() -> None:
    guard = OffsetTracker(log_with(set(range(10))))
    assert await guard.check(TP, 0) is OffsetCheck.RESUME
    await take(guard, 0, 1, 2)
    assert guard.next_offset(TP) == 3


async def test_reading_goes_on_from_the_committed_offset() -> None:
    guard = OffsetTracker(log_with(set(range(10)), committed_offset=5))
    assert await guard.check(TP, 5) is OffsetCheck.RESUME


async def test_record_below_the_committed_offset_is_taken_again() -> None:
    guard = OffsetTracker(log_with(set(range(10)), committed_offset=5))
    assert await guard.check(TP, 3) is OffsetCheck.RESUME


@pytest.mark.parametrize("committed", [None, 0, 4])
async def test_hole_before_the_first_record_is_an_error(committed: int | None) -> None:
    guard = OffsetTracker(log_with(set(range(10)), committed_offset=committed))
    with pytest.raises(OffsetGapError, match=rf"given offset 6, but {committed or 0} exists"):
        await guard.check(TP, 6)


async def test_hole_within_is_an_error() -> None:
    guard = OffsetTracker(log_with(set(range(10))))
    await take(guard, 0, 1)
    with pytest.raises(OffsetGapError, match="given offset 3, but 2 exists"):
        await guard.check(TP, 3)


async def test_numbers_without_records_are_no_hole_and_state_stays_valid() -> None:
    log = log_with({0, 1, 5, 6})
    guard = OffsetTracker(log)
    await take(guard, 0, 1)
    assert await guard.check(TP, 5) is OffsetCheck.CONTINUE
    assert log.looks == [(2, 5)]
    await take(guard, 5)
    assert await guard.check(TP, 0) is OffsetCheck.REPLAY


async def test_removed_beginning_is_no_hole() -> None:
    assert await OffsetTracker(log_with({7, 8}, committed_offset=None)).check(TP, 7) is OffsetCheck.RESUME


async def test_replay_of_what_was_taken_is_skipped() -> None:
    guard = OffsetTracker(log_with(set(range(10))))
    await take(guard, 0, 1, 2)
    assert [await guard.check(TP, offset) for offset in (0, 1, 2)] == [OffsetCheck.REPLAY] * 3
    assert guard.is_next(TP, 3)


async def test_progress_of_another_worker_makes_state_stale() -> None:
    log = log_with(set(range(20)), committed_offset=0)
    guard = OffsetTracker(log)
    await take(guard, 0, 1)
    log.stored[TP] = 10
    assert await guard.check(TP, 10) is OffsetCheck.RESUME


async def test_going_back_before_the_first_record_is_judged_by_the_commit() -> None:
    log = log_with(set(range(20)), committed_offset=10)
    guard = OffsetTracker(log)
    await take(guard, 10, 11)
    log.stored[TP] = 4
    assert await guard.check(TP, 4) is OffsetCheck.RESUME
    with pytest.raises(OffsetGapError):
        await guard.check(TP, 6)


async def test_forgotten_partition_starts_again() -> None:
    guard = OffsetTracker(log_with(set(range(10)), committed_offset=2))
    await take(guard, 2, 3)
    guard.forget([TP])
    assert guard.partitions() == set()
    assert await guard.check(TP, 2) is OffsetCheck.RESUME

"""The guard: what is next, what is a replay, and what is a hole."""

from dataclasses import dataclass, field

import pytest

from processors.errors import HoleError
from processors.stream.offsets.tracker import Continuity, Verdict

TP = ("posts.raw.live", 0)


@dataclass
class Log:
    """A partition as the broker has it."""

    records: set[int]
    committed_offset: int | None = None
    asked: list[tuple[int, int]] = field(default_factory=list)

    async def committed(self, tp: tuple[str, int]) -> int | None:
        return self.committed_offset

    async def first_record(self, tp: tuple[str, int], start: int, end: int) -> int | None:
        self.asked.append((start, end))
        return min((offset for offset in self.records if start <= offset < end), default=None)


async def take(guard: Continuity, *offsets: int) -> None:
    for offset in offsets:
        if not guard.is_next(TP, offset):
            guard.start(TP, offset, await guard.judge(TP, offset))
        guard.take(TP, offset)


async def test_first_record_of_a_new_group_is_taken() -> None:
    guard = Continuity(Log(set(range(10))))
    assert await guard.judge(TP, 0) is Verdict.RESUME
    await take(guard, 0, 1, 2)
    assert guard.next_offset(TP) == 3


async def test_reading_goes_on_from_the_committed_offset() -> None:
    guard = Continuity(Log(set(range(10)), committed_offset=5))
    assert await guard.judge(TP, 5) is Verdict.RESUME


async def test_record_below_the_committed_offset_is_taken_again() -> None:
    guard = Continuity(Log(set(range(10)), committed_offset=5))
    assert await guard.judge(TP, 3) is Verdict.RESUME


@pytest.mark.parametrize("committed", [None, 0, 4])
async def test_hole_before_the_first_record_is_an_error(committed: int | None) -> None:
    guard = Continuity(Log(set(range(10)), committed_offset=committed))
    with pytest.raises(HoleError, match=rf"given offset 6, but {committed or 0} exists"):
        await guard.judge(TP, 6)


async def test_hole_within_is_an_error() -> None:
    guard = Continuity(Log(set(range(10))))
    await take(guard, 0, 1)
    with pytest.raises(HoleError, match="given offset 3, but 2 exists"):
        await guard.judge(TP, 3)


async def test_numbers_without_records_are_no_hole_and_state_stays_valid() -> None:
    log = Log({0, 1, 5, 6})
    guard = Continuity(log)
    await take(guard, 0, 1)
    assert await guard.judge(TP, 5) is Verdict.CONTINUE
    assert log.asked == [(2, 5)]
    await take(guard, 5)
    assert await guard.judge(TP, 0) is Verdict.REPLAY


async def test_removed_beginning_is_no_hole() -> None:
    assert await Continuity(Log({7, 8}, committed_offset=None)).judge(TP, 7) is Verdict.RESUME


async def test_replay_of_what_was_taken_is_skipped() -> None:
    guard = Continuity(Log(set(range(10))))
    await take(guard, 0, 1, 2)
    assert [await guard.judge(TP, offset) for offset in (0, 1, 2)] == [Verdict.REPLAY] * 3
    assert guard.is_next(TP, 3)


async def test_progress_of_another_worker_makes_state_stale() -> None:
    log = Log(set(range(20)), committed_offset=0)
    guard = Continuity(log)
    await take(guard, 0, 1)
    log.committed_offset = 10
    assert await guard.judge(TP, 10) is Verdict.RESUME


async def test_going_back_before_the_first_record_is_judged_by_the_commit() -> None:
    log = Log(set(range(20)), committed_offset=10)
    guard = Continuity(log)
    await take(guard, 10, 11)
    log.committed_offset = 4
    assert await guard.judge(TP, 4) is Verdict.RESUME
    with pytest.raises(HoleError):
        await guard.judge(TP, 6)


async def test_forgotten_partition_starts_again() -> None:
    guard = Continuity(Log(set(range(10)), committed_offset=2))
    await take(guard, 2, 3)
    guard.forget([TP])
    assert guard.partitions() == set()
    assert await guard.judge(TP, 2) is Verdict.RESUME

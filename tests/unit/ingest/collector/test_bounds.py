"""Backfills with bounds: what is within is collected once, what is not is noted and can be collected later."""

from pathlib import Path

import pytest

from ingest.collector.recovery.backfill_bounds import BackfillBounds
from ingest.live_reader import AbsenceReason, AbsentRange, RequestPriority
from tests.support.collector_sim.bench import Bench, pause, watched
from tests.support.collector_sim.virtual_time import moment, run_virtual
from tests.support.collector_sim.world import World, WorldReader

HOUR_S = 3600.0


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """300 posts, one an hour before the collector begins; 120 is deleted, 200 to 203 are an album."""
    bench = Bench(tmp_path)
    room = bench.world[1]
    for number in range(300):
        room.post((number - 300) * HOUR_S, album_id=7 if 199 <= number <= 202 else None)
    room.delete(120)
    return bench


async def backfilled(bench: Bench, bounds: BackfillBounds) -> None:
    async with bench.collecting(watched(backfill=True), bounds=bounds) as collector:
        await pause(60)
        (channel,) = collector.status().channels
        assert channel.backfilled == channel.started_at == 300


def ids(bench: Bench) -> list[int]:
    return [post.message_id for post in bench.posts]


def skipped(bench: Bench) -> list[tuple[int, int]]:
    with bench.open_ledger() as ledger:
        return [(each.first, each.last) for each in ledger.absences(1) if each.reason is AbsenceReason.SKIPPED]


@pytest.mark.parametrize(
    ("bounds", "first", "last"),
    [
        (BackfillBounds(from_id=250), 250, 300),
        (BackfillBounds(since=moment(-51 * HOUR_S)), 250, 300),
        (BackfillBounds(since=moment(-51 * HOUR_S - 1)), 250, 300),
        (BackfillBounds(since=moment(-51 * HOUR_S + 1)), 251, 300),
        (BackfillBounds(until=moment(-251 * HOUR_S)), 1, 49),
        (BackfillBounds(since=moment(-291 * HOUR_S), until=moment(-251 * HOUR_S)), 10, 49),
        (BackfillBounds(from_id=40, until=moment(-251 * HOUR_S)), 40, 49),
    ],
)
def test_only_what_is_within_the_bounds_is_collected(
    bench: Bench, bounds: BackfillBounds, first: int, last: int
) -> None:
    run_virtual(backfilled(bench, bounds))
    assert ids(bench) == list(range(first, last + 1))

    async def recorded() -> list[tuple[int, int]]:
        return skipped(bench)

    left_out = [(1, first - 1), (last + 1, 300)]
    assert run_virtual(recorded()) == [(begin, end) for begin, end in left_out if begin <= end]


def test_bounds_that_hold_nothing_collect_nothing(bench: Bench) -> None:
    run_virtual(backfilled(bench, BackfillBounds(since=moment(0), until=moment(10))))
    assert ids(bench) == []


def test_a_later_backfill_without_bounds_collects_what_was_left_out_once(bench: Bench) -> None:
    async def work() -> None:
        await backfilled(bench, BackfillBounds(from_id=150, until=moment(-91 * HOUR_S)))
        assert ids(bench) == [*range(150, 201), *range(204, 210)]
        await backfilled(bench, BackfillBounds(from_id=100))
        assert ids(bench)[57:] == [each for each in range(100, 150) if each != 120] + list(range(210, 301))
        await backfilled(bench, BackfillBounds())
        assert skipped(bench) == []
        with bench.open_ledger() as ledger:
            assert AbsentRange(120, 120, AbsenceReason.NOT_RETURNED) in ledger.absences(1)
        calls = len(bench.reader.calls)
        await backfilled(bench, BackfillBounds())
        assert [call[0] for call in bench.reader.calls[calls:]] == ["newest"]

    run_virtual(work())
    assert sorted(ids(bench)) == [each for each in range(1, 301) if each not in (120, 201, 202, 203)]


def test_a_stop_between_two_pages_of_what_was_left_out_loses_and_repeats_nothing(bench: Bench) -> None:
    async def work() -> None:
        await backfilled(bench, BackfillBounds(from_id=290))
        async with bench.collecting(watched(backfill=True)):
            await pause(0.12)
        assert 11 < len(ids(bench)) < 290
        await backfilled(bench, BackfillBounds())

    run_virtual(work())
    assert sorted(ids(bench)) == [each for each in range(1, 301) if each not in (120, 201, 202, 203)]


def test_an_edit_of_a_post_that_was_left_out_publishes_nothing(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting(watched(backfill=True), bounds=BackfillBounds(from_id=290)) as collector:
            await pause(30)
            room = bench.world[1]
            for message_id in (10, 295):
                collector.edited(1, room.edit(message_id, 1.0).as_post(1))
            room.delete(11)
            collector.deleted(1, [11])
            await pause(30)

    run_virtual(work())
    assert ids(bench) == [*range(290, 301), 295]


@pytest.mark.parametrize("missing", [(), (3, 4, 5, 6, 7), tuple(range(1, 150)), tuple(range(60, 300)), (300,)])
@pytest.mark.parametrize("page", [1, 3, 100])
def test_a_moment_is_found_among_ids_with_holes(missing: tuple[int, ...], page: int) -> None:
    world = World()
    for number in range(300):
        world[1].post(number * HOUR_S, is_service=number % 5 == 0)
    for message_id in missing:
        world[1].delete(message_id)
    reader = WorldReader(world, page=page)
    dated = [each.id for each in world[1].messages.values() if not each.is_service]

    async def work() -> None:
        for message_id in (1, 2, 3, 50, 150, 299, 300, 301):
            found = await reader.before(1, moment((message_id - 1) * HOUR_S), RequestPriority.BACKFILL)
            assert found == max((each for each in dated if each < message_id), default=0)

    run_virtual(work())

"""A channel is taken out of the list and put back while what was collected of it is still on its way to the broker."""

from pathlib import Path

import pytest

from ingest.collector.collector import Collector
from ingest.ledger.ledger import Ledger
from ingest.publish import MemoryPublisher
from runtime.settings.collect import CollectSettings
from tests.support.collector_sim.bench import Bench, pause, watched
from tests.support.collector_sim.virtual_time import run_virtual

RARELY = CollectSettings(sweep_normal_s=100_000, recheck_h=(1000,))
"""Neither a sweep nor a recheck helps."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, settings=RARELY, publisher=MemoryPublisher(holds_back=True))


def explained_twice(ledger: Ledger) -> set[int]:
    absent = {each for range_ in ledger.absences(1) for each in range(range_.first, range_.last + 1)}
    return absent & {row.id for row in ledger.rows(1, 0, 1000)}


async def watch_again(collector: Collector, *, backfill: bool = False) -> None:
    await pause(1)
    collector.watch(watched(backfill=backfill))
    await pause(1)


async def acknowledge_all(bench: Bench) -> None:
    while bench.publisher.in_flight:
        bench.publisher.acknowledge()
    await pause(5)


def test_a_post_that_is_deleted_meanwhile_gets_its_tombstone(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(3):
                bench.world.push(collector, bench.world[1].post(5))
            await pause(1)
            collector.unwatch(1)
            bench.world[1].delete(2)
            await watch_again(collector)
            assert bench.posts == [], "all are on their way"
            await acknowledge_all(bench)
            await acknowledge_all(bench)
            assert explained_twice(collector._deps.ledger) == set()

    run_virtual(work())
    assert [(post.message_id, post.is_deleted) for post in bench.posts] == [
        (1, False),
        (2, False),
        (3, False),
        (2, True),
    ]


def test_posts_on_their_way_are_not_published_twice(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(3):
                bench.world.push(collector, bench.world[1].post(5))
            await pause(1)
            collector.unwatch(1)
            await watch_again(collector)
            bench.world.push(collector, bench.world[1].post(5))
            await pause(5)

    run_virtual(work())
    assert [post.message_id for post in bench.posts] == [1, 2, 3, 4]


def test_an_album_that_was_open_is_published_whole(bench: Bench) -> None:
    room = bench.world[1]

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(2):
                bench.world.push(collector, room.post(5, album_id=7))
            collector.unwatch(1)
            room.post(5, album_id=7)
            await watch_again(collector)
            await pause(5)

    run_virtual(work())
    assert [(post.message_id, len(post.media)) for post in bench.posts] == [(1, 3)]


def test_a_backfill_goes_on_with_the_album_that_was_open(bench: Bench) -> None:
    bench.reader._page = 2
    for _ in range(3):
        bench.world[1].post(0, album_id=7)

    async def work() -> None:
        async with bench.collecting(watched(backfill=True)) as collector:
            await pause(0.1)
            bench.reader.latency_s = 5
            await pause(0.1)
            assert collector._channels[1].backfilled == 2, "the album is open, and its last part being asked for"
            collector.unwatch(1)
            bench.reader.latency_s = 0.05
            await watch_again(collector, backfill=True)
            await pause(5)

    run_virtual(work())
    assert [(post.message_id, len(post.media)) for post in bench.posts] == [(1, 3)]


def test_an_edit_of_what_is_on_its_way_follows_it(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, bench.world[1].post(5))
            await pause(1)
            collector.unwatch(1)
            bench.world[1].edit(1, 9)
            await watch_again(collector)
            await pause(5)

    run_virtual(work())
    assert bench.texts == ["1/1 v0", "1/1 v1"]

"""Parts of an album are read again while other parts of it are held, or unknown."""

from pathlib import Path

import pytest

from ingest.errors import ReaderBusyError
from runtime.settings.collect import CollectSettings
from tests.support.collector_sim.bench import Bench, pause, watched
from tests.support.collector_sim.virtual_time import run_virtual

RARELY = CollectSettings(sweep_normal_s=100_000, recheck_h=(1000,), album_wait_s=5.0)
"""Neither a sweep nor a recheck helps."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, settings=RARELY)


def test_an_open_album_keeps_its_key_when_an_earlier_part_is_found(bench: Bench) -> None:
    """The source did not show the first part and the one between when it was asked for them."""
    room = bench.world[1]

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            first = room.post(5, album_id=7)
            del room.messages[1]
            bench.world.push(collector, room.post(5))
            await pause(1)
            bench.world.push(collector, room.post(5, album_id=7))
            between = room.post(5, album_id=7)
            del room.messages[4]
            bench.world.push(collector, room.post(5, album_id=7))
            await pause(1)
            assert [post.message_id for post in bench.posts] == [2], "the album is open"
            room.messages |= {1: first, 4: between}
            for late in (first, between):
                bench.world.push(collector, late)
            await pause(20)
            ledger = collector._deps.ledger
            assert ledger.absences(1) == []
            assert {row.id: row.anchor for row in ledger.rows(1, 0, 9)} == {1: 3, 2: 2, 3: 3, 4: 3, 5: 3}

    run_virtual(work())
    assert {post.message_id for post in bench.posts} == {2, 3}
    assert [media.message_id for media in bench.posts[-1].media] == [1, 3, 4, 5]


def test_an_edit_follows_the_album_that_a_backfill_has_open(bench: Bench) -> None:
    """The source must rest before the backfill can ask for the last part."""
    bench.reader._page = 2
    room = bench.world[1]
    for _ in range(3):
        room.post(0, album_id=7)

    def rests(method: str, _: int) -> Exception | None:
        is_second = sum(call[0] == "history" for call in bench.reader.calls) == 2
        return ReaderBusyError("flood wait", wait_s=30) if method == "history" and is_second else None

    async def work() -> None:
        bench.reader.fault = rests
        async with bench.collecting(watched(backfill=True)) as collector:
            await pause(10)
            assert collector._channels[1].backfilled == 2
            assert bench.posts == [], "the album is open"
            collector.edited(1, room.edit(2, 6).as_post(1))
            await pause(60)

    run_virtual(work())
    whole = ["1/1 v0", "1/2 v0", "1/3 v0"], ["1/1 v0", "1/2 v1", "1/3 v0"]
    assert [post.text for post in bench.posts] == ["\n\n".join(texts) for texts in whole]


def test_edits_of_two_parts_of_an_album_whose_rows_are_forgotten(bench: Bench) -> None:
    room = bench.world[1]

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(3):
                bench.world.push(collector, room.post(5, album_id=7))
            await pause(10)
            collector._deps.ledger.prune(float("inf"), keep_s=-1.0)
            for part in (2, 3):
                collector.edited(1, room.edit(part, 30).as_post(1))
            await pause(10)
            assert collector.status().revisits_due == 0

    run_virtual(work())
    assert [(post.message_id, post.text) for post in bench.posts] == [
        (1, "1/1 v0\n\n1/2 v0\n\n1/3 v0"),
        (1, "1/1 v0\n\n1/2 v1\n\n1/3 v1"),
    ]

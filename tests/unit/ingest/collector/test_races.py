"""What changes while it is being read, and what was ordered before a kill: at once, not at the next recheck."""

from pathlib import Path

import pytest

from ingest.publish import MemoryPublisher
from runtime.settings.collect import CollectSettings
from tests.support.collector_sim.bench import Bench, pause, watched
from tests.support.collector_sim.virtual_time import run_virtual

RARELY = CollectSettings(sweep_normal_s=100_000, recheck_h=(1000,))
"""Neither a sweep nor a recheck helps."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, settings=RARELY)


def test_an_edit_while_a_gap_is_read_is_not_lost(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            room.post(5)
            bench.reader.latency_s = 2
            bench.world.push(collector, room.post(5))
            await pause(1.5)  # the answer is on its way
            collector.edited(1, room.edit(1, 6).as_post(1))
            await pause(5)

    run_virtual(work())
    assert bench.texts == ["1/1 v0", "1/2 v0", "1/1 v1"]


def test_a_post_deleted_while_it_is_read_again_does_not_come_back(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, room.post(5))
            await pause(1)
            bench.reader.latency_s = 2
            undated = room.edit(1, 6)
            undated.edited = None
            collector.edited(1, undated.as_post(1))  # which of the two is newer is unknown: it is read again
            await pause(1.5)
            room.delete(1)
            collector.deleted(1, [1])
            await pause(10)

    run_virtual(work())
    assert [post.is_deleted for post in bench.posts] == [False, True]


def test_a_reported_deletion_outlives_a_kill(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(150):  # more than a page: no sweep sees the first again
                bench.world.push(collector, room.post(5))
            await pause(1)
        bench.publisher = MemoryPublisher(holds_back=True)
        async with bench.killed() as collector:
            await pause(5)
            room.delete(1)
            collector.deleted(1, [1])
            await pause(1)
        async with bench.collecting():
            await pause(5)

    run_virtual(work())
    assert [(post.message_id, post.is_deleted) for post in bench.posts] == [(1, True)]


def test_a_reported_edit_outlives_a_kill(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(150):
                bench.world.push(collector, room.post(5))
            await pause(1)
        bench.publisher = MemoryPublisher(holds_back=True)
        async with bench.killed() as collector:
            await pause(5)
            collector.edited(1, room.edit(1, 9).as_post(1))
            await pause(1)
        async with bench.collecting():
            await pause(5)

    run_virtual(work())
    assert bench.texts == ["1/1 v1"]


def test_history_published_unrecorded_and_then_deleted_gets_a_tombstone(bench: Bench) -> None:
    async def work() -> None:
        for _ in range(5):
            bench.world[1].post(0)
        bench.publisher = MemoryPublisher(holds_back=True)
        async with bench.killed(watched(backfill=True)):
            await pause(5)
            assert len([each for each in bench.publisher.in_flight if b"raw_post" in (each.value or b"")]) == 5
        bench.world[1].delete(2)
        async with bench.collecting(watched(backfill=True)):
            await pause(5)

    run_virtual(work())
    assert [(post.message_id, post.is_deleted, post.lane) for post in bench.posts] == [
        (1, False, "backfill"),
        (2, True, "backfill"),
        (3, False, "backfill"),
        (4, False, "backfill"),
        (5, False, "backfill"),
    ]


def test_a_backfill_goes_on_where_it_was_left(bench: Bench) -> None:
    async def work() -> None:
        for _ in range(450):
            bench.world[1].post(0)
        async with bench.collecting(watched(backfill=True)):
            await pause(0.17)
        assert 0 < len(bench.posts) < 450
        async with bench.collecting(watched(backfill=True)):
            await pause(30)
        async with bench.collecting(watched(backfill=True)):
            calls = len(bench.reader.calls)
            await pause(30)
            assert [call[0] for call in bench.reader.calls[calls:]] == ["newest"]

    run_virtual(work())
    assert [post.message_id for post in bench.posts] == list(range(1, 451))


def test_nothing_before_the_start_is_ever_touched(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        for _ in range(3):
            room.post(0)
        async with bench.collecting() as collector:
            await pause(5)
            collector.edited(1, room.edit(1, 6).as_post(1))
            room.delete(2)
            collector.deleted(1, [2])
            await pause(5)

    run_virtual(work())
    assert bench.posts == []


def test_when_a_row_is_forgotten_an_edit_is_still_a_revision_and_a_deletion_a_tombstone(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(2):
                bench.world.push(collector, room.post(5))
            for _ in range(3):
                bench.world.push(collector, room.post(5, album_id=7))
            await pause(3)
            collector._deps.ledger.prune(float("inf"), keep_s=-1.0)
            collector.edited(1, room.edit(1, 9).as_post(1))
            room.delete(2)
            collector.deleted(1, [2])
            collector.edited(1, room.edit(4, 9).as_post(1))
            await pause(3)

    run_virtual(work())
    revisions = {post.message_id: post for post in bench.posts[3:]}
    assert sorted(revisions) == [1, 2, 3]
    assert revisions[1].text == "1/1 v1"
    assert revisions[2].is_deleted
    assert revisions[3].text == "1/3 v0\n\n1/4 v1\n\n1/5 v0"


def test_reactions_become_counts_and_no_revision(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, room.post(5))
            await pause(1)
            room.messages[1].views = 9
            collector.edited(1, room.messages[1].as_post(1))
            await pause(1)

    run_virtual(work())
    assert len(bench.posts) == 1
    assert [(update.key, update.counters.views) for update in bench.counts] == [("tg:1:1", 9)]


def test_an_edit_that_comes_before_its_post_is_not_undone_by_the_push_that_comes_late(bench: Bench) -> None:
    """The gap is being read: an older push must not take the place of the answer."""
    room = bench.world[1]

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            old = room.post(5).entry(1)
            bench.reader.latency_s = 2.0
            collector.edited(1, room.edit(1, 6).as_post(1))
            await pause(0.5)
            collector.posted(1, old)
            await pause(10)  # no sweep comes so soon
            assert bench.texts == ["1/1 v1"]

    run_virtual(work())


def test_an_album_stays_open_while_its_missing_part_is_being_read(bench: Bench) -> None:
    room = bench.world[1]

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            bench.reader.latency_s = 3 * bench.settings.album_wait_s
            bench.world.push(collector, room.post(5, album_id=7))
            room.post(5, album_id=7)  # its push is lost
            bench.world.push(collector, room.post(5, album_id=7))
            await pause(10)

    run_virtual(work())
    assert [(post.message_id, len(post.media)) for post in bench.posts] == [(1, 3)]


@pytest.mark.parametrize(("between", "posts"), [(19, [(1, 2)]), (20, [(1, 1), (22, 1)])])
def test_messages_far_apart_are_no_parts_of_one_album(bench: Bench, between: int, posts: list[tuple[int, int]]) -> None:
    """The parts of an album lie within 20 ids; the ledger looks no further for those of a post."""
    room = bench.world[1]

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            room.post(5, album_id=7)
            for _ in range(between):
                room.post(5, is_service=True)
            bench.world.push(collector, room.post(5, album_id=7))
            await pause(10)

    run_virtual(work())
    assert [(post.message_id, len(post.media)) for post in bench.posts] == posts

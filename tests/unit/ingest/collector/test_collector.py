"""The collector: every post once, in order, whatever its source reports or leaves out."""

from pathlib import Path

import pytest

from tests.support.collector_sim.bench import Bench, pause, watched
from tests.support.collector_sim.virtual_time import run_virtual


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_was_posted_before_is_not_collected(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        for _ in range(3):
            room.post(0)
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, room.post(5))
            await pause(1)
            (channel,) = collector.status().channels
            assert (channel.started_at, channel.seen, channel.frontier, channel.state) == (3, 4, 4, "live")

    run_virtual(work())
    assert bench.texts == ["1/4 v0"]


def test_a_hole_is_read_before_the_post_behind_it(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(4):
                last = room.post(5)
            room.delete(2)
            bench.world.push(collector, last)
            await pause(2)

    run_virtual(work())
    assert bench.texts == ["1/1 v0", "1/3 v0", "1/4 v0"]
    assert bench.metric("absent_ids_total", reason="not_returned") == 1
    assert bench.metric("gaps_total") == 1


def test_a_post_that_no_hint_reported_is_found_by_a_sweep(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting():
            await pause(5)
            bench.world[1].post(5)
            await pause(61)

    run_virtual(work())
    assert bench.texts == ["1/1 v0"]


def test_the_newest_posts_of_a_silent_channel_that_are_deleted_are_found_by_a_sweep(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(3):
                bench.world.push(collector, room.post(5))
            await pause(30)
            room.delete(2)
            room.delete(3)
            await pause(61)
            room.delete(1)
            await pause(61)

    run_virtual(work())
    assert [post.message_id for post in bench.posts if post.is_deleted] == [2, 3, 1]


def test_an_album_becomes_one_post(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(3):
                bench.world.push(collector, room.post(5, album_id=7))
                await pause(0.1)
            await pause(2)

    run_virtual(work())
    (post,) = bench.posts
    assert (post.message_id, post.text) == (1, "1/1 v0\n\n1/2 v0\n\n1/3 v0")
    assert [(media.id, media.message_id) for media in post.media] == [("m1", 1), ("m2", 2), ("m3", 3)]


def test_a_late_part_is_joined_to_its_album(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(2):
                bench.world.push(collector, room.post(5, album_id=7))
            await pause(3)
            bench.world.push(collector, room.post(8, album_id=7))
            await pause(3)

    run_virtual(work())
    assert [(post.message_id, len(post.media)) for post in bench.posts] == [(1, 2), (1, 3)]


def test_an_edit_is_published_as_a_revision_and_a_deletion_as_a_tombstone(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, room.post(5))
            await pause(1)
            entry = room.edit(1, 7).as_post(1)
            collector.edited(1, entry)
            collector.edited(1, entry)
            await pause(1)
            room.delete(1)
            collector.deleted(1, [1, 1])
            await pause(1)

    run_virtual(work())
    assert [(post.text, post.is_deleted) for post in bench.posts] == [
        ("1/1 v0", False),
        ("1/1 v1", False),
        ("", True),
    ]
    assert bench.posts[-1].channel.username is None


def test_rechecks_find_lost_edits_and_deletions_and_refresh_counts(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(3):
                bench.world.push(collector, room.post(5))
            await pause(30)
            for _ in range(200):  # beyond what a sweep looks at
                bench.world.push(collector, room.post(35))
            room.edit(1, 40)
            room.delete(2)
            room.messages[3].views = 50
            await pause(3600 * 1.3)

    run_virtual(work())
    revisions = bench.posts[203:]
    assert [(post.message_id, post.text, post.is_deleted) for post in revisions] == [
        (1, "1/1 v1", False),
        (2, "", True),
    ]
    assert ("tg:1:3", 50) in [(update.key, update.counters.views) for update in bench.counts]


def test_history_is_collected_beside_live_posts(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        for number in range(450):
            room.post(0, album_id=9 if 98 <= number <= 101 else None)
        room.delete(17)
        async with bench.collecting(watched(backfill=True)) as collector:
            await pause(5)
            bench.world.push(collector, room.post(5))
            await pause(120)
            (channel,) = collector.status().channels
            assert channel.backfilled == channel.started_at == 450

    run_virtual(work())
    by_lane = [(post.lane, post.message_id) for post in bench.posts]
    ids = [message_id for lane, message_id in by_lane if lane == "backfill"]
    assert ids == [message_id for message_id in range(1, 451) if message_id not in (17, 100, 101, 102)]
    assert ("live", 451) in by_lane

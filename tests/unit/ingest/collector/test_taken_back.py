"""A change that was published, not recorded because of a kill, and taken back before the next start."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.collector.collector import Collector
from ingest.ledger.ledger import Ledger
from ingest.publish import MemoryPublisher
from ingest.publish.base import Delivery
from runtime.settings.collect import CollectSettings
from schemas import RawPost
from tests.support.collector_sim.bench import Bench, pause
from tests.support.collector_sim.virtual_time import run_virtual

RARELY = CollectSettings(sweep_normal_s=100_000, recheck_h=(1,), album_wait_s=0.5)
"""Neither a sweep nor a recheck helps."""


class _LastBreath(MemoryPublisher):
    """The moment it has sent something, the process is gone, and with it what the ledger has not committed."""

    ledger: Ledger

    def publish(self, post: RawPost) -> Delivery:
        delivery = super().publish(post)
        self.ledger._file._database.close()
        return delivery


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, settings=RARELY)


async def _killed_while_sending(bench: Bench, change: Callable[[Collector], None]) -> list[str]:
    """Texts that were sent of a change."""
    publisher = bench.publisher = _LastBreath()
    async with bench.killed() as collector:
        publisher.ledger = collector._deps.ledger
        await pause(5)
        change(collector)
        await pause(5)
    return [RawPost.model_validate_json(value).text for _, value in publisher.records]


async def _with_posts(bench: Bench, *albums: int | None) -> None:
    """A channel in which these were collected, and more than a page after them."""
    async with bench.collecting() as collector:
        await pause(5)
        for album in (*albums, *[None] * 150):
            bench.world.push(collector, bench.world[1].post(5, album_id=album))
        await pause(5)


def test_an_edit_that_is_undone(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        await _with_posts(bench, None)
        edited = room.messages[1]
        sent = await _killed_while_sending(bench, lambda hints: hints.edited(1, room.edit(1, 9).as_post(1)))
        assert sent == ["1/1 v1"]
        room.undo(edited, 12)
        async with bench.collecting():
            await pause(5)

    run_virtual(work())
    assert bench.texts == ["1/1 v0"]


def test_a_late_part_of_an_album_that_is_deleted(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, room.post(5, album_id=7))
            await pause(5)
        sent = await _killed_while_sending(bench, lambda hints: bench.world.push(hints, room.post(9, album_id=7)))
        assert sent == ["1/1 v0\n\n1/2 v0"]
        room.delete(2)
        async with bench.collecting():
            await pause(5)

    run_virtual(work())
    assert [post.text for post in bench.posts if post.message_id == 1] == ["1/1 v0"]


def test_a_post_that_came_after_all_and_is_deleted(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            late = room.post(5)
            room.delete(1)
            bench.world.push(collector, room.post(5))
            await pause(5)
            for _ in range(150):
                bench.world.push(collector, room.post(5))
            await pause(5)
        room.messages[1] = late
        sent = await _killed_while_sending(bench, lambda hints: bench.world.push(hints, late))
        assert sent == ["1/1 v0"]
        room.delete(1)
        async with bench.collecting():
            await pause(5)

    run_virtual(work())
    assert [(post.message_id, post.is_deleted) for post in bench.posts] == [(1, True)]


@pytest.mark.parametrize("is_killed", [False, True])
def test_what_is_recorded_is_not_published_again(bench: Bench, *, is_killed: bool) -> None:
    async def work() -> None:
        room = bench.world[1]
        await _with_posts(bench, None, 7, 7)
        async with bench.killed() if is_killed else bench.collecting() as collector:
            await pause(5)
            collector.edited(1, room.edit(1, 9).as_post(1))
            collector.edited(1, room.edit(3, 9).as_post(1))
            await pause(5)
        bench.publisher = MemoryPublisher()
        async with bench.collecting():
            await pause(5000)  # and a recheck

    run_virtual(work())
    assert bench.posts == []

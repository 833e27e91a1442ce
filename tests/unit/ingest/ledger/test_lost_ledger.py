"""A ledger that is not the one that was last written: what was collected since is known from the mark beside it."""

import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ingest.ledger.high_water import FILE_NAME as MARK
from ingest.ledger.ledger import FILE_NAME
from tests.support.collector_sim.bench import Bench, pause, watched
from tests.support.collector_sim.virtual_time import run_virtual


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "state")


def back_up(bench: Bench) -> Path:
    return Path(shutil.copy(bench.state / FILE_NAME, bench.state.parent / "backup"))


def take_away(bench: Bench) -> None:
    for file in bench.state.glob(f"{FILE_NAME}*"):
        file.unlink()


def restore(bench: Bench, backup: Path) -> None:
    take_away(bench)
    shutil.copy(backup, bench.state / FILE_NAME)


async def collect(bench: Bench, posts: int) -> None:
    """One run, in which the channel has so many posts."""
    async with bench.collecting() as collector:
        await pause(5)
        for _ in range(posts):
            bench.world.push(collector, bench.world[1].post(5))
        await pause(5)


async def look(bench: Bench) -> None:
    """One run in which nothing happens; only what it publishes is kept."""
    bench.publisher.records.clear()
    async with bench.collecting():
        await pause(30)


def revisions(bench: Bench) -> dict[int, str]:
    return {post.message_id: "deleted" if post.is_deleted else post.text for post in bench.posts}


def test_an_older_copy_of_the_ledger_is_reported_and_what_it_does_not_know_is_looked_at_again(
    bench: Bench,
) -> None:
    room = bench.world[1]

    async def work() -> None:
        await collect(bench, 3)
        backup = back_up(bench)
        await collect(bench, 4)
        room.delete(5)
        room.edit(6, 20.0)
        restore(bench, backup)
        await look(bench)

    with capture_logs() as logs:
        run_virtual(work())
    assert revisions(bench) == {4: "1/4 v0", 5: "deleted", 6: "1/6 v1", 7: "1/7 v0"}
    (said,) = [line["notice"] for line in logs if "notice" in line]
    assert f"{bench.state / FILE_NAME} is an older copy" in said


def test_the_newest_posts_that_are_deleted_since_the_copy_get_their_tombstones(bench: Bench) -> None:
    async def work() -> None:
        await collect(bench, 3)
        backup = back_up(bench)
        await collect(bench, 4)
        for message_id in (5, 6, 7):
            bench.world[1].delete(message_id)
        restore(bench, backup)
        await look(bench)

    run_virtual(work())
    assert revisions(bench) == {4: "1/4 v0", 5: "deleted", 6: "deleted", 7: "deleted"}


def test_a_post_that_the_copy_knows_is_read_again(bench: Bench) -> None:
    """No sweep looks so far back: without an order it would stay until its next age, or for ever."""

    async def work() -> None:
        await collect(bench, 200)
        backup = back_up(bench)
        await collect(bench, 0)  # what was noticed in this run, and ordered, is not in the copy
        bench.world[1].delete(1)
        bench.world[1].edit(2, 20.0)
        restore(bench, backup)
        await look(bench)

    run_virtual(work())
    assert revisions(bench) == {1: "deleted", 2: "1/2 v1"}


def test_a_copy_that_was_made_in_the_same_run_is_recognised_by_what_was_written_since(bench: Bench) -> None:
    async def work() -> None:
        await collect(bench, 200)
        async with bench.collecting():
            await pause(5)
            backup = back_up(bench)
        bench.world[1].delete(1)
        restore(bench, backup)
        await look(bench)

    run_virtual(work())
    assert revisions(bench) == {1: "deleted"}


def test_an_emptied_ledger_is_reported_and_the_channels_go_on_where_they_were(bench: Bench) -> None:
    async def work() -> None:
        await collect(bench, 3)
        bench.world[1].delete(2)
        for _ in range(2):
            bench.world[1].post(20)
        take_away(bench)
        await look(bench)

    with capture_logs() as logs:
        run_virtual(work())
    assert revisions(bench) == {1: "1/1 v0", 2: "deleted", 3: "1/3 v0", 4: "1/4 v0", 5: "1/5 v0"}
    assert any("is empty, though channels were collected before (1)" in line.get("notice", "") for line in logs)


def test_history_that_the_copy_does_not_know_is_buried_where_it_is_deleted(bench: Bench) -> None:
    room = bench.world[1]
    for _ in range(2000):
        room.post(0)

    async def run(seconds: float) -> None:
        bench.publisher.records.clear()
        async with bench.collecting(watched(backfill=True)):
            await pause(seconds)

    async def work() -> None:
        await run(0.2)
        backup = back_up(bench)
        await run(60)
        for message_id in range(1000, 1900):
            room.delete(message_id)
        restore(bench, backup)
        await run(60)

    run_virtual(work())
    deleted = [post.message_id for post in bench.posts if post.is_deleted]
    assert set(range(1000, 1900)) <= set(deleted)
    assert {post.lane for post in bench.posts} == {"backfill"}


def test_the_status_shows_it_until_the_next_start(bench: Bench) -> None:
    async def work() -> None:
        await collect(bench, 3)
        take_away(bench)
        async with bench.collecting() as collector:
            await pause(30)
            assert "is empty" in (collector.status().notice or "")
        async with bench.collecting() as collector:
            await pause(5)
            assert collector.status().notice is None

    run_virtual(work())


@pytest.mark.parametrize("is_killed", [False, True])
def test_an_ordinary_start_logs_nothing(bench: Bench, *, is_killed: bool) -> None:
    async def work() -> None:
        for _ in range(3):
            async with bench.killed() if is_killed else bench.collecting() as collector:
                await pause(5)
                for _ in range(4):
                    bench.world.push(collector, bench.world[1].post(5))
                await pause(20)
                assert collector.status().notice is None

    run_virtual(work())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 2}', '{"format": 1, "destinations": {"test": 7}}'])
def test_a_mark_that_cannot_be_read_is_reported_and_written_afresh(bench: Bench, content: str) -> None:
    async def work() -> None:
        await collect(bench, 3)
        (bench.state / MARK).write_text(content)
        with capture_logs() as logs:
            await collect(bench, 2)
        assert [line["path"] for line in logs if line["event"].startswith("mark cannot be read")] == [
            str(bench.state / MARK)
        ]
        take_away(bench)
        await look(bench)

    run_virtual(work())
    assert 5 in revisions(bench)
    assert (bench.state / MARK).stat().st_mode & 0o077 == 0

"""The place of a state among all states of its post, as the collector gives it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.collector.collector import Collector
from ingest.ledger.order_clock import RESERVE_US, OrderClock
from ingest.publish import MemoryPublisher
from runtime.settings.collect import CollectSettings
from schemas import Channel, PostSource, RawPost
from schemas.rank import microseconds
from tests.support.collector_sim import bench as bench_module
from tests.support.collector_sim.bench import Bench, pause, watched
from tests.support.collector_sim.ranking import ends, last_by_rank
from tests.support.collector_sim.virtual_time import EPOCH, moment, now, run_virtual

DAY_S = 86_400.0
LONG_AGO = -2 * DAY_S


@asynccontextmanager
async def collecting_after_a_post(bench: Bench) -> AsyncIterator[Collector]:
    """A collector that has settled, and was pushed one more post of the channel."""
    async with bench.collecting() as collector:
        await pause(5)
        bench.world.push(collector, bench.world[1].post(5))
        await pause(5)
        yield collector


def us(seconds: float) -> int:
    """The order of a moment of the virtual clock."""
    return microseconds(EPOCH) + round(seconds * 1e6)


def orders(bench: Bench) -> list[int]:
    found = [post.order for post in bench.posts]
    assert None not in found
    return [order or 0 for order in found]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "state")


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let the wall clock of the next process be wrong by so many seconds."""

    def set_by(seconds: float) -> None:
        monkeypatch.setattr(bench_module, "now", lambda: now() + timedelta(seconds=seconds))

    return set_by


# -- the clock


def _post(posted_at: datetime | None = None, edited_at: datetime | None = None) -> RawPost:
    return RawPost(
        channel=Channel(id=1), message_id=2, posted_at=posted_at, edited_at=edited_at, source=PostSource(kind="test")
    )


def test_the_clock_is_the_greatest_of_wall_clock_last_value_and_every_date_of_telegram() -> None:
    wall = [100.0]
    clock = OrderClock(lambda: wall[0], 0)
    assert clock.stamp(_post()).order == 100_000_000
    assert clock.stamp(_post()).order == 100_000_001, "the last one plus a microsecond"
    wall[0] = 50.0
    assert clock.stamp(_post()).order == 100_000_002, "the wall clock was set back"
    clock.observe(_post(edited_at=datetime.fromtimestamp(200, UTC)))
    assert clock.stamp(_post()).order == 200_000_000, "a date that was only seen"
    assert clock.stamp(_post(posted_at=datetime.fromtimestamp(300, UTC))).order == 300_000_000
    wall[0] = 400.0
    assert clock.stamp(_post()).order == 400_000_000


def test_the_clock_begins_where_it_is_asked_to() -> None:
    assert OrderClock(lambda: 1.0, 5_000_000).stamp(_post()).order == 5_000_000


# -- what is published


def test_every_record_has_a_later_order_than_the_one_before_over_both_lanes(bench: Bench) -> None:
    room = bench.world[1]
    for _ in range(250):
        room.post(-60)

    async def work() -> None:
        async with bench.collecting(watched(backfill=True)) as collector:
            await pause(1)
            for album in (None, 7, 7, None, None):
                bench.world.push(collector, room.post(1, album_id=album))
            await pause(10)
            collector.edited(1, room.edit(251, 12).as_post(1))
            for message_id in (255, 10, 253):
                room.delete(message_id)
                collector.deleted(1, [message_id])
            await pause(30)

    run_virtual(work())
    found = orders(bench)
    assert found == sorted(set(found))
    assert {post.lane for post in bench.posts} == {"live", "backfill"}
    assert sum(post.is_deleted for post in bench.posts) == 2
    assert all(post.order and post.order >= us(0) for post in bench.posts)


def test_edits_and_deletions_of_posts_that_a_backfill_collected_travel_live(bench: Bench) -> None:
    room = bench.world[1]
    for _ in range(3):
        room.post(-60)

    async def work() -> None:
        async with bench.collecting(watched(backfill=True)) as collector:
            await pause(10)
            collector.edited(1, room.edit(1, 12).as_post(1))
            room.delete(2)
            collector.deleted(1, [2])
            await pause(10)

    run_virtual(work())
    assert [(post.message_id, post.lane.value) for post in bench.posts] == [
        (1, "backfill"),
        (2, "backfill"),
        (3, "backfill"),
        (1, "live"),
        (2, "live"),
    ]
    assert [last_by_rank(post for post in reversed(bench.posts) if post.message_id == one).text for one in (1, 2)] == [
        "1/1 v1",
        "",
    ]


def test_an_album_gets_its_order_when_it_is_joined(tmp_path: Path) -> None:
    bench = Bench(tmp_path, settings=CollectSettings(sweep_normal_s=1000, recheck_h=(1,), album_wait_s=4))

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, bench.world[1].post(5, album_id=7))
            await pause(3)
            bench.world.push(collector, bench.world[1].post(8, album_id=7))
            await pause(20)

    run_virtual(work())
    (order,) = orders(bench)
    assert us(12) <= order < us(13)


def test_a_page_that_waited_for_room_has_a_later_order_than_what_was_published_meanwhile(tmp_path: Path) -> None:
    settings = CollectSettings(sweep_normal_s=1000, recheck_h=(1,), max_queue=10)
    bench = Bench(tmp_path, settings=settings, publisher=MemoryPublisher(holds_back=True))
    room = bench.world[1]

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, room.post(5))
            await pause(1)
            room.post(6)
            bench.world.push(collector, room.post(6))  # a gap: it is read, and there is no room yet
            await pause(100)
            while bench.publisher.in_flight:
                bench.publisher.acknowledge()
                await pause(1)

    run_virtual(work())
    assert [post.message_id for post in bench.posts] == [1, 2, 3]
    first, *waited = orders(bench)
    assert first < us(6)
    assert min(waited) > us(100)


# -- over restarts


async def publish(bench: Bench, at: float, *, is_killed: bool = False) -> list[RawPost]:
    """One process, and one post; returns what it sent."""
    publisher = bench.publisher = MemoryPublisher()
    async with bench.killed() if is_killed else bench.collecting() as collector:
        await pause(5)
        bench.world.push(collector, bench.world[1].post(at))
        await pause(5)
    return [RawPost.model_validate_json(value) for _, value in publisher.records]


@pytest.mark.parametrize("set_back_s", [0.0, 30.0, DAY_S])
def test_after_a_kill_orders_go_on_above_all_that_was_sent(
    bench: Bench, set_clock: Callable[[float], None], set_back_s: float
) -> None:
    async def work() -> list[RawPost]:
        sent = [*await publish(bench, LONG_AGO), *await publish(bench, LONG_AGO, is_killed=True)]
        set_clock(-set_back_s)
        return [*sent, *await publish(bench, LONG_AGO)]

    before, killed, after = [post.order or 0 for post in run_virtual(work())]
    assert before < killed
    assert after == killed + RESERVE_US, "a start begins at the limit"


def test_after_an_end_in_order_nothing_is_left_out(bench: Bench, set_clock: Callable[[float], None]) -> None:
    async def work() -> list[RawPost]:
        sent = await publish(bench, LONG_AGO)
        set_clock(-DAY_S)
        return [*sent, *await publish(bench, LONG_AGO)]

    first, second = [post.order or 0 for post in run_virtual(work())]
    assert second == first + 1


def test_a_clock_that_was_a_day_ahead_goes_on_by_microseconds_and_collected_at_is_true(
    bench: Bench, set_clock: Callable[[float], None]
) -> None:
    room = bench.world[1]

    async def work() -> None:
        set_clock(DAY_S)
        await publish(bench, 5)
        set_clock(0.0)
        async with bench.collecting() as collector:
            await pause(5)
            collector.edited(1, room.edit(1, 20).as_post(1))
            await pause(5)
            room.delete(1)
            collector.deleted(1, [1])
            await pause(5)

    run_virtual(work())
    assert ends(bench.posts) == {"deleted"}
    first, edit, deletion = orders(bench)
    assert us(DAY_S) < first < edit < deletion < first + 100
    assert bench.posts[-1].collected_at is not None
    assert bench.posts[-1].collected_at < moment(60)


@pytest.mark.parametrize("is_restored", [False, True])
def test_a_ledger_that_is_lost_or_restored_goes_on_above_what_was_published(
    bench: Bench, set_clock: Callable[[float], None], *, is_restored: bool
) -> None:
    async def work() -> list[RawPost]:
        await publish(bench, 5)
        copy = shutil.copytree(bench.state, bench.state.with_name("copy"))
        set_clock(DAY_S)
        sent = await publish(bench, 5)
        set_clock(0.0)
        shutil.rmtree(bench.state)
        if is_restored:
            shutil.copytree(copy, bench.state)
        with bench.open_ledger() as ledger:
            ledger.order.raise_above(sent[-1].order or 0)  # as a start does, by the last records of the raw topics
            collector = bench.collector(ledger)
            collector.watch(watched())
            running = asyncio.create_task(collector.run())
            await pause(5)
            bench.world.push(collector, bench.world[1].post(30))
            await pause(5)
            collector.edited(1, bench.world[1].edit(3, 40).as_post(1))
            await pause(70)
            collector.stop()
            await running
        return sent

    before = run_virtual(work())
    assert min(orders(bench)[len(before) :]) > (before[-1].order or 0)
    assert ends([post for post in bench.posts if post.message_id == 3]) == {"1/3 v1"}


# -- two ledgers


def test_of_two_ledgers_on_one_channel_the_later_order_wins(tmp_path: Path, set_clock: Callable[[float], None]) -> None:
    one = Bench(tmp_path / "one")
    other = Bench(tmp_path / "other", world=one.world)
    room = one.world[1]

    async def work() -> None:
        async with one.collecting() as exact:
            set_clock(-DAY_S)  # of the other one
            async with other.collecting() as slow:
                await pause(5)
                message = room.post(10)
                for hints in (exact, slow):
                    one.world.push(hints, message)
                await pause(10)
                edit = room.edit(1, 25).as_post(1)
                slow.edited(1, edit)
                await pause(10)

    run_virtual(work())
    assert [post.text for post in one.posts] == ["1/1 v0"]
    assert [post.text for post in other.posts] == ["1/1 v0", "1/1 v1"]
    assert orders(other) == [us(10), us(25)], "its clock is a day behind: the dates of Telegram raise it"
    assert ends([*one.posts, *other.posts]) == {"1/1 v1"}


def test_a_deletion_by_a_ledger_with_a_slow_clock_wins_once_it_has_seen_a_later_date(
    tmp_path: Path, set_clock: Callable[[float], None]
) -> None:
    one = Bench(tmp_path / "one")
    other = Bench(tmp_path / "other", world=one.world)
    room = one.world[1]

    async def work() -> None:
        async with one.collecting() as exact:
            set_clock(-3600)
            async with other.collecting() as slow:
                await pause(5)
                message = room.post(5)
                for hints in (exact, slow):
                    one.world.push(hints, message)
                await pause(5)
                other.world.push(slow, room.post(11))
                room.delete(1)
                slow.deleted(1, [1])
                await pause(5)

    run_virtual(work())
    assert ends([post for post in (*one.posts, *other.posts) if post.message_id == 1]) == {"deleted"}


# -- states that edit dates put in the wrong order


def test_an_album_that_loses_its_edited_part_ends_without_it(bench: Bench) -> None:
    room = bench.world[1]

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(3):
                bench.world.push(collector, room.post(5, album_id=7))
            await pause(10)
            collector.edited(1, room.edit(2, 20).as_post(1))
            await pause(10)
            room.delete(2)
            collector.deleted(1, [2])
            await pause(10)

    run_virtual(work())
    assert [post.edited_at for post in bench.posts] == [None, moment(20), None]
    assert ends(bench.posts) == {"1/1 v0\n\n1/3 v0"}


def test_a_reaction_after_an_edit_that_was_not_read_ends_with_the_edit(bench: Bench) -> None:
    """Telegram hides the date of an edit once a reaction has followed it."""
    room = bench.world[1]

    async def work() -> None:
        async with collecting_after_a_post(bench) as collector:
            collector.edited(1, room.edit(1, 12).as_post(1))
            await pause(5)
            message = room.edit(1, 16)
            message.edited = None
            collector.edited(1, message.as_post(1))
            await pause(5)

    run_virtual(work())
    assert [post.edited_at for post in bench.posts] == [None, moment(12), None]
    assert ends(bench.posts) == {"1/1 v2"}


@pytest.mark.parametrize("is_restarted", [False, True])
def test_an_edit_that_is_pushed_late_does_not_replace_a_hidden_edit_that_followed_it(
    tmp_path: Path, *, is_restarted: bool
) -> None:
    rarely = CollectSettings(sweep_normal_s=100_000, recheck_h=(1000,))
    bench = Bench(tmp_path, settings=rarely)
    room = bench.world[1]

    async def work() -> None:
        async with collecting_after_a_post(bench) as collector:
            late = room.edit(1, 12).as_post(1)
            await pause(5)
            message = room.edit(1, 16)
            message.edited = None
            collector.edited(1, message.as_post(1))
            await pause(5)
            if not is_restarted:
                collector.edited(1, late)
            await pause(5)
        if is_restarted:
            async with bench.collecting() as collector:
                await pause(5)
                collector.edited(1, late)
                await pause(5)

    run_virtual(work())
    assert ends(bench.posts) == {"1/1 v2"}


def test_a_post_that_comes_back_after_its_tombstone_is_there_again(bench: Bench) -> None:
    room = bench.world[1]

    async def work() -> None:
        async with collecting_after_a_post(bench) as collector:
            room.edit(1, 8)
            collector.edited(1, room.messages[1].as_post(1))
            room.delete(1)
            collector.deleted(1, [1])
            await pause(5)
            back = room.messages[1] = room.deleted.pop(1)
            back.texts.append("1/1 v2")
            back.edited = None
            await pause(120)

    run_virtual(work())
    assert any(post.is_deleted for post in bench.posts)
    assert ends(bench.posts) == {"1/1 v2"}


def test_an_edit_with_an_earlier_date_than_the_edit_before_it_is_published_in_the_end(bench: Bench) -> None:
    """Telegram's clock was set back: its edits are dated before those that were published."""
    room = bench.world[1]

    async def work() -> None:
        async with collecting_after_a_post(bench) as collector:
            collector.edited(1, room.edit(1, 3000).as_post(1))
            await pause(5)
            collector.edited(1, room.edit(1, 20).as_post(1))
            await pause(5000)

    run_virtual(work())
    assert ends(bench.posts) == {"1/1 v2"}

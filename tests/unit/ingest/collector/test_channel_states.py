"""``channels.state``: how channels are, as their collector publishes it."""

import asyncio
from pathlib import Path

import pytest

from ingest.collector.channel.tracked_channel import WatchedChannel
from ingest.errors import ChannelUnavailableError
from ingest.publish import MemoryPublisher
from schemas import BackfillProgress, ChannelCondition, ChannelGap, ChannelState, NewestPost
from tests.support.collector_sim.bench import Bench, pause, watched
from tests.support.collector_sim.virtual_time import moment, run_virtual


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_channel_shows_its_last_post_and_its_usual_interval(bench: Bench) -> None:
    """Of posts at 0, 100, 200 and 400 s, an album in between counts once; new ones count from the next sweep on."""

    async def work() -> None:
        room = bench.world[1]
        for at in (0, 100, 200):
            room.post(at)
        for _ in range(3):
            room.post(400, album_id=7)
        async with bench.collecting() as collector:
            await pause(5)
            (state,) = bench.states()
            assert state is not None
            assert (state.channel.id, state.channel.username) == (1, "c1")
            assert (state.condition, state.reason) == (ChannelCondition.LIVE, None)
            assert state.last_post == NewestPost(message_id=4, posted_at=moment(400))
            assert state.usual_interval_s == 100.0
            assert (state.gap, state.backfill) == (None, None)
            await pause(10)
            bench.world.push(collector, room.post(500))
            await pause(2)
            assert bench.channel_state().last_post == NewestPost(message_id=7, posted_at=moment(500))
            bench.world.push(collector, room.post(700))
            await pause(60)
            assert bench.channel_state().last_post == NewestPost(message_id=8, posted_at=moment(700))
            assert bench.channel_state().usual_interval_s == 100.0, "the median of 100, 100, 200, 100 and 200"

    run_virtual(work())


def test_of_few_posts_no_interval_is_usual(bench: Bench) -> None:
    async def work() -> None:
        for at in (0, 100, 200):
            bench.world[1].post(at)
        async with bench.collecting():
            await pause(5)

    run_virtual(work())
    assert bench.channel_state().usual_interval_s is None


def test_the_deletion_of_the_newest_post_brings_back_the_one_before(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, room.post(5))
            bench.world.push(collector, room.post(6))
            await pause(30)
            assert bench.channel_state().last_post == NewestPost(message_id=2, posted_at=moment(6))
            room.delete(2)
            await pause(60)

    run_virtual(work())
    assert bench.channel_state().last_post == NewestPost(message_id=1, posted_at=moment(5))


def test_a_channel_that_cannot_be_read_shows_the_reason_and_since_when(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting():
            await pause(70)
            assert bench.channel_state().condition is ChannelCondition.LIVE
            bench.reader.fault = lambda _method, _channel: ChannelUnavailableError("Join it again.", "private")
            await pause(200)
            state = bench.channel_state()
            assert (state.condition, state.reason) == (ChannelCondition.PRIVATE, "Join it again.")
            assert (state.since - moment(120)).total_seconds() == pytest.approx(0, abs=1)
            bench.reader.fault = lambda _method, _channel: None
            await pause(61)
            assert (bench.channel_state().condition, bench.channel_state().reason) == (ChannelCondition.LIVE, None)

    run_virtual(work())


def test_one_that_could_never_be_read_has_a_state_as_well(bench: Bench) -> None:
    async def work() -> None:
        bench.reader.fault = lambda _method, _channel: ChannelUnavailableError("There is no such channel.", "unknown")
        async with bench.collecting():
            await pause(5)

    run_virtual(work())
    assert (bench.channel_state().condition, bench.channel_state().last_post) == (ChannelCondition.UNKNOWN, None)


def test_an_open_gap_shows_its_ids_until_it_is_closed(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(20)
            bench.reader.latency_s = 30
            for _ in range(5):
                last = room.post(20)
            bench.world.push(collector, last)
            await pause(5)
            assert bench.channel_state().gap == ChannelGap(first=1, last=5, size=5, since=moment(20))
            bench.world.push(collector, room.post(30))
            await pause(15)
            assert bench.channel_state().gap == ChannelGap(first=1, last=6, size=6, since=moment(20))
            await pause(60)
            assert bench.channel_state().gap is None
            assert bench.channel_state().last_post == NewestPost(message_id=6, posted_at=moment(30))

    run_virtual(work())


def test_a_gap_that_is_closed_at_once_is_not_reported(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(20)
            room.post(20)
            bench.world.push(collector, room.post(20))
            await pause(20)

    run_virtual(work())
    assert [state.gap for state in bench.states() if state is not None] == [None, None]


def test_a_backfill_shows_how_far_it_is(bench: Bench) -> None:
    async def work() -> None:
        for number in range(950):
            bench.world[1].post(number)
        bench.reader.latency_s = 8
        async with bench.collecting(watched(backfill=True)):
            await pause(45)
            some = bench.channel_state().backfill
            assert some is not None
            assert 0 < some.reached < some.up_to == 950
            assert not some.is_complete
            await pause(200)

    run_virtual(work())
    assert bench.channel_state().backfill == BackfillProgress(reached=950, up_to=950, skipped=0, is_complete=True)


def test_a_busy_channel_is_written_seldom_and_its_last_state_is_not_lost(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(20)
            for second in range(100):
                bench.world.push(collector, room.post(20 + second))
                await pause(1)
            assert len(bench.states()) <= 12, "one in 10 s"
            bench.world.push(collector, room.post(121))

    run_virtual(work())
    assert bench.channel_state().last_post == NewestPost(message_id=101, posted_at=moment(121))
    assert bench.metric("channel_states_total") == len(bench.states())


def test_nothing_is_written_while_nothing_changes(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting():
            await pause(3600 * 3)

    run_virtual(work())
    assert len(bench.states()) == 1


def test_the_states_of_many_channels_are_written_at_a_bounded_rate(tmp_path: Path) -> None:
    async def work() -> None:
        bench = Bench(tmp_path)
        for channel_id in range(2, 501):
            bench.world.rooms[channel_id] = type(bench.world[1])(channel_id)
        async with bench.collecting(*(watched(channel_id) for channel_id in range(1, 501))):
            await pause(3)
            assert 0 < len(bench.publisher.states) <= 210
            await pause(60)
            assert len({key for key, _ in bench.publisher.states}) == 500
        assert len(bench.publisher.states) <= 1000

    run_virtual(work())


def test_during_an_outage_one_state_of_a_channel_waits_and_the_last_one_follows(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(20)
            bench.publisher._holds_back = True
            for second in range(300):
                bench.world.push(collector, room.post(20 + second))
                await pause(1)
            values = [each.value or b"" for each in bench.publisher.in_flight]
            assert len([value for value in values if b"channel_state" in value]) == 1
            bench.publisher._holds_back = False
            while bench.publisher.in_flight:
                bench.publisher.acknowledge()
            await pause(20)
            assert bench.channel_state().last_post == NewestPost(message_id=300, posted_at=moment(319))

    run_virtual(work())


def test_a_channel_that_is_watched_no_more_has_no_state(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(20)
            collector.unwatch(1)
            await pause(5)
            assert bench.states()[-1] is None
            collector.watch(watched())
            await pause(5)
            assert bench.channel_state().condition is ChannelCondition.LIVE

    run_virtual(work())


def test_a_channel_that_was_taken_out_while_nothing_ran_loses_its_state(bench: Bench) -> None:
    bench.world.rooms[2] = type(bench.world[1])(2)

    async def work() -> None:
        async with bench.collecting(watched(1), watched(2)):
            await pause(20)
        async with bench.collecting(watched(2)) as collector:
            await pause(20)
            assert bench.states(1)[-1] is not None, "it may be on the list under a name that is still looked up"
            collector.watches_all()
            await pause(5)
        async with bench.collecting(watched(2)) as collector:
            collector.watches_all()
            await pause(5)

    run_virtual(work())
    assert [state is None for state in bench.states(1)].count(True) == 1
    assert bench.states(1)[-1] is None
    assert bench.channel_state(2).condition is ChannelCondition.LIVE


def test_a_state_that_could_not_be_withdrawn_is_withdrawn_at_the_next_start(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(20)
            there, bench.publisher = bench.publisher, MemoryPublisher()
            there.is_down = True
            collector.unwatch(1)
            await pause(5)
        there.is_down = False
        bench.publisher = there
        for _ in range(2):
            async with bench.collecting(watched(2)) as collector:
                collector.watches_all()
                await pause(5)

    bench.world.rooms[2] = type(bench.world[1])(2)
    run_virtual(work())
    assert [state is None for state in bench.states(1)] == [False, True], "once, and then it is known to be gone"


def test_a_state_whose_acknowledgement_a_kill_cut_off_is_withdrawn(bench: Bench) -> None:
    bench.publisher = MemoryPublisher(holds_back=True)

    async def work() -> None:
        bench.world.rooms[2] = type(bench.world[1])(2)
        async with bench.killed():
            await pause(3)
            assert [delivery.key for delivery in bench.publisher.in_flight] == [b"1"], "it may have arrived"
        async with bench.collecting(watched(2)) as collector:
            collector.watches_all()
            await pause(5)

    run_virtual(work())
    assert bench.states(1) == [None]


def test_a_new_name_is_a_change(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(20)
            collector.rename(1, "renamed", "A new title")
            await pause(5)

    run_virtual(work())
    assert (bench.channel_state().channel.username, bench.channel_state().channel.title) == ("renamed", "A new title")


def test_a_restart_writes_the_state_of_each_channel_once(bench: Bench) -> None:
    async def work() -> None:
        for _ in range(2):
            async with bench.collecting():
                await pause(30)

    run_virtual(work())
    assert len(bench.states()) == 2


def test_a_state_goes_behind_the_posts_that_it_counts(bench: Bench) -> None:
    """So nobody reads of a post that is not there."""
    sent: list[tuple[str, int]] = []

    class Watching(type(bench.publisher)):  # type: ignore[misc]
        def publish(self, post: object) -> object:
            sent.append(("post", post.message_id))  # type: ignore[attr-defined]
            return super().publish(post)

        def publish_state(self, channel_id: int, state: ChannelState | None) -> object:
            if state is not None and state.last_post is not None:
                sent.append(("state", state.last_post.message_id))
            return super().publish_state(channel_id, state)

    bench.publisher = Watching()

    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(20)
            for second in range(50):
                bench.world.push(collector, room.post(20 + second))
                await asyncio.sleep(0.7)

    run_virtual(work())
    newest = 0
    for kind, message_id in sent:
        if kind == "post":
            newest = message_id
        else:
            assert message_id <= newest


def test_a_channel_read_by_one_account_alone_is_watched_like_the_others(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting(WatchedChannel(1, "low", "main", False, None, "A title")):
            await pause(5)

    run_virtual(work())
    assert (bench.channel_state().channel.username, bench.channel_state().channel.title) == (None, "A title")

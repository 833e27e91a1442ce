"""The collector when something around it fails: readers, the publisher, the queue, the disk."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.errors import (
    AccountError,
    ChannelUnavailableError,
    DestinationChangedError,
    ReaderBusyError,
    ReaderLostError,
)
from ingest.live_reader import AbsenceReason, PostOrAbsence
from ingest.publish import MemoryPublisher
from runtime.errors import StateError
from runtime.kafka.errors import BrokerUnavailableError, PublishTopicMissingError
from runtime.settings.collect import CollectSettings
from schemas.topics import MAX_RAW_BYTES
from tests.support.collector_sim.bench import Bench, pause, watched
from tests.support.collector_sim.virtual_time import run_virtual
from tests.support.collector_sim.world import World, WorldReader
from tests.support.patience import DEADLINE_S


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, World(3))


def test_a_channel_that_cannot_be_read_is_reported_and_the_others_go_on(bench: Bench) -> None:
    def fault(_: str, channel_id: int) -> Exception | None:
        return ChannelUnavailableError("private now", "private") if channel_id == 2 else None

    async def work() -> None:
        bench.reader.fault = fault
        async with bench.collecting(watched(1), watched(2)) as collector:
            await pause(5)
            bench.world.push(collector, bench.world[1].post(5), 1)
            await pause(1)
            states = {channel.id: channel.state for channel in collector.status().channels}
            assert states == {1: "live", 2: "private"}
            assert bench.metric("channels", state="private") == 1
            bench.reader.fault = lambda _method, _channel: None
            await pause(60)
            assert {channel.state for channel in collector.status().channels} == {"live"}
            assert bench.metric("channels", state="private") == 0

    run_virtual(work())
    assert bench.texts == ["1/1 v0"]


def test_a_busy_reader_is_not_asked_before_its_time_and_another_is_asked_instead(bench: Bench) -> None:
    async def work() -> None:
        bench.reader.fault = lambda method, _: ReaderBusyError("flood", 100) if method == "history" else None
        async with bench.collecting() as collector:
            await pause(5)
            room = bench.world[1]
            room.post(5)
            bench.world.push(collector, room.post(5))
            await pause(30)
            assert bench.texts == []
            assert [call[0] for call in bench.reader.calls].count("history") == 1
            second = WorldReader(bench.world, "second")
            collector.add_reader(second)
            await pause(1)
            assert bench.texts == ["1/1 v0", "1/2 v0"]

    run_virtual(work())


def test_a_reader_that_is_lost_is_tried_again_ever_less_often(bench: Bench) -> None:
    async def work() -> None:
        bench.reader.fault = lambda _method, _channel: ReaderLostError("no answer")
        async with bench.collecting() as collector:
            await pause(40)
            assert 4 <= len(bench.reader.calls) <= 6
            assert collector.status().readers == {"main": "lost"}
            bench.reader.fault = lambda _method, _channel: None
            collector.missed("main", None)
            await pause(1)
            assert collector.status().readers == {"main": "ready"}

    run_virtual(work())


def test_an_account_that_cannot_be_used_is_left_alone_until_it_is_back(bench: Bench) -> None:
    async def work() -> None:
        bench.reader.fault = lambda _method, _channel: AccountError("signed out", "signed_out")
        async with bench.collecting() as collector:
            await pause(300)
            assert len(bench.reader.calls) == 1
            assert collector.status().readers == {"main": "dropped"}
            bench.reader.fault = lambda _method, _channel: None
            collector.add_reader(bench.reader)
            await pause(1)
            assert collector.status().channels[0].state == "live"

    run_virtual(work())


def test_a_failed_publisher_is_replaced_and_nothing_is_lost(bench: Bench) -> None:
    made: list[MemoryPublisher] = []

    def make() -> MemoryPublisher:
        if len(made) == 1:
            made.append(MemoryPublisher())
            raise PublishTopicMissingError("no topic")
        made.append(MemoryPublisher(holds_back=not made))
        return made[-1]

    async def work() -> None:
        bench.make_publisher = make
        async with bench.collecting() as collector:
            await pause(5)
            made[0].acknowledge()  # the state of the channel
            for _ in range(3):
                bench.world.push(collector, bench.world[1].post(5))
            await pause(0.5)
            made[0].acknowledge()
            made[0].fail(BrokerUnavailableError("down"))
            await pause(0.5)
            assert collector.status().failure == "down"
            await pause(1)
            assert collector.status().failure == "no topic"
            await pause(5)
            assert collector.status().failure is None
            assert collector.status().channels[0].frontier == 3

    run_virtual(work())
    assert len(made[0].records) == 1
    bench.publisher = made[-1]
    assert bench.texts == ["1/2 v0", "1/3 v0"]


def test_a_recreated_topic_ends_the_collector(bench: Bench) -> None:
    names = iter(["first", "second"])

    async def work() -> None:
        bench.make_publisher = lambda: MemoryPublisher(next(names), holds_back=True)
        with bench.open_ledger() as ledger:
            collector = bench.collector(ledger)
            collector.watch(watched())
            running = asyncio.create_task(collector.run())
            await pause(5)
            bench.world.push(collector, bench.world[1].post(5))
            await pause(1)
            publisher = collector._deps.publish_queue._publisher._publisher
            assert isinstance(publisher, MemoryPublisher)
            publisher.fail(BrokerUnavailableError("down"))
            with pytest.raises(DestinationChangedError, match="--backfill"):
                await running

    run_virtual(work())


def test_a_full_queue_drops_bodies_and_loses_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, settings=CollectSettings(max_queue=5), publisher=MemoryPublisher(holds_back=True))

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(40):
                bench.world.push(collector, bench.world[1].post(5))
            await pause(5)
            assert collector.status().queue_depth == 5
            assert bench.metric("hints_total", kind="posted", outcome="dropped") > 0
            bench.publisher.flush()
            bench.publisher._holds_back = False
            await pause(30)
            assert collector.status().channels[0].frontier == 40

    run_virtual(work())
    assert bench.texts == [f"1/{number} v0" for number in range(1, 41)]


def test_a_post_too_large_is_recorded_as_refused(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, bench.world[1].post(5, "x" * MAX_RAW_BYTES))
            bench.world.push(collector, bench.world[1].post(5))
            await pause(1)
            assert collector.status().channels[0].frontier == 2
            assert collector._deps.ledger.absence(1, 1) is AbsenceReason.REFUSED
            assert collector._channels[1].messages.unrecorded == {}

    run_virtual(work())
    assert bench.texts == ["1/2 v0"]
    assert bench.metric("absent_ids_total", reason="refused") == 1


def test_a_disk_that_fails_ends_the_collector(bench: Bench) -> None:
    async def work() -> None:
        ledger = bench.open_ledger()
        collector = bench.collector(ledger)
        collector.watch(watched())
        running = asyncio.create_task(collector.run())
        await pause(5)
        ledger._file._database.execute("PRAGMA query_only = ON")
        bench.world.push(collector, bench.world[1].post(5))
        with pytest.raises(StateError, match="readonly"):
            await running
        ledger._file._database.close()

    run_virtual(work())


@pytest.mark.parametrize("is_stopped_between", [False, True])
def test_what_was_published_unrecorded_and_then_deleted_gets_a_tombstone(
    bench: Bench, *, is_stopped_between: bool
) -> None:
    async def work() -> None:
        async with bench.collecting():
            await pause(5)
        bench.publisher = MemoryPublisher(holds_back=True)
        async with bench.killed() as collector:
            await pause(5)
            for _ in range(2):
                bench.world.push(collector, bench.world[1].post(5))
            await pause(1)
        bench.world[1].delete(1)
        if is_stopped_between:
            async with bench.collecting():
                pass  # it ends in order, and has not looked at the channel
        async with bench.collecting():
            await pause(5)

    run_virtual(work())
    assert [(post.message_id, post.is_deleted) for post in bench.posts] == [(1, True), (2, False)]


def test_an_update_that_the_disk_does_not_take_ends_the_collector(bench: Bench) -> None:
    """Whoever hands an update on survives the error, since Telethon would go on without a word."""

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, bench.world[1].post(5))
            await pause(5)
            database = collector._deps.ledger._file._database
            database.execute("PRAGMA query_only = ON")
            with pytest.raises(StateError, match="readonly"):
                collector.edited(1, bench.world[1].edit(1, 10).as_post(1))
            database.execute("PRAGMA query_only = OFF")
            await pause(1)
            assert collector._stopping.is_set()

    with pytest.raises(StateError, match="readonly"):
        run_virtual(work())


def test_an_id_that_a_source_did_not_have_is_published_when_it_comes_after_all(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            late = room.post(5)
            room.delete(1)
            bench.world.push(collector, room.post(5))
            await pause(2)
            room.messages[1] = late
            bench.world.push(collector, late)
            await pause(2)
            bench.world.push(collector, late)
            assert collector._deps.ledger.absences(1) == []

    run_virtual(work())
    assert bench.texts == ["1/2 v0", "1/1 v0"]


def test_a_deletion_ahead_is_the_reason_why_an_id_is_not_there(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(3):
                room.post(5)
            room.delete(2)
            collector.deleted(1, [2])
            collector.deleted(1, [10**9])  # no reason to skip what comes
            bench.world.push(collector, room.messages[3])
            await pause(2)
            assert collector._deps.ledger.absence(1, 2) is AbsenceReason.DELETED
            assert collector.status().channels[0].seen == 3

    run_virtual(work())


class BehindTheTimes(WorldReader):
    """An account at a server that does not know yet of edits and deletions that another one has reported."""

    is_behind = True

    def ids(self, channel_id: int) -> list[int]:
        room = self.world[channel_id]
        return sorted(room.messages | room.deleted if self.is_behind else room.messages)

    def entry(self, channel_id: int, message_id: int) -> PostOrAbsence:
        room = self.world[channel_id]
        if not self.is_behind:
            return super().entry(channel_id, message_id)
        message = (room.messages | room.deleted)[message_id]
        return replace(message, texts=message.texts[:1], edited=None).entry(channel_id)


def test_a_deletion_that_was_reported_ahead_is_not_undone_by_an_answer_that_comes_late(bench: Bench) -> None:
    bench.reader = BehindTheTimes(bench.world)

    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting(watched(1, "low")) as collector:
            await pause(5)
            room.post(5)
            room.delete(1)
            collector.deleted(1, [1])
            bench.world.push(collector, room.post(5))
            await pause(2)

    run_virtual(work())
    assert [(post.message_id, post.is_deleted) for post in bench.posts] == [(1, False), (2, False), (1, True)]


@pytest.mark.parametrize("is_edit", [True, False])
def test_a_part_of_an_album_that_has_changed_is_asked_for_again_when_an_answer_comes_late(
    bench: Bench, is_edit: bool
) -> None:
    bench.reader = reader = BehindTheTimes(bench.world)

    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting(watched(1, "low")) as collector:
            await pause(5)
            for _ in range(2):
                bench.world.push(collector, room.post(5, album_id=7))
            bench.world.push(collector, room.post(5))
            await pause(5)
            if is_edit:
                collector.edited(1, room.edit(2, 10).as_post(1))
            else:
                room.delete(2)
                collector.deleted(1, [2])
            await pause(5)
            reader.is_behind = False
            await pause(80)

    run_virtual(work())
    assert [(post.message_id, post.text) for post in bench.posts] == [
        (1, "1/1 v0\n\n1/2 v0"),
        (3, "1/3 v0"),
        (1, "1/1 v0\n\n1/2 v1" if is_edit else "1/1 v0"),
    ]


def test_what_is_due_in_channels_that_are_not_watched_any_more_is_not_counted(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting(watched(1), watched(2)) as collector:
            await pause(5)
            for channel_id in (1, 2):
                bench.world.push(collector, bench.world[channel_id].post(5), channel_id)
            await pause(5)
            collector.unwatch(2)
            collector._deps.ledger.order_refetch(2, 1, 1.0)
            collector.deleted(1, [1])
            await pause(5)
            assert collector.status().revisits_due == 0
            assert bench.metric("revisits_due") == 0

    run_virtual(work())


def test_a_channel_that_is_not_watched_any_more_leaves_nothing_behind(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting(watched(1), watched(2)) as collector:
            await pause(5)
            bench.world.push(collector, bench.world[1].post(5, album_id=4), 1)
            bench.world[2].post(5)
            bench.world.push(collector, bench.world[2].post(5), 2)
            collector.unwatch(1)
            collector.unwatch(2)
            await pause(100)
            assert collector.status().channels == ()
            assert collector.status().gaps_open == 0
            bench.world.push(collector, bench.world[1].post(5), 1)
            collector.watch(watched(1))
            collector.rename(1, "renamed", "Title")
            await pause(5)
            assert collector.status().channels[0].username == "renamed"

    run_virtual(work())
    assert bench.texts == ["1/1 v0", "1/2 v0"]


async def test_on_threads_and_by_the_clock(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.collecting() as collector:
        async with asyncio.timeout(DEADLINE_S):
            while collector.status().channels[0].state != "live":
                await asyncio.sleep(0.01)
            for _ in range(50):
                bench.world.push(collector, bench.world[1].post(5))
            collector.stop()
            collector.stop()
    assert len(bench.texts) == 50
    with bench.open_ledger() as ledger:
        progress = ledger.progress(1)
        assert ledger.was_clean
    assert progress is not None
    assert progress.frontier == 50

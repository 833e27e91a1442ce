"""The choice among readers: what one kind of request waits for holds back no other."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from ingest.collector.collector import Collector
from ingest.errors import ChannelUnavailableError, ReaderBusyError, ReaderLostError
from ingest.live_reader import Page, RequestPriority
from tests.support.collector_sim.bench import Bench, pause, watched
from tests.support.collector_sim.virtual_time import now, run_virtual
from tests.support.collector_sim.world import World, WorldReader

DAY_S = 86_400.0


class ExportToConfirm(WorldReader):
    """An account whose backfills wait until its owner has allowed an export."""

    async def history(self, channel_id: int, after: int, up_to: int | None, priority: RequestPriority) -> Page:
        if priority is RequestPriority.BACKFILL:
            self.calls.append(("history", channel_id, priority))
            raise ReaderBusyError("the export is to be confirmed", DAY_S)
        return await super().history(channel_id, after, up_to, priority)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path, World(8))
    bench.reader = ExportToConfirm(bench.world)
    return bench


def test_a_gap_is_read_while_a_backfill_must_wait_for_a_day(bench: Bench) -> None:
    room = bench.world[1]
    room.post(0)

    async def work() -> None:
        async with bench.collecting(watched(backfill=True)) as collector:
            await pause(5)
            room.post(5)
            bench.world.push(collector, room.post(5))
            await pause(5)

    run_virtual(work())
    assert bench.texts == ["1/2 v0", "1/3 v0"]
    assert [priority for method, _, priority in bench.reader.calls if method == "history"].count(
        RequestPriority.BACKFILL
    ) == 1


def test_a_reader_that_is_away_is_logged_once_a_minute_at_most(tmp_path: Path) -> None:
    bench = Bench(tmp_path, World(8))
    channels = [watched(channel_id, "high") for channel_id in range(1, 9)]
    for channel in channels:
        bench.world[channel.id].post(0)

    async def work() -> None:
        async with bench.collecting(*channels):
            await pause(30)
            bench.reader.fault = lambda _method, _channel: ReaderLostError("no network")
            await pause(190)
            bench.reader.fault = lambda _method, _channel: None
            await pause(120)

    with structlog.testing.capture_logs() as logs:
        run_virtual(work())
    said = [line for line in logs if line.get("reader") == "main"]
    assert (said[0]["event"], said[0]["problem"]) == ("reader does not answer", "no network")
    assert said[-1]["event"] == "reader answers again"
    assert {line["event"] for line in said[1:-1]} == {"reader still does not answer"}
    assert [line["away_s"] for line in said[1:]] == sorted(line["away_s"] for line in said[1:])
    assert 2 <= len(said[1:-1]) <= 3, said


def test_an_answer_makes_the_waits_of_a_reader_short_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def work() -> None:
        bench.reader.fault = lambda _method, _channel: ReaderLostError("no network")
        async with bench.collecting(watched(tier="high")) as collector:
            await pause(60)
            assert collector.status().readers == {"main": "lost"}
            bench.reader.fault = lambda _method, _channel: None
            await pause(60)
            assert collector.status().readers == {"main": "ready"}
            errors = [ReaderLostError("no network")]
            bench.reader.fault = lambda _method, _channel: errors.pop() if errors else None
            bench.world[1].post(120)
            bench.world.push(collector, bench.world[1].post(120))
            await pause(1.5)
            assert bench.texts == ["1/1 v0", "1/2 v0"], "asked again after a second, as after a first loss"

    run_virtual(work())


def test_a_gap_is_read_as_soon_as_the_first_of_several_readers_may(tmp_path: Path) -> None:
    bench = Bench(tmp_path, World(2))
    second = WorldReader(bench.world, "second")

    def rest(wait_s: float) -> Callable[[str, int], Exception | None]:
        until: list[float] = []

        def fault(method: str, _: int) -> Exception | None:
            now = asyncio.get_running_loop().time()
            if method != "history":
                return None
            until[:] = until or [now + wait_s]
            return ReaderBusyError("flood", until[0] - now) if now < until[0] else None

        return fault

    def push_behind_a_hole(collector: Collector, channel_id: int) -> None:
        bench.world[channel_id].post(5)
        bench.world.push(collector, bench.world[channel_id].post(5), channel_id)

    async def work() -> None:
        bench.reader.fault, second.fault = rest(10), rest(50)
        async with bench.collecting(watched(1, "low"), watched(2, "low")) as collector:
            collector.add_reader(second)
            await pause(5)
            push_behind_a_hole(collector, 1)
            await pause(1)
            push_behind_a_hole(collector, 2)  # both are known to rest
            await pause(11)

    run_virtual(work())
    assert sorted(bench.texts) == ["1/1 v0", "1/2 v0", "2/1 v0", "2/2 v0"]


@pytest.mark.parametrize(
    "other",
    [ReaderBusyError("flood", 20), ReaderLostError("no network")],
    ids=["rests", "is away"],
)
def test_a_channel_that_one_account_may_not_read_is_not_given_up_before_the_other_has_answered(
    tmp_path: Path, other: Exception
) -> None:
    bench = Bench(tmp_path)
    bench.reader.fault = lambda _method, _channel: ChannelUnavailableError("not a member", "private")
    second = WorldReader(bench.world, "second")
    errors = [other]
    second.fault = lambda _method, _channel: errors.pop() if errors else None

    async def work() -> None:
        async with bench.collecting(watched(1, "high")) as collector:
            collector.add_reader(second)
            await pause(0.5)
            assert collector.status().channels[0].state == "starting"
            await pause(35)
            assert len(bench.reader.calls) == 2, "seldom enough for the one that refuses"
            assert collector.status().channels[0].state == "live"
            second.fault = bench.reader.fault
            await pause(15)
            assert collector.status().channels[0].state == "private", "now both have answered"

    run_virtual(work())
    assert [state.condition for state in bench.states() if state] == ["starting", "live", "private"]


def test_each_account_reads_a_backfill_of_its_own(tmp_path: Path) -> None:
    bench = Bench(tmp_path, World(2))
    accounts = [WorldReader(bench.world, name, latency_s=100.0) for name in ("first", "second")]
    for channel_id in (1, 2):
        bench.world[channel_id].post(0)

    async def work() -> None:
        with bench.open_ledger() as ledger:
            collector = Collector(bench.settings, ledger, bench.make_publisher, bench.metrics, (), now=now)
            for account in accounts:
                collector.add_reader(account)
            for channel_id, account in enumerate(accounts, 1):
                collector.watch(replace(watched(channel_id, "low", backfill=True), account=account.name))
            running = asyncio.create_task(collector.run())
            await pause(160)
            assert [account.calls[-1][::2] for account in accounts] == [("history", RequestPriority.BACKFILL)] * 2
            collector.stop()
            await running

    run_virtual(work())


class BehindTheTimes(WorldReader):
    """An account at a server that does not know yet what another one has pushed."""

    is_behind = True

    async def history(self, channel_id: int, after: int, up_to: int | None, priority: RequestPriority) -> Page:
        page = await super().history(channel_id, after, up_to, priority)
        return Page((), after + 1, after) if self.is_behind else page


def test_a_source_that_does_not_show_what_was_pushed_is_asked_again_after_some_seconds(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.reader = reader = BehindTheTimes(bench.world)

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            bench.world[1].post(5)
            bench.world.push(collector, bench.world[1].post(5))
            await pause(21)
            assert len([call for call in reader.calls if call[0] == "history"]) == 5, "one in 5 s"
            assert bench.texts == []
            reader.is_behind = False
            await pause(6)

    run_virtual(work())
    assert bench.texts == ["1/1 v0", "1/2 v0"]

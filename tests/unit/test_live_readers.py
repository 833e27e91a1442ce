"""The choice among readers: what one kind of request waits for holds back no other."""

import logging
from pathlib import Path

import pytest

from ingest.errors import ReaderBusyError, ReaderLostError
from ingest.live.reader import Page, Urgency
from tests.live.bench import Bench, pause, watched
from tests.live.virtual_time import run_virtual
from tests.live.world import World, WorldReader

DAY_S = 86_400.0


class ExportToConfirm(WorldReader):
    """An account whose backfills wait until its owner has allowed an export."""

    async def history(self, channel_id: int, after: int, up_to: int | None, urgency: Urgency) -> Page:
        if urgency is Urgency.BACKFILL:
            self.calls.append(("history", channel_id, urgency))
            raise ReaderBusyError("the export is to be confirmed", DAY_S)
        return await super().history(channel_id, after, up_to, urgency)


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
    assert [urgency for method, _, urgency in bench.reader.calls if method == "history"].count(Urgency.BACKFILL) == 1


def test_a_reader_that_is_away_is_said_once_a_minute_at_most(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
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

    with caplog.at_level(logging.INFO, "ingest.live.readers"):
        run_virtual(work())
    said = [record.getMessage() for record in caplog.records if record.name == "ingest.live.readers"]
    assert said[0] == "reader main does not answer: no network"
    assert said[-1].startswith("reader main answers again, after ")
    assert all(line.startswith("reader main still does not answer after ") for line in said[1:-1])
    assert 2 <= len(said[1:-1]) <= 3, said

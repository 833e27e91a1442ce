"""A running collector and the file of channels."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest

from ingest.collector.channel.tracked_channel import WatchedChannel
from ingest.collector.collector import Collector
from ingest.errors import ChannelUnavailableError, ReaderBusyError, ReaderLostError
from ingest.preview.reader import PreviewReader
from ingest.telegram.account import Account
from runtime.settings.channel_list import ChannelEntry, ChannelFile
from schemas import Channel
from tests.support.collector_sim.virtual_time import run_virtual
from tgwire.processes.channel_follower import POLL_S, ChannelFollower

LOOK_UP_S = 1.0


class Desk:
    """Keeps what a watch list passes to the collector and the account, and answers for the latter."""

    name = "main"

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []
        self.watched: dict[int, WatchedChannel] = {}
        self.hinted: set[int] = set()
        self.complete: list[set[int]] = []
        """What was watched when the list was reported as complete."""

    # -- of a collector

    def unwatch(self, channel_id: int) -> None:
        self.calls.append(("unwatch", channel_id))
        del self.watched[channel_id]

    def watches_all(self) -> None:
        self.complete.append(set(self.watched))

    def watch(self, channels: Any) -> None:
        """Of both: a collector is given one channel, an account all ids."""
        if isinstance(channels, WatchedChannel):
            self.calls.append(("watch", channels.id))
            self.watched[channels.id] = channels
        else:
            self.hinted = set(channels)

    # -- of an account

    def known(self, entry: ChannelEntry) -> Channel | None:
        return Channel(id=int(entry.name)) if entry.name.isdigit() else None

    async def resolve(self, entry: ChannelEntry) -> Any:
        await asyncio.sleep(LOOK_UP_S)
        raise ChannelUnavailableError(f"{entry.name}: no such name", "unknown")

    async def linked(self, channel_id: int) -> Channel | None:
        return Channel(id=channel_id + 1000)


class Bench:
    def __init__(self, path: Path) -> None:
        self.path, self.desk = path, Desk()

    def write(self, *entries: str) -> None:
        self.path.write_text("".join(f"[[channel]]\n{entry}\n" for entry in entries))

    async def follow(self, *steps: Any) -> None:
        """Run the list, and a step after each few seconds."""
        watch_list = ChannelFollower(
            ChannelFile(self.path), cast(Collector, self.desk), [cast(Account, self.desk)], None, backfill=False
        )
        watch_list.load()
        running = asyncio.create_task(watch_list.run())
        try:
            for step in steps:
                await asyncio.sleep(2 * POLL_S)
                step()
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "channels.toml")


def test_a_channel_of_another_tier_is_watched_on(bench: Bench) -> None:
    bench.write('name = "7"')
    changed = 'name = "7"\ntier = "high"'
    run_virtual(bench.follow(lambda: bench.write(changed), lambda: None))
    assert bench.desk.calls == [("watch", 7), ("watch", 7)]
    assert bench.desk.watched[7].tier == "high"


def test_comments_that_are_not_wanted_any_more_are_let_go(bench: Bench) -> None:
    bench.write('name = "7"\ncomments = true')
    run_virtual(bench.follow(lambda: bench.write('name = "7"'), lambda: None))
    assert ("watch", 1007) in bench.desk.calls
    assert (set(bench.desk.watched), bench.desk.hinted) == ({7}, {7})


def test_the_list_is_complete_once_when_every_name_is_found_or_leads_nowhere(bench: Bench) -> None:
    bench.write('name = "@example_nobody"', 'name = "7"', 'name = "8"\ncomments = true')
    run_virtual(bench.follow(lambda: bench.write('name = "7"'), lambda: None))
    assert bench.desk.complete == [{7, 8, 1008}]


def test_the_file_is_followed_while_names_are_looked_up(bench: Bench) -> None:
    unknown = [f'name = "@example_{number}"' for number in range(100)]
    bench.write('name = "7"', *unknown)

    def changed_in_time() -> None:
        assert set(bench.desk.watched) == {8}

    run_virtual(bench.follow(lambda: bench.write('name = "8"', *unknown), changed_in_time))


def test_previews_wait_for_the_channels_of_accounts(bench: Bench) -> None:
    bench.write('name = "@example_1"\nsource = "preview"', 'name = "7"')
    watch_list = ChannelFollower(
        ChannelFile(bench.path), cast(Collector, bench.desk), [cast(Account, bench.desk)], None, backfill=False
    )

    async def first() -> str:
        watch_list.load()
        found = watch_list._next_due()
        assert found is not None
        return found.entry.name

    assert run_virtual(first()) == "7"


class Previews:
    """A reader of previews that finds every channel."""

    name = "preview"

    async def add(self, name: str) -> Channel:
        return Channel(id=77, username=name.removeprefix("@"))


def test_a_channel_found_by_its_preview_is_handed_on(bench: Bench) -> None:
    bench.write('name = "@example_1"\nsource = "preview"')
    found: list[Channel] = []
    watch_list = ChannelFollower(
        ChannelFile(bench.path),
        cast(Collector, bench.desk),
        [],
        cast(PreviewReader, Previews()),
        backfill=False,
        on_preview=found.append,
    )

    async def look_up() -> None:
        watch_list.load()
        following = asyncio.create_task(watch_list.run())
        while not found:
            await asyncio.sleep(0)
        following.cancel()

    run_virtual(look_up())
    assert [channel.id for channel in found] == [77]


class OtherDesk(Desk):
    """An account that cannot answer at first."""

    name = "other"

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors, self.asked = list(errors), 0

    async def resolve(self, entry: ChannelEntry) -> Any:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return type("Resolved", (), {"channel": Channel(id=42, username=entry.name.removeprefix("@"))})()


@pytest.mark.parametrize("error", [ReaderLostError("no answer"), ReaderBusyError("flood wait", 3.0)])
def test_a_channel_is_not_unknown_while_an_account_has_yet_to_answer(bench: Bench, error: Exception) -> None:
    bench.write('name = "@rare_news"')
    desk, other = bench.desk, OtherDesk(error)
    asked: list[str] = []

    async def refuse(entry: ChannelEntry) -> Any:
        asked.append(entry.name)
        raise ChannelUnavailableError(f"{entry.name}: no such name", "unknown")

    desk.resolve = refuse  # type: ignore[method-assign]

    async def follow() -> None:
        accounts = [cast(Account, desk), cast(Account, other)]
        watch_list = ChannelFollower(ChannelFile(bench.path), cast(Collector, desk), accounts, None, backfill=False)
        watch_list.load()
        running = asyncio.create_task(watch_list.run())
        await asyncio.sleep(30)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    run_virtual(follow())
    assert list(desk.watched) == [42]
    assert (asked, other.asked) == (["@rare_news"], 2)

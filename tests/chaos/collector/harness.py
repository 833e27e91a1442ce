"""A data centre, a collector with real Telethon clients, and a broker: in one event loop, without Kafka.

To be used within ``shortened_waits``, which several harnesses can share.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from ingest.errors import AccountError
from ingest.telegram.net.session import delete_session, import_session
from ingest.telegram.net.session_path import session_path
from runtime.settings.channel_edits import add_channels
from runtime.settings.channel_list import ChannelEntry
from runtime.settings.collect import CollectSettings
from runtime.settings.telegram import AccountSettings, TelegramSettings
from tests.chaos.collector import truth
from tests.chaos.collector.broker import Broker, Point
from tests.chaos.collector.oracle import FINAL, Collected, judge
from tests.chaos.collector.process import Process
from tests.chaos.collector.truth import ChannelTruth
from tests.chaos.worker.findings import Findings
from tests.support.mtproto_server.accounts import Account
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.handshake import public_key
from tests.support.mtproto_server.server import API_HASH, API_ID, HOST, DataCentre
from tests.support.mtproto_server.waiting import until

REQUEST_TIMEOUT_S = 1.5
SWEEP_S = 0.6
LOOK_S = 0.05
CALM_S = 900.0
"""How long it may take after the last fault until everything is collected; a shared machine can be slow."""


class Harness:
    """Enter it, add channels, ``open`` it; then make things happen in the channels, and to all parts."""

    def __init__(self, folder: Path, seed: int = 0, accounts: int = 1, **settings: object) -> None:
        """``settings`` are those of ``CollectSettings``."""
        self.folder = folder
        self.centre = DataCentre(seed=seed)
        self.people = [self.centre.world.add_account() for _ in range(accounts)]
        self.broker = Broker(Random(seed))
        self.truth: dict[int, ChannelTruth] = {}
        self.channels: list[Channel] = []
        """Those that are watched."""
        self.kills = self.restarts = 0
        self.is_changing = asyncio.Lock()
        """Held while the process is ended and begun."""
        self.is_listing = asyncio.Lock()
        """Held while the file of channels lacks one of them."""
        self._settings = settings
        self._process: Process | None = None
        self._generation = 0
        self._state_dir = folder / "state"

    # -- life

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        await self.centre.start()
        key = self.folder / "key.pem"
        key.write_text(public_key())
        self.telegram = TelegramSettings(
            api_id=API_ID,
            api_hash=SecretStr(API_HASH),
            accounts=tuple(AccountSettings(name=f"a{number}") for number in range(len(self.people))),
            request_timeout_s=REQUEST_TIMEOUT_S,
            requests_per_s=500.0,
            server=f"{HOST}:{self.centre.port}",
            server_key=key,
        )
        self.collect = CollectSettings.model_validate(
            {
                "channels": self.folder / "channels.toml",
                "max_queue": 400,
                "sweep_high_s": SWEEP_S,
                "sweep_normal_s": SWEEP_S,
                "sweep_low_s": SWEEP_S,
                "album_wait_s": 0.15,
                "recheck_h": (1.5 / 3600, 4 / 3600),
                **self._settings,
            }
        )
        for person, settings in zip(self.people, self.telegram.accounts, strict=True):
            import_session(settings, self._state_dir, SecretStr(self.centre.session_string(person)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            await self._process.bury()
        await self.centre.stop()

    # -- channels

    def add_channel(self, title: str, username: str, *, members: Sequence[Account] | None = None) -> Channel:
        """A channel to be watched; its history can be filled until ``list_channel``."""
        channel = self.centre.world.add_channel(title, username, members=self.people if members is None else members)
        return self.observe(channel)

    def observe(self, channel: Channel) -> Channel:
        """Judge what is collected of a channel that was just made."""
        self.truth[channel.id] = truth.watch(channel)
        self.channels.append(channel)
        return channel

    def list_channel(self, channel: Channel, **options: object) -> None:
        """Put it into the file of channels."""
        self.list_channels([channel], **options)

    def list_channels(self, channels: Sequence[Channel], **options: object) -> None:
        """The same for many, all with these options."""
        entries = [ChannelEntry.model_validate({"name": f"@{each.username}", **options}) for each in channels]
        add_channels(self.collect.channels, entries)
        for watched in (each for channel in channels for each in (channel, channel.linked)):
            if watched is not None and watched.id in self.truth:
                self.truth[watched.id].from_id = watched.store.last_id
                self.truth[watched.id].is_backfilled = entries[0].backfill

    # -- the process

    @property
    def process(self) -> Process:
        """The one that runs."""
        assert self._process is not None
        return self._process

    async def open(self, timeout_s: float = CALM_S) -> None:
        """Start collecting, and wait until every channel is seen for the first time."""
        self._begin()
        await until(self._is_live, "all channels to be live", timeout_s)

    def _is_live(self) -> bool:
        self.process.check()
        begun = {each.id for each in self.process.collector.status().channels if each.started_at is not None}
        return begun.issuperset(self.truth)

    def _begin(self) -> None:
        self._process = Process(self.telegram, self.collect, self._state_dir, self.broker)
        self._process.start()

    async def restart(self) -> None:
        """Stop in order and start again."""
        async with self.is_changing:
            self.restarts += 1
            await self.process.stop()
            self._begin()

    async def kill(self, pause_s: float = 0.0) -> None:
        """Drop everything, and start again from the files."""
        async with self.is_changing:
            folder = self._next_folder()
            self.process.kill(folder)
            await self._resurrect(folder, pause_s)

    async def kill_at(self, point: Point, meanwhile: Callable[[], object] | None = None) -> None:
        """The same, once the next record comes to a point of its way; ``meanwhile`` is called while no process runs."""
        folder, loop, is_killed = self._next_folder(), asyncio.get_running_loop(), asyncio.Event()
        self.process.kill_at(point, folder, lambda: loop.call_soon_threadsafe(is_killed.set))
        async with self.is_changing, asyncio.timeout(CALM_S):
            await is_killed.wait()
            if meanwhile is not None:
                meanwhile()
            await self._resurrect(folder, 0.0)

    async def _resurrect(self, folder: Path, pause_s: float) -> None:
        self.kills += 1
        self.centre.drop_connections()
        old = self.process
        self._state_dir = folder
        await old.bury()
        await asyncio.sleep(pause_s)
        self._begin()

    def _next_folder(self) -> Path:
        self._generation += 1
        return self.folder / f"state-{self._generation}"

    async def sign_in(self, number: int) -> None:
        """Give an account a new session, as an operator would whose old one is void."""
        settings = self.telegram.accounts[number]
        text = SecretStr(self.centre.session_string(self.people[number]))
        while True:
            with suppress(AccountError):  # in use for the moment in which the process tries the old one
                delete_session(session_path(settings, self._state_dir))
                import_session(settings, self._state_dir, text)
                return
            await asyncio.sleep(LOOK_S)

    # -- the end

    async def arrived(self, posts: int) -> None:
        """Wait until the broker has so many records."""
        await until(lambda: len(self.broker.posts()) >= posts, f"record {posts}", CALM_S)

    def findings(self) -> Findings:
        """What is wrong at this moment."""
        ledger = {channel_id: self.process.ledger.recorded(channel_id) for channel_id in self.truth}
        return judge(self.truth, Collected(self.broker.posts(), self.broker.counters(), ledger))

    async def calm(self, timeout_s: float = CALM_S) -> Findings:
        """Wait until nothing is wrong and nothing is under way; what is wrong still, if the time is over."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while True:
            self.process.check()
            status = self.process.collector.status()
            is_idle = not (status.queue_depth or status.gaps_open)
            found = self.findings() if is_idle else None
            is_decided = found is not None and (not found.faults or FINAL & found.faults.keys())
            if is_decided or loop.time() > deadline:
                return self.findings() if found is None else found
            await asyncio.sleep(4 * LOOK_S)

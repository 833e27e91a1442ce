"""Worlds made from a seed: channels that post, edit and delete while everything around the collector fails."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from pathlib import Path

from prometheus_client import CollectorRegistry

from ingest.collector.channel.tracked_channel import WatchedChannel
from ingest.collector.collector import Collector
from ingest.collector.metrics import CollectMetrics
from ingest.errors import (
    AccountError,
    ChannelUnavailableError,
    ReaderBusyError,
    ReaderLostError,
)
from ingest.ledger.ledger import Ledger
from runtime.settings.channel_list import TIERS
from runtime.settings.collect import CollectSettings
from tests.support.collector_sim.broker import FlakyBroker
from tests.support.collector_sim.oracle import judge, judge_ledger
from tests.support.collector_sim.virtual_time import EPOCH, VirtualLoop, now
from tests.support.collector_sim.world import Message, World, WorldReader

ACTIVE_S = 300.0
"""The world is active for so long."""
IDLE_TIMEOUT_S = 1000.0
"""Then nothing fails any more, and the collector has so long: the last re-check of a post comes after 720 s."""


def _wall() -> float:
    try:
        return now().timestamp()
    except RuntimeError:  # looked into between two processes
        return EPOCH.timestamp()


@dataclass
class Simulation:
    """One world, and all processes that collect it one after the other."""

    seed: int
    state: Path
    channels: int = 5
    max_queue: int = 400
    publish_faults: float = 0.004
    """The share of sends that fail."""
    request_faults: float = 0.15
    """The share of requests that fail."""
    backfill: bool = False
    fails: bool = True

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.world = World(self.channels)
        self.settings = CollectSettings(
            sweep_high_s=15, sweep_normal_s=30, sweep_low_s=60, recheck_h=(0.02, 0.1, 0.2), max_queue=self.max_queue
        )
        self.broker = FlakyBroker(self.random, self.publish_faults, ack_s=0.3)
        self.issues: list[str] = []
        self.collector: Collector | None = None
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = count()
        self._unavailable: dict[int, float] = {}
        self._albums = count(1000)
        self._script()

    def time(self) -> float:
        return asyncio.get_running_loop().time()

    def run(self) -> None:
        """Kill the collector some times while the world is active; then let the last one come to rest."""
        kills = sorted(self.random.uniform(5, ACTIVE_S) for _ in range(self.random.randint(1, 4)))
        start = 0.0
        for kill in kills:
            if kill > start:
                self._live(start, kill)
                start = kill + self.random.choice([0.0, 1.0, 30.0])
        self._live(start, ACTIVE_S + IDLE_TIMEOUT_S, is_last=True)

    def open_ledger(self) -> Ledger:
        ledger = Ledger(self.state, "simulated", _wall)
        ledger._file._database.execute("PRAGMA synchronous = OFF")  # no power cut is simulated, and it is slow
        return ledger

    def judge(self) -> list[str]:
        """Everything that was wrong after a kill, or is at the end."""
        with self.open_ledger() as ledger:
            return self.issues + judge(self.world, self.broker.sent, ledger, backfill=self.backfill)

    def _live(self, start: float, end: float, *, is_last: bool = False) -> None:
        loop = VirtualLoop(start)
        try:
            loop.run_until_complete(self._process(end, is_last=is_last))
        finally:
            loop.close()

    async def _process(self, end: float, *, is_last: bool) -> None:
        while self._events and self._events[0][0] <= self.time():
            heappop(self._events)[2]()  # while nobody collected
        ledger = self.open_ledger()
        readers = [self._reader(name) for name in ("one", "two")]
        self.collector = collector = Collector(
            self.settings,
            ledger,
            self.broker.connect,
            CollectMetrics(CollectorRegistry()),
            readers,
            backfill=self.backfill,
            now=now,
        )
        for channel_id in self.world.rooms:
            collector.watch(WatchedChannel(channel_id, TIERS[channel_id % 3], None, False, None, None))
        running = asyncio.create_task(collector.run())
        await self._drive(end, readers)
        self.collector = None
        if is_last:
            collector.stop()
            await running
            ledger.close()
            return
        ledger._file._database.close()  # what is not committed is gone
        sent = self.broker.sent.copy()
        running.cancel()
        with suppress(BaseException):
            await running
        self.broker.sent = sent
        with self.open_ledger() as ledger:
            self.issues += judge_ledger(self.world, sent, ledger)

    async def _drive(self, end: float, readers: list[WorldReader]) -> None:
        """Let the world's events happen in time."""
        while (now := self.time()) < end:
            while self._events and self._events[0][0] <= now:
                heappop(self._events)[2]()
            if self.fails and now >= ACTIVE_S:
                self.fails = False
                self.broker.faults = 0.0
                for reader in readers:
                    assert self.collector is not None
                    self.collector.add_reader(reader)
            following = self._events[0][0] if self._events else end
            await asyncio.sleep(max(0.0, min(end, following, max(now, ACTIVE_S) if self.fails else end) - now) + 1e-6)

    def _at(self, when: float, event: Callable[[], None]) -> None:
        heappush(self._events, (when, next(self._count), event))

    def _reader(self, name: str) -> WorldReader:
        reader = WorldReader(self.world, name, latency_s=self.random.uniform(0.05, 0.5), page=20)
        reader.fault = lambda _method, channel_id: self._fault(reader, channel_id)
        return reader

    def _fault(self, reader: WorldReader, channel_id: int) -> Exception | None:
        if not self.fails:
            return None
        if self._unavailable.get(channel_id, 0.0) > self.time():
            return ChannelUnavailableError("simulated", "private")
        if self.random.random() >= self.request_faults:
            return None
        match self.random.randrange(8):
            case 0 | 1 | 2:
                return ReaderBusyError("simulated", self.random.uniform(0.5, 20))
            case 3:
                self._unavailable[channel_id] = self.time() + self.random.uniform(1, 40)
                return ChannelUnavailableError("simulated", "private")
            case 4:
                self._at(self.time() + 20, lambda: self._with_collector(lambda collector: collector.add_reader(reader)))
                return AccountError("simulated", "signed_out")
            case _:
                return ReaderLostError("simulated")

    def _script(self) -> None:
        """Everything that will happen in the world."""
        for channel_id in self.world.rooms:
            for _ in range(self.random.choice([0, 5, 45])):
                self.world[channel_id].post(-60.0)
            at = 0.0
            mean_s = self.random.choice([2.0, 8.0, 30.0])
            while (at := at + self.random.expovariate(1 / mean_s)) < ACTIVE_S:
                self._at(at, lambda channel_id=channel_id, at=at: self._happen(channel_id, at))  # type: ignore[misc]

    def _happen(self, channel_id: int, at: float) -> None:
        room, chance = self.world[channel_id], self.random.random()
        if chance < 0.12:
            album = next(self._albums)
            for part in range(self.random.randint(2, 5)):
                delay = part * self.random.choice([0.0, 0.0, 0.4, 1.5])
                self._at(at + delay, lambda delay=delay: self._post(channel_id, at + delay, album))  # type: ignore[misc]
        elif chance < 0.17:
            room.post(at, is_service=True)
        elif chance < 0.32 and room.messages:
            self._edit(channel_id, at)
        elif chance < 0.45 and room.messages:
            self._delete(channel_id)
        elif chance < 0.5:
            for _ in range(self.random.randint(5, 60)):
                self._post(channel_id, at, None)
        else:
            self._post(channel_id, at, None)

    def _post(self, channel_id: int, at: float, album: int | None) -> None:
        message = self.world[channel_id].post(at, album_id=album)
        entry = message.entry(channel_id)
        self._push(lambda collector: collector.posted(channel_id, entry))

    def _pick(self, channel_id: int) -> Message | None:
        posts = [message for message in self.world[channel_id].messages.values() if not message.is_service]
        recent = posts[-15:] if self.random.random() < 0.8 else posts
        return self.random.choice(recent) if recent else None

    def _edit(self, channel_id: int, at: float) -> None:
        if (message := self._pick(channel_id)) is None:
            return
        times = self.random.choice([1, 1, 3])
        for _ in range(times):  # Telegram's dates have no fractions: two edits can share one
            entry = self.world[channel_id].edit(message.id, float(int(at))).as_post(channel_id)
            self._push(lambda collector, post=entry: collector.edited(channel_id, post))  # type: ignore[misc]

    def _delete(self, channel_id: int) -> None:
        if (message := self._pick(channel_id)) is None:
            return
        mates = [mate.id for mate in self.world[channel_id].messages.values() if mate.album_id == message.album_id]
        whole = message.album_id is not None and self.random.random() < 0.5
        ids = mates if whole else [message.id]
        for message_id in ids:
            self.world[channel_id].delete(message_id)
        self._push(lambda collector: collector.deleted(channel_id, ids))

    def _push(self, hint: Callable[[Collector], None]) -> None:
        """Both readers push it, or do not, or late and out of order."""
        for _ in range(2):
            if self.random.random() < 0.75:
                delay = self.random.choice([0.0, 0.01, 0.01, self.random.uniform(0, 3)])
                self._at(self._world_time() + delay, lambda: self._with_collector(hint))

    def _with_collector(self, work: Callable[[Collector], None]) -> None:
        if self.collector is not None:
            work(self.collector)

    def _world_time(self) -> float:
        try:
            return self.time()
        except RuntimeError:
            return 0.0

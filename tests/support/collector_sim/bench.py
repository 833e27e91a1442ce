"""A collector on a bench: a world, a reader, a publisher in memory, and what came out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from ingest.collector.channel.tracked_channel import WatchedChannel
from ingest.collector.collector import Collector
from ingest.collector.metrics import CollectMetrics
from ingest.ledger.ledger import Ledger
from ingest.publish import MemoryPublisher, Publisher
from runtime.settings.channel_list import Tier
from runtime.settings.collect import CollectSettings
from schemas import ChannelState, CounterUpdate, RawPost
from tests.support.collector_sim.virtual_time import EPOCH, now
from tests.support.collector_sim.world import World, WorldReader

SETTINGS = CollectSettings(sweep_high_s=10, sweep_normal_s=60, sweep_low_s=600, recheck_h=(1, 6))


def watched(channel_id: int = 1, tier: Tier = "normal", *, backfill: bool = False) -> WatchedChannel:
    return WatchedChannel(channel_id, tier, None, backfill, f"c{channel_id}", None)


@dataclass
class Bench:
    """Everything that outlives a collector."""

    state: Path
    world: World = field(default_factory=World)
    settings: CollectSettings = SETTINGS
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self.reader = WorldReader(self.world)
        self.metrics = CollectMetrics(self.registry)
        self.make_publisher: Callable[[], Publisher] = lambda: self.publisher

    def open_ledger(self) -> Ledger:
        loop = asyncio.get_running_loop()
        ledger = Ledger(self.state, "test", lambda: EPOCH.timestamp() + loop.time())
        ledger._file._database.execute("PRAGMA synchronous = OFF")  # no power cut is tested, and it is slow
        return ledger

    def collector(self, ledger: Ledger, **options: Any) -> Collector:
        return Collector(self.settings, ledger, self.make_publisher, self.metrics, [self.reader], now=now, **options)

    @asynccontextmanager
    async def collecting(self, *channels: WatchedChannel, **options: Any) -> AsyncIterator[Collector]:
        """A collector at work; ended by ``stop``."""
        with self.open_ledger() as ledger:
            collector = self.collector(ledger, **options)
            for channel in channels or (watched(),):
                collector.watch(channel)
            running = asyncio.create_task(collector.run())
            try:
                yield collector
            finally:
                collector.stop()
                await running

    @asynccontextmanager
    async def killed(self, *channels: WatchedChannel, **options: Any) -> AsyncIterator[Collector]:
        """A collector at work that is gone at the end, and with it what is not committed."""
        ledger = self.open_ledger()
        collector = self.collector(ledger, **options)
        for channel in channels or (watched(),):
            collector.watch(channel)
        running = asyncio.create_task(collector.run())
        try:
            yield collector
        finally:
            ledger._file._database.close()
            self.publisher.is_down = True
            running.cancel()
            with suppress(BaseException):
                await running
            self.publisher = MemoryPublisher()

    @property
    def posts(self) -> list[RawPost]:
        return [RawPost.model_validate_json(value) for _, value in self.publisher.records]

    @property
    def texts(self) -> list[str]:
        return [post.text for post in self.posts]

    @property
    def counts(self) -> list[CounterUpdate]:
        return [CounterUpdate.model_validate_json(value) for _, value in self.publisher.counters]

    def states(self, channel_id: int = 1) -> list[ChannelState | None]:
        """The records of ``channels.state`` of a channel, in order."""
        key = str(channel_id).encode()
        values = [value for found, value in self.publisher.states if found == key]
        return [None if value is None else ChannelState.model_validate_json(value) for value in values]

    def channel_state(self, channel_id: int = 1) -> ChannelState:
        """The last record of ``channels.state`` of a channel."""
        state = self.states(channel_id)[-1]
        assert state is not None
        return state

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"tgwire_collect_{name}", labels) or 0.0


async def pause(seconds: float) -> None:
    """Let virtual time pass."""
    await asyncio.sleep(seconds)

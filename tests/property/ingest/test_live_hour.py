"""An hour of a thousand channels, of which few post much and most post little."""

import asyncio
import random
from pathlib import Path

from runtime.settings.collect import CollectSettings
from tests.support.collector_sim.bench import Bench, watched
from tests.support.collector_sim.virtual_time import run_virtual
from tests.support.collector_sim.world import World

CHANNELS = 1000
HOUR_S = 3600.0
POSTS = 5_000


def _script(dice: random.Random) -> list[tuple[float, int]]:
    """When which channel posts: by rank, as sizes of channels go."""
    weights = [1 / rank for rank in range(1, CHANNELS + 1)]
    channels = dice.choices(range(1, CHANNELS + 1), weights, k=POSTS)
    return sorted((dice.uniform(30, HOUR_S), channel_id) for channel_id in channels)


def test_a_thousand_channels_for_an_hour(tmp_path: Path) -> None:
    dice = random.Random(7)
    bench = Bench(tmp_path, World(CHANNELS), CollectSettings(sweep_high_s=300, sweep_normal_s=1200, sweep_low_s=1800))
    channels = [
        watched(number, "high" if number <= 20 else "normal" if number <= 200 else "low")
        for number in range(1, CHANNELS + 1)
    ]

    async def work() -> None:
        loop = asyncio.get_running_loop()
        async with bench.collecting(*channels) as collector:
            for number, (at, channel_id) in enumerate(_script(dice)):
                await asyncio.sleep(max(0.0, at - loop.time()))
                message = bench.world[channel_id].post(at)
                if dice.random() < 0.97:
                    bench.world.push(collector, message, channel_id)
                if number % 500 == 0:
                    assert len(asyncio.all_tasks()) < 100  # none for a channel that is idle
            await asyncio.sleep(1900)
            status = collector.status()
            assert all(channel.frontier == bench.world[channel.id].last for channel in status.channels)
            assert (status.queue_depth, status.gaps_open) == (0, 0)

    run_virtual(work())
    sent = [(post.channel.id, post.message_id) for post in bench.posts]
    assert len(sent) == len(set(sent)) == POSTS
    by_channel: dict[int, int] = {}
    for channel_id, message_id in sent:
        assert message_id == by_channel.get(channel_id, 0) + 1
        by_channel[channel_id] = message_id

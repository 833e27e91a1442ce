"""An hour of a thousand channels, as fast as it is taken: ``python -m tests.chaos.collector.hour``.

Exit code 0 when none is missing and none is there twice.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

import structlog

from tests.chaos.collector.harness import CALM_S, Harness
from tests.chaos.collector.process import shortened_waits
from tests.chaos.worker.findings import Findings
from tests.support.mtproto_server.channel import Channel

HOUR = timedelta(hours=1)
AT_ONCE = 50
"""Posts in one turn of the loop."""
_AHEAD = 2_000
"""Posts that may be under way: behind more, the collector would read pages, and the pushes would not be measured."""


async def run(folder: Path, channels: int, posts: int, seed: int = 1) -> tuple[Findings, float]:
    """Push the posts of an hour; what is wrong, and how many posts a second came through."""
    async with Harness(folder, seed, max_queue=10_000, recheck_h=(), sweep_normal_s=600.0) as harness:
        watched = [harness.add_channel(f"Channel {n}", f"example_{n}") for n in range(channels)]
        harness.list_channels(watched)
        await harness.open(timeout_s=2 * CALM_S)
        began = time.monotonic()
        await _push(harness, watched, posts, Random(seed))
        await harness.arrived(posts)
        passed_s = time.monotonic() - began
        return await harness.calm(2 * CALM_S), posts / passed_s


async def _push(harness: Harness, channels: list[Channel], posts: int, random: Random) -> None:
    began = datetime.now(UTC) - HOUR
    weights = list(accumulate(1 / (place + 1) for place in range(len(channels))))
    for number in range(posts):
        (channel,) = random.choices(channels, cum_weights=weights)
        channel.post(f"{number} of an hour", date=began + number / posts * HOUR)
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
            if number > _AHEAD:
                await harness.arrived(number - _AHEAD)


def main() -> int:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.collector.hour", description="A thousand channels.")
    parser.add_argument("--channels", type=int, default=1000)
    parser.add_argument("--posts", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="tgwire-hour-") as folder, shortened_waits():
        found, pace = asyncio.run(run(Path(folder) / "harness", chosen.channels, chosen.posts, chosen.seed))
    cpu_s = time.process_time()
    sys.stdout.write(
        f"{chosen.posts} posts of {chosen.channels} channels: {pace:.0f} posts/s, {found.repeats} repeats, "
        f"{sum(map(len, found.faults.values()))} faults, {cpu_s:.0f} s of CPU, data centre included\n{found}\n"
    )
    return 1 if found.faults or found.repeats else 0


if __name__ == "__main__":
    sys.exit(main())

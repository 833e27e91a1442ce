"""The way of posts to the broker, as an operator sees it."""

from pathlib import Path

from ingest.publish import MemoryPublisher
from tests.live.bench import Bench, pause
from tests.live.virtual_time import run_virtual


def test_what_a_broker_does_not_acknowledge_is_on_its_way(tmp_path: Path) -> None:
    bench = Bench(tmp_path, publisher=MemoryPublisher(holds_back=True))

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(3):
                bench.world.push(collector, bench.world[1].post(5))
            await pause(60)
            assert bench.metric("queue_depth") == 3
            for _ in range(3):
                bench.publisher.acknowledge()
            await pause(1)
            assert bench.metric("queue_depth") == 0

    run_virtual(work())

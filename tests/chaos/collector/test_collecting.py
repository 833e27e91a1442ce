"""The short set: some seeds, and a kill at every step of a post's way. The long one is ``make chaos-collect``."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.chaos.collector.broker import Point
from tests.chaos.collector.harness import Harness
from tests.chaos.collector.process import shortened_waits
from tests.chaos.collector.scenario import Plan, run
from tests.support.mtproto_server.waiting import until


@pytest.fixture(autouse=True)
def _surroundings() -> Iterator[None]:
    """Waits in the measure of a test; and no log, since each fault fills lines."""
    logging.disable(logging.CRITICAL)
    with shortened_waits(), structlog.testing.capture_logs():
        yield
    logging.disable(logging.NOTSET)


async def test_nothing_is_lost_over_mixed_faults(tmp_path: Path) -> None:
    plans = [Plan(seed) for seed in (1, 2, 3, 4)]
    for report in await asyncio.gather(*(run(plan, tmp_path / str(plan.seed)) for plan in plans)):
        assert report.is_good, f"seed {report.plan.seed}: {report.findings} {report.server_errors}"
        assert report.records > 100


async def test_a_seed_fixes_the_schedule() -> None:
    assert Plan(7).schedule() == Plan(7).schedule()
    assert Plan(7).schedule() != Plan(8).schedule()


@pytest.mark.parametrize("point", Point)
async def test_a_kill_at_every_step_of_a_post(tmp_path: Path, point: Point) -> None:
    async with Harness(tmp_path) as harness:
        news = harness.add_channel("News", "example_news")
        news.post("before")
        harness.list_channel(news)
        await harness.open()
        news.post("one")
        await until(lambda: len(harness.broker.posts()) == 1, "the first post")
        killing = asyncio.create_task(harness.kill_at(point))
        await asyncio.sleep(0)
        for number in range(5):
            news.post(f"{number} at once")
        news.edit(2, "one, corrected")
        news.delete(4)
        await killing
        news.post("after")
        found = await harness.calm()
        assert not found.faults
        assert harness.kills == 1
        arrived = [post.message_id for _, post in harness.broker.posts() if not post.is_deleted]
        assert set(arrived) >= {2, 3, 5, 6, 7, 8}


@pytest.mark.parametrize("point", [Point.SENT, Point.ACKNOWLEDGED])
async def test_a_post_that_is_deleted_while_nobody_is_there_gets_its_tombstone(tmp_path: Path, point: Point) -> None:
    """It had arrived, and its process was killed before the ledger knew."""
    async with Harness(tmp_path) as harness:
        news = harness.add_channel("News", "example_news")
        news.post("before")
        harness.list_channel(news)
        await harness.open()
        harness.broker.lag_s = 0.0
        killing = asyncio.create_task(harness.kill_at(point, meanwhile=lambda: news.delete(stored.id)))
        await asyncio.sleep(0)
        stored = news.post("published, and gone")
        await killing
        news.post("after")
        found = await harness.calm()
        assert not found.faults
        ends = {post.message_id: post.is_deleted for _, post in harness.broker.posts()}
        assert ends[stored.id + 1] is False
        assert ends.get(stored.id, True) is True

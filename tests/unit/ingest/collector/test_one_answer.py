"""What the collector makes of an answer that leaves something out, and of a wait in the middle of its work."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from prometheus_client import CollectorRegistry

from ingest.collector.channel.collector_deps import CollectorDeps
from ingest.collector.channel.tracked_channel import TrackedChannel
from ingest.collector.collector import Collector
from ingest.collector.metrics import CollectMetrics
from ingest.collector.recovery.refetch import MessagesOfPost, RefetchRunner
from ingest.errors import ReaderBusyError
from ingest.ledger.ledger import Ledger
from ingest.live_reader import Entry, Page, RequestPriority
from ingest.preview.reader import PreviewReader
from ingest.publish import MemoryPublisher
from runtime.settings.collect import CollectSettings, PreviewSettings
from schemas import Channel as Named
from schemas import Lane, PostSource, RawPost
from tests.support.collector_sim.bench import Bench, pause, watched
from tests.support.collector_sim.virtual_time import EPOCH, run_virtual
from tests.support.mtproto_server.waiting import until
from tests.support.patience import DEADLINE_S
from tests.support.preview_site.site import CHANNEL_ID, PAGE_MESSAGES, Site, render, serve


def test_a_newest_page_that_leaves_out_a_post_loses_none(tmp_path: Path) -> None:
    bench = Bench(tmp_path, settings=CollectSettings(sweep_normal_s=60, recheck_h=(1,)))
    whole = bench.reader.newest

    async def with_a_hole(channel_id: int, priority: RequestPriority) -> Page:
        page = await whole(channel_id, priority)
        return Page(tuple(entry for entry in page.entries if entry.message_id != 3), page.first, page.last)

    async def work() -> None:
        async with bench.collecting():
            await pause(5)
            for _ in range(5):
                bench.world[1].post(5)
            bench.reader.newest = with_a_hole  # type: ignore[method-assign]
            await pause(70)

    run_virtual(work())
    assert [post.message_id for post in bench.posts] == [1, 2, 3, 4, 5]


def cut_pages(site: Site, *ends: int) -> None:
    """Let pages that show one of these ids end there, without a link to newer posts."""
    whole = site.page

    def page(name: str, query: Any) -> str:
        after = int(query.get("after", 0))
        shown = [one for one in sorted(site.messages) if one > after][:PAGE_MESSAGES]
        end = next((one for one in ends if one in shown), None)
        if not after or end is None:
            return whole(name, query)
        messages = [site.messages[one] for one in shown if one <= end]
        return render(name, messages, CHANNEL_ID, older=True, newer=False)

    site.page = page  # type: ignore[method-assign]


async def test_preview_pages_that_end_early_lose_no_post(tmp_path: Path) -> None:
    publisher, registry = MemoryPublisher(), CollectorRegistry()
    async with serve() as site:
        site.post(*range(1, 41))
        settings = PreviewSettings(base_url=site.base_url, interval_s=0.001, request_timeout_s=60)
        reader = PreviewReader(settings, registry)
        await reader.add("@wirenews")
        with Ledger(tmp_path, "test") as ledger:
            collector = Collector(
                CollectSettings(sweep_normal_s=0.2), ledger, lambda: publisher, CollectMetrics(registry), [reader]
            )
            collector.watch(watched(CHANNEL_ID))
            running = asyncio.create_task(collector.run())
            await until(lambda: collector.status().channels[0].started_at == 40, "the first look")
            cut_pages(site, 52, 77)
            site.post(*range(41, 101))
            deadline = time.monotonic() + DEADLINE_S
            while collector.status().channels[0].frontier < 100 and time.monotonic() < deadline:
                await asyncio.sleep(0.02)
            collector.stop()
            await running
            assert ledger.absences(CHANNEL_ID) == []
        await reader.close()
    published = sorted(RawPost.model_validate_json(value).message_id for _, value in publisher.records)
    assert published == list(range(41, 101))


class Mates:
    """Answers one question for album parts in each round, and then wants a rest."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.is_tired = False

    async def get(self, _channel: TrackedChannel, ids: Sequence[int], _urgency: RequestPriority) -> Sequence[Entry]:
        if self.is_tired:
            raise ReaderBusyError("flood wait", 7.0)
        self.is_tired = True
        self.asked.append(ids[len(ids) // 2])
        return [part(one, one // 100) for one in ids if one % 100 in (0, 1)]


def part(message_id: int, album_id: int) -> RawPost:
    return RawPost(
        channel=Named(id=1),
        message_id=message_id,
        album_id=album_id,
        posted_at=EPOCH,
        collected_at=EPOCH,
        text="a part",
        source=PostSource(kind="test"),
        lane=Lane.LIVE,
    )


async def test_a_wait_between_albums_keeps_those_that_were_read() -> None:
    mates = Mates()
    refetches = RefetchRunner(cast(CollectorDeps, SimpleNamespace(readers=mates)))
    channel = cast(
        TrackedChannel, SimpleNamespace(messages=SimpleNamespace(anchor_of=lambda _: None), is_covered=lambda _: True)
    )
    groups: dict[int, MessagesOfPost] = {anchor: {anchor: None} for anchor in (100, 200, 300)}
    entries: dict[int, Entry] = {anchor: part(anchor, anchor // 100) for anchor in groups}

    assert await refetches._read_album_mates(channel, groups, entries) == 7.0
    assert {anchor: sorted(group) for anchor, group in groups.items()} == {100: [100, 101]}

"""The collector over preview pages that leave something out."""

import asyncio
import time
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from ingest.collector.collector import Collector
from ingest.collector.metrics import CollectMetrics
from ingest.ledger.ledger import Ledger
from ingest.preview.reader import PreviewReader
from ingest.publish import MemoryPublisher
from runtime.settings.collect import CollectSettings, PreviewSettings
from schemas import RawPost
from tests.support.collector_sim.bench import watched
from tests.support.mtproto_server.waiting import until
from tests.support.patience import DEADLINE_S
from tests.support.preview_site.site import CHANNEL_ID, PAGE_MESSAGES, Site, render, serve


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

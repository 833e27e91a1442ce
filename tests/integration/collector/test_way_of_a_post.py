"""How many modules a post passes on its way from an update of Telegram to the producer of Kafka."""

import asyncio
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from telethon.tl import types

from ingest.collector.channel.tracked_channel import WatchedChannel
from ingest.collector.collector import Collector
from ingest.collector.metrics import CollectMetrics
from ingest.ledger.ledger import Ledger
from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from ingest.telegram.account import Account
from runtime.settings.channel_list import ChannelEntry
from runtime.settings.collect import CollectSettings, IngestSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.telegram import AccountSettings
from schemas import Lane
from tests.support.module_trace import ModuleTrace
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.waiting import until
from tests.support.telegram.newsroom import Newsroom

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("topics"),
    pytest.mark.parametrize("kafka_engine", ["apache"], indirect=True),
]

MOST_MODULES = 16
ASIDE = [
    "collector.py:status",  # the test's own look
    "message_box.py:get_channel_difference",  # Telethon's next turn
    "publish_queue.py:_write",  # the ledger, of what was acknowledged before
    "publish_queue.py:commit",
]
"""What happens meanwhile and is not the way of the post."""
TEXT = "The minister opened the new bridge: https://news.example/bridge"
LINK = types.MessageEntityUrl(offset=36, length=27)


def is_new_post(path: str, function: str, frame: FrameType) -> bool:
    is_handler = function == "handle" and path.endswith("ingest/telegram/channels/update_handler.py")
    return is_handler and isinstance(frame.f_locals["update"], types.UpdateNewChannelMessage)


def is_sent(path: str, function: str, _: FrameType) -> bool:
    return function == "send" and path.endswith("kafka/producer/kafka.py")


@pytest.mark.parametrize("has_photo", [False, True])
async def test_a_post_passes_few_modules(
    room: Newsroom, news: Channel, kafka_settings: KafkaSettings, tmp_path: Path, *, has_photo: bool
) -> None:
    photo = room.centre.world.files.add(b"a photo").photo()
    media = {"media": types.MessageMediaPhoto(photo=photo)} if has_photo else {}
    ways: list[list[str]] = []
    trace = ModuleTrace("ingest", is_new_post, is_sent, ways.append, ASIDE)
    trace.start()
    try:
        await collect_two_posts(room, news, media, kafka_settings, tmp_path)
    finally:
        trace.stop()
    modules = ways[-1]
    assert modules[0] == "ingest/telegram/channels/update_handler.py"
    assert "ingest/publish/kafka.py" in modules
    assert len(modules) <= MOST_MODULES, modules


def has_published(collector: Collector, posts: int) -> bool:
    return collector.status().published == posts


async def collect_two_posts(
    room: Newsroom, news: Channel, media: dict[str, Any], kafka: KafkaSettings, state: Path
) -> None:
    """The first makes what others find ready."""
    news.post("before anybody looked")
    registry = CollectorRegistry()
    metrics = IngestMetrics(registry)

    def publisher() -> KafkaPublisher:
        return KafkaPublisher(kafka, IngestSettings(), metrics)

    with publisher() as first:
        destination = first.destination(Lane.LIVE)
    with Ledger(state, destination) as ledger:
        collector = Collector(CollectSettings(), ledger, publisher, CollectMetrics(registry), [])
        account = Account(room.settings, AccountSettings(), room.state_dir, room.metrics, collector)
        async with account:
            await account.resolve(ChannelEntry(name="@example_news"))
            account.watch([news.id])
            collector.add_reader(account.reader)
            collector.watch(WatchedChannel(news.id, "normal", None, backfill=False, username=None, title="News"))
            running = asyncio.create_task(collector.run())
            await until(lambda: collector.status().channels[0].state == "live", "the first page")
            for number in (1, 2):
                news.post(TEXT, entities=[LINK], **media)
                await until(partial(has_published, collector, number), "the post")
            collector.stop()
            await running

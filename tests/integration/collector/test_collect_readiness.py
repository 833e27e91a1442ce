"""``tgwire collect`` while Kafka is away: its probes show it, with posts to publish and without."""

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.kafka.topic_reader import read_topic
from runtime.kafka.topics import create_topics
from runtime.settings.kafka import KafkaSettings
from schemas import Lane, RawPost
from schemas.topics import raw_topic
from tests.chaos.collector.command import Collecting, Site
from tests.integration.collector.test_collect import prepare
from tests.support.mtproto_server import accounts
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.server import DataCentre
from tests.support.patience import DEADLINE_S
from tgwire.local_broker import Broker, start_broker

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("apache")]


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with start_broker("apache") as running:
        yield running


@pytest.fixture
def kafka(broker: Broker) -> KafkaSettings:
    """Settings of topics of the test's own."""
    own = broker.settings(KafkaSettings(topic_prefix=f"t{uuid.uuid4().hex[:8]}.", request_timeout_s=20.0))
    create_topics(own)
    return own


async def becomes(collecting: Collecting, wanted: Callable[[int, str], bool]) -> None:
    """Wait for an answer of /readyz."""
    deadline = time.monotonic() + DEADLINE_S
    while not wanted(*(found := await asyncio.to_thread(collecting.ready))):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("has_posts", [True, False])
async def test_readiness_follows_the_broker(
    broker: Broker,
    kafka: KafkaSettings,
    tmp_path: Path,
    centre: DataCentre,
    person: accounts.Account,
    news: Channel,
    *,
    has_posts: bool,
) -> None:
    site = Site(tmp_path / "site", centre, kafka)
    await prepare(site, centre, person, "@example_news")
    async with site.collecting(1) as collecting:
        await becomes(collecting, lambda status, said: (status, said) == (200, "collecting"))
        broker.kill()
        if has_posts:
            for number in range(3):
                news.post(f"{number} while Kafka is away")
        nothing = "nothing can be published"
        await becomes(collecting, lambda status, said: status == 503 and said.startswith(nothing))
        await collecting.metric_is("tgwire_ready", "", 0)
        broker.start()
        await becomes(collecting, lambda status, said: (status, said) == (200, "collecting"))
        await collecting.metric_is("tgwire_ready", "", 1)
        published = [RawPost.model_validate_json(each.value or b"") for each in read_topic(kafka, raw_topic(Lane.LIVE))]
        assert {each.message_id for each in published} == ({1, 2, 3} if has_posts else set())
        await collecting.stop()

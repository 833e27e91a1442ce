"""``tgwire up --kafka``: posts go from Telegram over Kafka into the store, and its pages show them."""

import asyncio
import re
import signal
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.kafka.topics import delete_topics
from runtime.run_files import running
from runtime.settings.kafka import KafkaSettings
from tests.chaos.collector.command import Collecting, Command, Site
from tests.support.mtproto_server import accounts
from tests.support.mtproto_server.server import DataCentre
from tests.support.patience import DEADLINE_S, SESSION_S

pytestmark = [pytest.mark.integration, pytest.mark.parametrize("kafka_engine", ["apache"], indirect=True)]


@pytest.fixture
def site(tmp_path: Path, centre: DataCentre, kafka_settings: KafkaSettings) -> Iterator[Site]:
    yield Site(tmp_path / "site", centre, kafka_settings)
    delete_topics(kafka_settings)


async def until(up: Command, condition: Callable[[], object], what: str) -> None:
    """On a thread, as the data centre of the test lives on the event loop."""
    async with asyncio.timeout(DEADLINE_S):
        while not await asyncio.to_thread(condition):
            assert up.returncode is None, f"it ended before {what}: {up.err}"
            await asyncio.sleep(0.1)


def page(address: str) -> str:
    with urllib.request.urlopen(address, timeout=DEADLINE_S) as answer:
        return str(answer.read().decode())


async def test_posts_come_to_the_pages_with_their_edits_and_deletions_over_restarts(
    site: Site, centre: DataCentre, person: accounts.Account, kafka_settings: KafkaSettings
) -> None:
    news = centre.world.add_channel("News", "example_news", members=[person])
    news.post("Posted before anybody looked.")
    signed_in = await site.run("login", "--import", stdin=centre.session_string(person) + "\n")
    assert signed_in.code == 0, signed_in.err
    assert (await site.run("channels", "add", "@example_news")).code == 0
    worker = {
        "TGWIRE_WORKER__GROUP": kafka_settings.topic_prefix + "group",
        "TGWIRE_WORKER__SESSION_TIMEOUT_S": str(SESSION_S),
    }

    async def shows(*texts: str) -> None:
        """Post the last of some texts, run it until its pages have all of them and no others, and end it in order."""
        async with site.started("up", "--kafka", "--port", "0", variables=worker) as up:
            await until(up, lambda: "Pages: " in up.err, "its pages were there")
            found = re.search(r"Pages: (http\S+)", up.err)
            assert found is not None
            await Collecting(up, site.port).live(1)
            news.post(f"Harbour report {texts[-1]}")
            search = found[1] + "search?q=-is:deleted"
            await until(up, lambda: set(re.findall(r"Harbour report (\w+)", page(search))) == set(texts), "all came")
            up.send_signal(signal.SIGTERM)
            ended = await up.communicate()
            assert ended.code == 0, ended.err
        assert running(site.state) == []

    await shows("one")
    news.edit(news.store.last_id, "Harbour report corrected")
    await shows("corrected", "two")
    news.delete(news.store.last_id)
    await shows("corrected", "three")

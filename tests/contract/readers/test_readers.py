"""Every live reader passes one suite: ``reader_contract.py``."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from ingest.errors import ReaderLostError
from ingest.preview.reader import PreviewReader
from ingest.telegram.account import Account
from ingest.testing import ScriptedReader
from runtime.settings.channel_list import ChannelEntry
from runtime.settings.collect import PreviewSettings
from schemas import Channel, PostSource, RawPost
from tests.contract.readers.reader_contract import ReaderContract
from tests.support.collector_sim.virtual_time import EPOCH
from tests.support.mtproto_server.channel import Channel as ServerChannel
from tests.support.mtproto_server.delivery import Push
from tests.support.mtproto_server.faults import refuse
from tests.support.mtproto_server.server import DataCentre
from tests.support.preview_site.site import CHANNEL_ID, Site, serve
from tests.support.telegram.newsroom import Newsroom


class ScriptedPlace:
    """The public double."""

    channel_id = 7

    def __init__(self) -> None:
        self.reader = ScriptedReader()
        self.reader.channels[self.channel_id] = {}

    def post(self, *ids: int) -> None:
        for one in ids:
            self.reader.add(
                RawPost(
                    channel=Channel(id=self.channel_id),
                    message_id=one,
                    posted_at=EPOCH,
                    collected_at=EPOCH,
                    text=f"post {one}",
                    source=PostSource(kind="test", name=self.reader.name),
                )
            )

    def delete(self, *ids: int) -> None:
        for one in ids:
            del self.reader.channels[self.channel_id][one]

    def fail_once(self, method: str) -> None:
        self.reader.fail(ReaderLostError(f"no answer to {method}"))


class TestScripted(ReaderContract):
    @pytest.fixture
    def place(self) -> ScriptedPlace:
        return ScriptedPlace()


class PreviewPlace:
    """A site on loopback that shows pages as t.me/s does."""

    channel_id = CHANNEL_ID

    def __init__(self, site: Site, reader: PreviewReader) -> None:
        self._site, self.reader = site, reader

    def post(self, *ids: int) -> None:
        self._site.post(*ids)

    def delete(self, *ids: int) -> None:
        for one in ids:
            del self._site.messages[one]

    def fail_once(self, method: str) -> None:
        self._site.answers.append(web.Response(status=502))


class TestPreview(ReaderContract):
    @pytest.fixture
    async def place(self) -> AsyncIterator[PreviewPlace]:
        async with serve() as site:
            settings = PreviewSettings(base_url=site.base_url, interval_s=0.0001, request_timeout_s=60)
            reader = PreviewReader(settings, CollectorRegistry())
            site.post(1)
            await reader.add("@wirenews")
            site.messages.clear()
            yield PreviewPlace(site, reader)
            await reader.close()


class TelegramPlace:
    """A data centre on loopback that speaks Telegram's protocol."""

    def __init__(self, centre: DataCentre, account: Account, channel: ServerChannel) -> None:
        self._centre, self._channel = centre, channel
        self.reader, self.channel_id = account.reader, channel.id

    def post(self, *ids: int) -> None:
        for one in ids:
            assert self._channel.post(f"post {one}", push=Push.LOST).id == one

    def delete(self, *ids: int) -> None:
        self._channel.delete(*ids, push=Push.LOST)

    def fail_once(self, method: str) -> None:
        call = "channels.getMessages" if method == "get" else "messages.getHistory"
        self._centre.faults.script(call, refuse(500, "INTERNAL"))


@pytest.mark.integration
class TestTelegram(ReaderContract):
    @pytest.fixture
    async def place(self, tmp_path: Path) -> AsyncIterator[TelegramPlace]:
        async with DataCentre() as centre:
            person = centre.world.add_account()
            channel = centre.world.add_channel("News", "example_news", members=[person])
            newsroom = Newsroom(centre, tmp_path)
            newsroom.sign_in(person)
            async with newsroom.account() as account:
                await account.resolve(ChannelEntry(name="@example_news"))
                yield TelegramPlace(centre, account, channel)
            assert centre.errors == []

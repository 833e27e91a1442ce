"""A data centre of Telegram's kind on loopback, and an account of the collector's there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ingest.telegram.account import Account
from runtime.settings.channel_list import ChannelEntry
from tests.support.mtproto_server import accounts
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.server import DataCentre
from tests.support.telegram.newsroom import TIMEOUT_S, Newsroom


@pytest.fixture
async def centre() -> AsyncIterator[DataCentre]:
    async with DataCentre() as running:
        yield running
        assert running.errors == []


@pytest.fixture
def person(centre: DataCentre) -> accounts.Account:
    return centre.world.add_account()


@pytest.fixture
def news(centre: DataCentre, person: accounts.Account) -> Channel:
    return centre.world.add_channel("News", "example_news", members=[person])


@pytest.fixture
def request_timeout_s() -> float:
    """Of each request of the account; a test whose request hangs asks for a shorter one."""
    return TIMEOUT_S


@pytest.fixture
def room(centre: DataCentre, person: accounts.Account, tmp_path: Path, request_timeout_s: float) -> Newsroom:
    """Signed in, not yet connected."""
    newsroom = Newsroom(centre, tmp_path, request_timeout_s=request_timeout_s)
    newsroom.sign_in(person)
    return newsroom


@pytest.fixture
async def account(room: Newsroom, news: Channel) -> AsyncIterator[Account]:
    """Connected, and watching the news."""
    async with room.account() as connected:
        await connected.resolve(ChannelEntry(name="@example_news"))
        connected.watch([news.id])
        yield connected

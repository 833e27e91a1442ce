"""Files of posts through an account: bounded and counted as all its requests are."""

import pytest
from telethon.tl import types

from ingest.errors import ReaderBusyError, ReaderLostError
from ingest.live_reader import RequestPriority
from ingest.telegram.account import Account
from ingest.telegram.channels.files import TelegramFile
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.faults import HANG, flood
from tests.support.telegram.newsroom import HASTY_S, Newsroom

GET_FILE = "upload.getFile"
CONTENT = bytes(range(256)) * 40


@pytest.fixture
def posted(room: Newsroom, news: Channel) -> int:
    file = room.centre.world.files.add(CONTENT)
    return news.post("a post", media=types.MessageMediaDocument(document=file.document("application/pdf"))).id


class Taken:
    """What is offered."""

    def __init__(self) -> None:
        self.files: list[TelegramFile] = []

    def offer(self, file: TelegramFile) -> None:
        self.files.append(file)

    async def wait_for_room(self) -> None:
        return


async def content(account: Account, news: Channel, message_id: int) -> bytes:
    taken = Taken()
    account.store_files(taken)
    await account.reader.get(news.id, [message_id], RequestPriority.GAP)
    file = taken.files[-1]  # the first one may have been pushed
    return b"".join([chunk async for chunk in file.chunks()])


async def test_a_file_is_fetched(account: Account, room: Newsroom, news: Channel, posted: int) -> None:
    assert await content(account, news, posted) == CONTENT
    assert room.value("requests_total", method=GET_FILE, outcome="ok") > 0


async def test_a_flood_wait_of_files_is_remembered(
    account: Account, room: Newsroom, news: Channel, posted: int
) -> None:
    room.centre.faults.script(GET_FILE, flood(4000))
    for _ in range(2):
        with pytest.raises(ReaderBusyError) as busy:
            await content(account, news, posted)
        assert 3000 < busy.value.wait_s <= 4000
    assert room.centre.calls.counts[(7001, GET_FILE)] == 1
    assert list(account.status().floods) == [GET_FILE]


@pytest.mark.parametrize("request_timeout_s", [HASTY_S])
async def test_a_file_that_hangs_is_given_up(account: Account, room: Newsroom, news: Channel, posted: int) -> None:
    room.centre.faults.script(GET_FILE, HANG)
    with pytest.raises(ReaderLostError):
        await content(account, news, posted)
    assert await content(account, news, posted) == CONTENT

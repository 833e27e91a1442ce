"""Files fetched from the local data centre by the real Telethon client."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from telethon.tl import types

from ingest.errors import FileUnavailableError, ReaderBusyError, ReaderLostError
from ingest.media.downloader import MediaDownloader
from ingest.telegram.channels import files as telegram_files
from ingest.telegram.channels.files import FileAccess, TelegramFile, files_of
from runtime.settings.collect import CollectSettings
from tests.support.mtproto_server.accounts import Account
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.faults import HANG, delay, flood, refuse
from tests.support.mtproto_server.files import File
from tests.support.mtproto_server.media import every_kind
from tests.support.mtproto_server.server import DataCentre

GET_FILE = "upload.getFile"
CONTENT = bytes(range(256)) * 20
PASS = delay(0)


@pytest.fixture
async def centre(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DataCentre]:
    monkeypatch.setattr(telegram_files, "CHUNK_BYTES", 4096)
    async with DataCentre() as running:
        yield running
        assert running.errors == []


@pytest.fixture
def reader(centre: DataCentre) -> Account:
    return centre.world.add_account()


@pytest.fixture
def news(centre: DataCentre, reader: Account) -> Channel:
    return centre.world.add_channel("News", "example_news", members=[reader])


@pytest.fixture
async def access(centre: DataCentre, reader: Account, news: Channel) -> AsyncIterator[FileAccess]:
    async with centre.connected(
        reader, flood_sleep_threshold=0, request_retries=0, raise_last_call_error=True
    ) as client:
        await client.get_dialogs()  # brings the access hash

        async def message(channel_id: int, message_id: int) -> Any:
            return await client.get_messages(types.PeerChannel(channel_id), ids=message_id)

        yield FileAccess(lambda: client, message, timeout_s=60)


@pytest.fixture
def file(centre: DataCentre) -> File:
    return centre.world.files.add(CONTENT)


async def offered(access: FileAccess, news: Channel, media: Any) -> TelegramFile:
    posted = news.post("a post", media=media)
    message = await access.message(news.id, posted.id)
    (found,) = files_of(message, news.id, access)
    return found


async def document(access: FileAccess, news: Channel, file: File) -> TelegramFile:
    return await offered(access, news, types.MessageMediaDocument(document=file.document("application/pdf")))


async def content(file: TelegramFile) -> bytes:
    return b"".join([chunk async for chunk in file.chunks()])


async def test_a_document(access: FileAccess, news: Channel, file: File) -> None:
    found = await document(access, news, file)

    assert await content(found) == CONTENT
    assert (found.media.id, found.post_key) == (str(file.id), f"tg:{news.id}:1")


async def test_a_photo(access: FileAccess, news: Channel, file: File) -> None:
    found = await offered(access, news, types.MessageMediaPhoto(photo=file.photo()))

    assert await content(found) == CONTENT
    assert (found.media.mime_type, found.media.size_bytes) == ("image/jpeg", len(CONTENT))


async def test_which_media_have_files(centre: DataCentre, access: FileAccess, news: Channel) -> None:
    with_files = set()
    for name, media in every_kind(centre.world.files).items():
        posted = news.post(name, media=media)
        message = await access.message(news.id, posted.id)
        if [await content(found) for found in files_of(message, news.id, access)]:
            with_files.add(name)

    files = {"photo", "video", "animation", "round video", "audio", "voice", "sticker", "document"}
    assert with_files >= files
    assert not with_files & {"place", "contact", "poll", "web page", "photo that is gone", "document that is gone"}


async def test_a_reference_that_has_expired_is_renewed(
    centre: DataCentre, access: FileAccess, news: Channel, file: File
) -> None:
    found = await document(access, news, file)
    centre.world.expire_references(file)

    assert await content(found) == CONTENT


async def test_a_reference_that_expires_on_the_way_is_renewed(
    centre: DataCentre, access: FileAccess, news: Channel, file: File
) -> None:
    found = await document(access, news, file)
    received = b""
    async for chunk in found.chunks():
        received += chunk
        if len(received) == len(chunk):
            centre.world.expire_references(file)

    assert received == CONTENT


async def test_a_message_that_is_gone_has_no_file(
    centre: DataCentre, access: FileAccess, news: Channel, file: File
) -> None:
    found = await document(access, news, file)
    centre.world.expire_references(file)
    news.delete(1)

    with pytest.raises(FileUnavailableError, match="gone"):
        await content(found)


async def test_a_reference_that_never_holds_is_given_up(
    centre: DataCentre, access: FileAccess, news: Channel, file: File
) -> None:
    found = await document(access, news, file)
    centre.faults.script(GET_FILE, *[refuse(400, "FILE_REFERENCE_EXPIRED")] * 2)

    with pytest.raises(FileUnavailableError, match="FileReferenceExpired"):
        await content(found)


async def test_a_flood_error_has_the_length_of_the_wait(
    centre: DataCentre, access: FileAccess, news: Channel, file: File
) -> None:
    found = await document(access, news, file)
    centre.faults.script(GET_FILE, flood(77))

    with pytest.raises(ReaderBusyError) as caught:
        await content(found)
    assert caught.value.wait_s == 77


async def test_a_refused_file(centre: DataCentre, access: FileAccess, news: Channel, file: File) -> None:
    found = await document(access, news, file)
    centre.faults.script(GET_FILE, refuse(400, "LOCATION_INVALID"))

    with pytest.raises(FileUnavailableError, match="LocationInvalid"):
        await content(found)


async def test_a_server_in_trouble(centre: DataCentre, access: FileAccess, news: Channel, file: File) -> None:
    found = await document(access, news, file)
    centre.faults.script(GET_FILE, refuse(500, "WORKER_BUSY_TOO_LONG_RETRY"))

    with pytest.raises(ReaderLostError):
        await content(found)


async def test_a_request_that_hangs(centre: DataCentre, access: FileAccess, news: Channel, file: File) -> None:
    patient = await document(access, news, file)
    hasty = FileAccess(access.client, access.message, timeout_s=0.1)
    (found,) = files_of(await access.message(news.id, 1), news.id, hasty)
    centre.faults.script(GET_FILE, HANG)

    with pytest.raises(ReaderLostError, match="TimeoutError"):
        await content(found)
    assert await content(patient) == CONTENT


async def test_a_file_goes_on_at_an_offset(centre: DataCentre, access: FileAccess, news: Channel, file: File) -> None:
    found = await document(access, news, file)
    rest = b"".join([chunk async for chunk in found.chunks(found.step)])

    assert (found.step, rest) == (4096, CONTENT[4096:])
    offsets = [request.offset for _, method, request in centre.calls.recent if method == GET_FILE]
    assert offsets == [4096]


async def test_a_reference_that_expires_again_and_again_is_renewed_each_time(
    centre: DataCentre, access: FileAccess, news: Channel
) -> None:
    file = centre.world.files.add(CONTENT * 4)
    found = await document(access, news, file)
    received = b""
    async for chunk in found.chunks():
        received += chunk
        centre.world.expire_references(file)

    assert received == CONTENT * 4
    offsets = [request.offset for _, method, request in centre.calls.recent if method == GET_FILE]
    assert offsets == sorted(offsets)


async def test_flood_waits_in_the_middle_of_a_file_do_not_lose_it(
    centre: DataCentre, access: FileAccess, news: Channel, tmp_path: Path
) -> None:
    file = centre.world.files.add(CONTENT * 4)
    media = types.MessageMediaDocument(document=file.document("image/png"))
    found = await offered(access, news, media)
    registry = CollectorRegistry()
    files = MediaDownloader(CollectSettings(media_dir=tmp_path), registry, retry_s=0)
    centre.faults.script(GET_FILE, *[PASS, flood(0), PASS, PASS, flood(0)] * 2)
    files.offer(found)
    await files.run_due()
    files.close()

    assert registry.get_sample_value("tgwire_media_files_total", {"outcome": "stored"}) == 1
    assert [path.read_bytes() for path in tmp_path.glob("*/*.png")] == [CONTENT * 4]
    assert centre.calls.count(GET_FILE) == 5 + 4

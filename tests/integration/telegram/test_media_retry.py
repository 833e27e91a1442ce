"""``tgwire media``: files that could not be fetched are tried again, by the command or by the collector that runs."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from telethon.tl import types

from ingest.errors import AccountError
from ingest.live_reader import RequestPriority
from ingest.media.download_queue import DownloadQueue
from ingest.media.downloader import MediaDownloader
from runtime.settings.channel_list import ChannelEntry
from runtime.settings.collect import CollectSettings
from runtime.settings.tree import Settings
from schemas import Media, MediaKind
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.faults import flood
from tests.support.mtproto_server.waiting import until
from tests.support.telegram.newsroom import Newsroom
from tgwire.cli.commands import media as command
from tgwire.cli.context import Context
from tgwire.processes.media_retry import retry_files
from tgwire.processes.waiting_media import waiting_files

GET_FILE = "upload.getFile"
CONTENT = bytes(range(256)) * 40


@pytest.fixture
def settings(room: Newsroom, tmp_path: Path) -> Settings:
    collect = CollectSettings(media_dir=tmp_path / "media")
    plain = Settings(telegram=room.settings, collect=collect)
    return plain.model_copy(update={"ingest": plain.ingest.model_copy(update={"state_dir": room.state_dir})})


@pytest.fixture
async def waiting(room: Newsroom, news: Channel, settings: Settings) -> None:
    """A file that a flood wait of two hours put off, in the list of a collector that has ended."""
    file = room.centre.world.files.add(CONTENT)
    news.post("a post", media=types.MessageMediaDocument(document=file.document("image/png")))
    room.centre.faults.script(GET_FILE, flood(7200))
    with closing(MediaDownloader(settings.collect, CollectorRegistry())) as files:
        async with room.account() as account:
            await account.resolve(ChannelEntry(name="@example_news"))
            account.store_files(files)
            await account.reader.get(news.id, [1], RequestPriority.GAP)
            await files.run_due()
        (left,) = files.left()
        assert (left.post_key, left.received) == (f"tg:{news.id}:1", 0)
        assert "flood wait" in (left.reason or "")


@pytest.fixture
def rested(room: Newsroom) -> None:
    """The flood wait is over."""
    (database,) = room.state_dir.glob("telegram/*.sqlite3")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DELETE FROM flood_waits")
        connection.commit()


async def test_a_file_that_was_put_off_is_fetched(waiting: None, rested: None, settings: Settings) -> None:
    outcomes: list[tuple[str, str]] = []
    report = await retry_files(settings, lambda file, outcome: outcomes.append((file.media_id, outcome)))

    assert [outcome for _, outcome in outcomes] == ["stored"]
    assert (report.outcomes["stored"], report.left, report.handed_over) == (1, (), 0)
    assert [path.read_bytes() for path in settings.collect.media_dir.glob("*/*.png")] == [CONTENT]
    assert waiting_files(settings) == []


async def test_a_file_that_still_has_to_wait_stays_listed(waiting: None, settings: Settings) -> None:
    report = await retry_files(settings, lambda *_: None)

    assert report.outcomes == {"put_off": 1}
    assert [file.post_key for file in report.left] == [file.post_key for file in waiting_files(settings)]


async def test_beside_a_running_collector_its_files_become_due(waiting: None, settings: Settings) -> None:
    with closing(MediaDownloader(settings.collect, CollectorRegistry())) as collector:
        found: list[str] = []

        async def find(_channel_id: int, _message_id: int, media_id: str) -> Any:
            found.append(media_id)
            raise AccountError("signed out", "signed_out")

        collector.find_with("main", find)
        running = asyncio.create_task(collector.run())
        report = await retry_files(settings, lambda *_: None)
        assert (report.handed_over, report.left) == (1, ())
        collector._has_news.set()  # else it looks every few seconds
        await until(lambda: len(found) == 1, "the try")
        running.cancel()
        await asyncio.wait([running])


async def test_an_account_that_another_process_has_is_named(waiting: None, settings: Settings, room: Newsroom) -> None:
    async with room.account():
        with pytest.raises(AccountError, match="in use by another process"):
            await retry_files(settings, lambda *_: None)
    assert len(waiting_files(settings)) == 1


def test_nothing_waits(settings: Settings, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    command.retry(_context(settings), as_json=True)

    counts = {"stored": 0, "known": 0, "type": 0, "too_large": 0, "failed": 0, "handed_over": 0, "left": []}
    assert json.loads(capsysbinary.readouterr().out) == counts
    assert not settings.collect.media_dir.exists()


def test_the_list_shows_what_waits_and_why(settings: Settings, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    with closing(DownloadQueue(settings.collect.media_dir, lambda: 1e9)) as listed:
        listed.add(Media(kind=MediaKind.PHOTO, id="7", mime_type="image/jpeg", size_bytes=9), "main", "tg:5:6")
        listed.put_off("7", 300, tries=1, received=4, reason="no answer")
    command.list_(_context(settings), as_json=True)

    assert json.loads(capsysbinary.readouterr().out) == [
        {
            "media_id": "7",
            "post": "tg:5:6",
            "account": "main",
            "mime_type": "image/jpeg",
            "size_bytes": 9,
            "received_bytes": 4,
            "tries": 1,
            "listed_at": "2001-09-09T01:46:40Z",
            "due": "2001-09-09T01:51:40Z",
            "reason": "no answer",
        }
    ]


def _context(settings: Settings) -> Any:
    context = Context(None)
    context.__dict__["settings"] = settings
    return type("Typer", (), {"obj": context})()

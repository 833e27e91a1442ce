"""Channels whose ids the collector's accounts know give archives the keys of live posts."""

import sqlite3
from pathlib import Path

import pytest
import structlog

from ingest.sources.containers.disk import PlainFile
from ingest.sources.context import ReadContext
from ingest.sources.options import GivenChannel, ReadOptions
from schemas import Channel, synthetic_id
from tgwire.known_channels import KnownChannels


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "telegram").mkdir()
    with sqlite3.connect(tmp_path / "telegram" / "main.sqlite3") as database:
        database.executescript(
            """
            CREATE TABLE usernames (username TEXT PRIMARY KEY, channel_id INTEGER, is_current INTEGER);
            CREATE TABLE names (channel_id INTEGER, since REAL, username TEXT, title TEXT);
            INSERT INTO usernames VALUES ('wirenews', 7, 1), ('twin_a', 8, 1), ('twin_b', 9, 1);
            INSERT INTO names VALUES
                (7, 1, 'wirenews', 'Old Title'), (7, 2, 'wirenews', 'Wire News'),
                (8, 1, 'twin_a', 'Twins'), (9, 1, 'twin_b', 'Twins');
            """
        )
    database.close()
    return tmp_path


def _context(state: Path, channel: GivenChannel | None = None) -> ReadContext:
    options = ReadOptions(directory=KnownChannels(state), channel=channel)
    return ReadContext("test", PlainFile(state / "a.html", "in"), options)


def test_a_name_or_the_present_title_finds_the_channel(state: Path) -> None:
    context = _context(state)
    assert context.channel(username="@WireNews", fallback="in") == Channel(id=7, username="WireNews", title="Wire News")
    assert context.channel(title="Wire News", fallback="in").id == 7
    assert context.warnings == []
    assert context.channel(title="Old Title", fallback="in").id == synthetic_id("Old Title")


def test_a_title_of_two_channels_finds_none_and_is_said(state: Path) -> None:
    context = _context(state)
    assert context.channel(title="Twins", fallback="in").id == synthetic_id("Twins")
    assert any("2 channels are known as Twins" in warning for warning in context.warnings)
    assert any("--channel ID gives it" in warning for warning in context.warnings)


def test_what_the_file_says_goes_before_what_the_user_says(state: Path) -> None:
    context = _context(state, GivenChannel(id=99))
    assert context.channel(channel_id=7, title="Wire News", fallback="in").id == 7
    assert context.channel(title="Wire News", fallback="in") == Channel(id=99, title="Wire News")


def test_without_any_account_nothing_is_known(tmp_path: Path) -> None:
    assert KnownChannels(tmp_path).find(username="wirenews") == []
    (tmp_path / "telegram").mkdir()
    (tmp_path / "telegram" / "broken.sqlite3").write_bytes(b"no database at all")
    assert KnownChannels(tmp_path).find(title="Wire News") == []


def test_a_channel_found_by_its_preview_is_known(state: Path) -> None:
    known = KnownChannels(state)
    known.add_preview(Channel(id=11, username="HarbourNews", title="Old"))
    known.add_preview(Channel(id=11, username="HarbourNews", title="Harbour News"))
    known.add_preview(Channel(id=12, username="fishing", title=None))
    context = _context(state)
    assert context.channel(username="@harbournews", fallback="in").title == "Harbour News"
    assert context.channel(title="Harbour News", fallback="in") == Channel(
        id=11, username="HarbourNews", title="Harbour News"
    )
    assert context.channel(username="fishing", fallback="in").id == 12
    assert context.channel(title="Old", fallback="in").id == synthetic_id("Old")
    assert context.channel(username="wirenews", fallback="in").id == 7


def test_a_folder_that_cannot_be_written_is_logged(tmp_path: Path) -> None:
    (tmp_path / "preview").write_text("no folder")
    with structlog.testing.capture_logs() as logs:
        KnownChannels(tmp_path).add_preview(Channel(id=11, username="harbournews"))
    assert [entry["event"] for entry in logs] == ["known_channels_not_written"]

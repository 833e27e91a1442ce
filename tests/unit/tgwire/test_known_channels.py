"""Channels whose ids the collector's accounts know give archives the keys of live posts."""

import sqlite3
from pathlib import Path

import pytest
import structlog

from ingest.sources.containers.disk_file import PlainFile
from ingest.sources.context import ReadContext
from ingest.sources.options import GivenChannel, ReadOptions
from runtime.errors import ConfigurationError
from runtime.settings.collect import CollectSettings, IngestSettings
from runtime.settings.tree import Settings
from schemas import Channel, synthetic_id
from sinks.store.errors import StoreUnavailableError
from sinks.store.opening import open_database
from tgwire.known_channels import KnownChannels, ListedChannels, StoredChannels, known_channels


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
    assert [entry["event"] for entry in logs] == ["known channels cannot be written"]


def test_the_file_of_channels_gives_ids_by_name_and_by_title(tmp_path: Path) -> None:
    path = tmp_path / "channels.toml"
    path.write_text(
        '[[channel]]\nname = "@WireNews"\nid = 7\ntitle = "Wire News"\n'
        '[[channel]]\nname = "8"\ntitle = "Harbour"\n'
        '[[channel]]\nname = "@fishing"\ntitle = "Fishing"\n'
    )
    listed = ListedChannels(path)
    assert listed.find(username="wirenews") == [Channel(id=7, username="WireNews", title="Wire News")]
    assert listed.find(title="Wire News") == [Channel(id=7, username="WireNews", title="Wire News")]
    assert listed.find(title="Harbour") == [Channel(id=8, title="Harbour")]
    assert listed.find(username="fishing") == []
    assert listed.find(title="Fishing") == []
    assert listed.find() == []
    assert ListedChannels(tmp_path / "none.toml").find(title="Harbour") == []


def test_an_entry_of_two_ids_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "channels.toml"
    path.write_text('[[channel]]\nname = "https://t.me/c/7/1"\nid = 8\n')
    with pytest.raises(ConfigurationError, match=r"channels.toml:1.*name and id are those of two channels: 7 and 8"):
        ListedChannels(path).find(title="Harbour")


def test_the_store_gives_ids_but_none_that_was_derived(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path}/store.db"
    database = open_database(url)
    with database.writing() as writer:
        for row in ((7, "WireNews", "Wire News"), (synthetic_id("Harbour"), None, "Harbour")):
            writer.execute("INSERT INTO channels(id, username, title) VALUES (?, ?, ?)", row)
    database.close()
    stored = StoredChannels(url)
    assert stored.find(username="wirenews") == [Channel(id=7, username="WireNews", title="Wire News")]
    assert stored.find(title="Wire News") == [Channel(id=7, username="WireNews", title="Wire News")]
    assert stored.find(title="Harbour") == []
    assert stored.find() == ()


def test_a_store_that_cannot_be_read_is_named_once(tmp_path: Path) -> None:
    assert StoredChannels(f"sqlite:{tmp_path}/none.db").find(title="Harbour") == ()
    (tmp_path / "store.db").write_bytes(b"no database at all" * 100)
    stored = StoredChannels(f"sqlite:{tmp_path}/store.db")
    with structlog.testing.capture_logs() as logs:
        assert [stored.find(title="Harbour"), stored.find(username="harbour")] == [(), ()]
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("known channels cannot be read", "warning")]


def test_a_store_that_is_away_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise StoreUnavailableError("posts at db.example: connection refused")

    monkeypatch.setattr("sinks.store.opening.open_reader", refuse)
    stored = StoredChannels("postgresql://db.example/posts")
    with structlog.testing.capture_logs() as logs:
        assert [stored.find(title="Harbour"), stored.find(username="harbour")] == [(), ()]
    assert [(entry["event"], entry["error"]) for entry in logs] == [
        ("known channels cannot be read", "posts at db.example: connection refused")
    ]


def test_the_file_of_channels_goes_before_what_was_found(state: Path) -> None:
    path = state / "channels.toml"
    path.write_text('[[channel]]\nname = "@wirenews"\nid = 70\n')
    collect = CollectSettings(channels=path)
    settings = Settings(ingest=IngestSettings(state_dir=state), collect=collect)
    known = known_channels(settings)
    assert [channel.id for channel in known.find(username="wirenews")] == [70]
    assert [channel.id for channel in known.find(title="Wire News")] == [7]
    assert known.find(username="nobody_at_all") == ()

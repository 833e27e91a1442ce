"""Channels whose ids are known: archives that name no id get the keys of the same channels' other posts by them.

``known_channels`` asks the file of channels first, then what live collection has found, then the store.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import cached_property
from itertools import chain
from pathlib import Path

import structlog

from ingest.sources.options import ChannelDirectory
from runtime.private_files import make_private_file, make_private_folder
from runtime.settings.channel_list import ChannelEntry, read_channels
from runtime.settings.tree import Settings
from schemas import Channel

_log = structlog.stdlib.get_logger(__name__)
_BY_USERNAME = """
SELECT channel_id, username,
    (SELECT title FROM names AS n WHERE n.channel_id = u.channel_id ORDER BY since DESC LIMIT 1)
FROM usernames AS u WHERE username = ?"""
_BY_TITLE = """
SELECT DISTINCT channel_id, username, title FROM names AS n WHERE title = ?
    AND since = (SELECT max(since) FROM names WHERE channel_id = n.channel_id)"""


_PREVIEWS = "preview/channels.sqlite3"
_LAYOUT = """
CREATE TABLE IF NOT EXISTS usernames (username TEXT PRIMARY KEY, channel_id INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names (
    channel_id INTEGER PRIMARY KEY, since INTEGER NOT NULL, username TEXT NOT NULL, title TEXT
) STRICT;
"""


def known_channels(settings: Settings) -> ChannelDirectory:
    """All that an installation knows; the first that knows a channel is believed."""
    state_dir = settings.ingest.state_dir
    return _DirectoryChain(
        ListedChannels(settings.collect.channels),
        KnownChannels(state_dir),
        StoredChannels(settings.store.address_to_read(state_dir)),
    )


class _DirectoryChain:
    def __init__(self, *directories: ChannelDirectory) -> None:
        self._directories = directories

    def find(self, *, username: str | None = None, title: str | None = None) -> Sequence[Channel]:
        for directory in self._directories:
            if found := directory.find(username=username, title=title):
                return found
        return ()


class ListedChannels:
    """A ``ChannelDirectory`` over the file of channels, where it has ids."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, *, username: str | None = None, title: str | None = None) -> Sequence[Channel]:
        """Entries of a name, or that have a title. ConfigurationError explains a wrong file."""
        return [
            Channel(id=entry.known_id, username=_username(entry), title=entry.title)
            for entry in self._entries
            if entry.known_id is not None
            and (entry.identity == f"@{username.lower()}" if username else title is not None and entry.title == title)
        ]

    @cached_property
    def _entries(self) -> Sequence[ChannelEntry]:
        return read_channels(self._path) if self._path.exists() else ()


def _username(entry: ChannelEntry) -> str | None:
    return entry.name.removeprefix("@") if entry.name.startswith("@") else None


class StoredChannels:
    """A ``ChannelDirectory`` over a store. Ids that an earlier replay derived from names are not taken for known."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._is_usable = True

    def find(self, *, username: str | None = None, title: str | None = None) -> Sequence[Channel]:
        """Channels of a name or a title; none, with a warning, where the store cannot be read."""
        if not self._is_usable or not (username or title):
            return ()
        from sinks.store.errors import StoreError, StoreUnavailableError
        from sinks.store.opening import is_missing, open_reader  # what reads a store takes its time to import
        from sinks.store.reading.channels import channels_known_as

        if is_missing(self._url):
            return ()
        try:
            with closing(open_reader(self._url)) as reader, reader.reading() as rows:
                return channels_known_as(rows, username=username, title=title)
        except (StoreError, StoreUnavailableError) as error:
            self._is_usable = False
            _log.warning("known channels cannot be read", file="store", error=str(error))
            return ()


class KnownChannels:
    """A ``ChannelDirectory`` over what accounts and previews in a folder of state have found; read when it is asked."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir

    def find(self, *, username: str | None = None, title: str | None = None) -> Sequence[Channel]:
        """Channels that were last seen under a name, or that have a title."""
        found: dict[int, Channel] = {}
        statement, value = (_BY_USERNAME, username.lower()) if username else (_BY_TITLE, title)
        files = chain(sorted(self._state_dir.glob("telegram/*.sqlite3")), self._state_dir.glob(_PREVIEWS))
        for file in files if value else ():
            for channel_id, name, its_title in _rows(file, statement, value):
                found.setdefault(channel_id, Channel(id=channel_id, username=name, title=its_title))
        return list(found.values())

    def add_preview(self, channel: Channel) -> None:
        """Remember the id of a channel that is read by its preview; an account remembers its own.

        Where it cannot be written a warning is logged: archives of the channel then need ``--channel``.
        """
        path = self._state_dir / _PREVIEWS
        try:
            make_private_folder(path.parent)
            make_private_file(path)
            with closing(sqlite3.connect(path, timeout=1.0)) as database, database:
                for statement in _LAYOUT.split(";"):
                    database.execute(statement)
                name = (channel.username or "").lower()
                database.execute("INSERT OR REPLACE INTO usernames VALUES (?, ?)", (name, channel.id))
                row = (channel.id, channel.username, channel.title)
                database.execute("INSERT OR REPLACE INTO names VALUES (?, 0, ?, ?)", row)
        except (OSError, sqlite3.Error) as error:
            _log.warning("known channels cannot be written", file=path.name, error=str(error))


def _rows(file: Path, statement: str, value: object) -> list[tuple[int, str | None, str | None]]:
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=1.0)) as database:
            return database.execute(statement, (value,)).fetchall()
    except sqlite3.Error as error:
        _log.warning("known channels cannot be read", file=file.name, error=str(error))
        return []

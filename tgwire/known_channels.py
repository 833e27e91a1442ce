"""Channels whose ids live collection has found: they give archives that name no id the keys of the live posts."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path

import structlog

from runtime.private_files import make_private_file, make_private_folder
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
            _log.warning("known_channels_not_written", file=path.name, error=str(error))


def _rows(file: Path, statement: str, value: object) -> list[tuple[int, str | None, str | None]]:
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=1.0)) as database:
            return database.execute(statement, (value,)).fetchall()
    except sqlite3.Error as error:
        _log.warning("known_channels_unreadable", file=file.name, error=str(error))
        return []

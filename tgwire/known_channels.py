"""Channels whose ids the collector has learnt: they give archives that name no id the keys of the live posts."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import structlog

from schemas import Channel

_log = structlog.stdlib.get_logger(__name__)
_BY_USERNAME = """
SELECT channel_id, username,
    (SELECT title FROM names AS n WHERE n.channel_id = u.channel_id ORDER BY since DESC LIMIT 1)
FROM usernames AS u WHERE username = ?"""
_BY_TITLE = """
SELECT DISTINCT channel_id, username, title FROM names AS n WHERE title = ?
    AND since = (SELECT max(since) FROM names WHERE channel_id = n.channel_id)"""


class KnownChannels:
    """A ``ChannelDirectory`` over what the accounts in a folder of state remember; read when it is first asked."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "telegram"

    def find(self, *, username: str | None = None, title: str | None = None) -> Sequence[Channel]:
        """Channels that were last seen under a name, or that have a title."""
        found: dict[int, Channel] = {}
        statement, value = (_BY_USERNAME, username.lower()) if username else (_BY_TITLE, title)
        for file in sorted(self._folder.glob("*.sqlite3")) if value else ():
            for channel_id, name, its_title in _rows(file, statement, value):
                found.setdefault(channel_id, Channel(id=channel_id, username=name, title=its_title))
        return list(found.values())


def _rows(file: Path, statement: str, value: object) -> list[tuple[int, str | None, str | None]]:
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=1.0)) as database:
            return database.execute(statement, (value,)).fetchall()
    except sqlite3.Error as error:
        _log.warning("known_channels_unreadable", file=file.name, error=str(error))
        return []

"""Two maps of one channel, merged on disk: a channel can be larger than memory."""

import sqlite3
from collections.abc import Iterator
from types import TracebackType
from typing import Self

_INSERTS = {
    "text_messages": "insert or ignore into texts values (?, ?)",
    "generic_media": "insert or ignore into media values (?, ?)",
}
_DELETES = {
    "text_messages": "delete from texts where id = ?",
    "generic_media": "delete from media where id = ?",
}
_WITH_TEXT = "select texts.id, texts.raw, media.raw from texts left join media using (id) order by texts.rowid"
_WITHOUT_TEXT = "select id, null, raw from media where id not in (select id from texts) order by rowid"


class Spool:
    """SQLite's temporary database: in memory while it is small, on disk when it grows."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute("create table texts (id text unique, raw blob)")
        self._connection.execute("create table media (id text unique, raw blob)")
        self._connection.execute("begin")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    def clear(self) -> None:
        """Begin a channel."""
        self._connection.execute("delete from texts")
        self._connection.execute("delete from media")

    def put(self, name: str, message_id: str, raw: bytes) -> bool:
        """Add a message of a map; False for the second of one id, which is not added."""
        return self._connection.execute(_INSERTS[name], (message_id, raw)).rowcount == 1

    def take_back(self, name: str, message_id: str) -> None:
        """Undo a ``put``."""
        self._connection.execute(_DELETES[name], (message_id,))

    def merged(self) -> Iterator[tuple[str, bytes | None, bytes | None]]:
        """Each message with its text and its media, in the order of the file; those without text at the end."""
        for query in (_WITH_TEXT, _WITHOUT_TEXT):
            yield from self._connection.execute(query)

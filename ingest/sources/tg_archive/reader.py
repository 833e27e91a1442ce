"""Messages of one group or channel, in the order in which they were fetched."""

import sqlite3
from collections.abc import Iterator, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.mapping import entities, ids
from ingest.sources.sqlite_files import columns_of, open_database, table_records, unreadable
from ingest.sources.tg_archive.fields import MEDIA_COLUMNS, MESSAGE_COLUMNS, post_of
from schemas import Channel, RawPost


class TgArchiveReader:
    """Each message with its row of ``media``."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._channel: Channel | None = None

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        try:
            with open_database(self._file) as database:
                self._channel = self._named(database)
                media = _MediaTable(database)
                for each in table_records(database, "messages", MESSAGE_COLUMNS, ("content",)):
                    yield media.joined(each)
        except sqlite3.Error as error:
            yield unreadable(str(error))

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        assert self._channel is not None
        return post_of(record, self._channel, self._context)

    def _named(self, database: sqlite3.Connection) -> Channel:
        """A channel is the only sender of its posts, and no person: persons have a first name. A group has many
        senders, and the database does not say its id.
        """
        fallback = self._file.folder or self._file.base_name
        if self._context.options.channel is not None:
            return self._context.channel(fallback=fallback)
        try:
            senders = database.execute("SELECT id, username, first_name, last_name FROM users LIMIT 2").fetchall()
        except sqlite3.Error:
            senders = []
        is_person = bool(senders) and any(name and name != senders[0][1] for name in senders[0][2:])
        if len(senders) != 1 or is_person:
            if len(senders) > 1:
                self._context.warn("messages of several senders: this may be a group, whose id is not in the database")
            return self._context.channel(fallback=fallback)
        channel_id, name = ids.optional_channel_id(senders[0][0]), entities.optional_text(senders[0][1])
        # Without a username, the program writes the id or the title in its place.
        username = (
            name if name and name != str(channel_id) and name.replace("_", "").isalnum() and name.isascii() else None
        )
        title = name if name and username is None and name != str(channel_id) else None
        return self._context.channel(channel_id=channel_id, username=username, title=title, fallback=fallback)


class _MediaTable:
    """Rows of ``media`` by their id."""

    def __init__(self, database: sqlite3.Connection) -> None:
        there = set(columns_of(database, "media"))
        chosen = ", ".join(name if name in there else "NULL" for name in MEDIA_COLUMNS)
        self._database = database
        self._query = f"SELECT {chosen} FROM media WHERE id = ?" if "id" in there else None  # noqa: S608

    def joined(self, record: ArchiveRecord) -> ArchiveRecord:
        """The record with its media, which are digested, too."""
        message = record.value
        if self._query is None or not isinstance(message, dict) or message.get("media_id") is None:
            return record
        try:
            row = self._database.execute(self._query, (message["media_id"],)).fetchone()
        except sqlite3.Error:
            row = None
        media = dict(zip(MEDIA_COLUMNS, row, strict=True)) if row else {}
        return record._replace(raw=record.raw + repr(row).encode(errors="replace"), value=message | {"media": media})

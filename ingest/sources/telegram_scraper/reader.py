"""Rows of a database, of a CSV file or of a JSON list: all have the same columns."""

import re
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.byte_window import ByteWindow
from ingest.sources.containers.disk_file import PlainFile
from ingest.sources.context import ReadContext
from ingest.sources.csv_table.reader import csv_rows
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.json_comments import utf8_json
from ingest.sources.json_frames import JsonFrames
from ingest.sources.sample import object_keys
from ingest.sources.sqlite_files import MAGIC, open_database, table_records, unreadable
from ingest.sources.telegram_scraper.fields import post_of
from ingest.sources.telegram_scraper.identity import ScrapedChannel, identity_of
from schemas import Channel, RawPost

_COLUMNS = (
    *("message_id", "date", "sender_id", "username", "message", "media_type", "media_path", "reply_to"),
    *("post_author", "views", "forwards", "reactions"),
)
_ROW = re.compile(rb'\{\s*"id"\s*:\s*[0-9]+\s*,\s*"message_id"\s*:')
_HEAD_BYTES = 64 << 10
_ROWS_TO_JUDGE = 1000


class TelegramScraperReader:
    """Messages of one channel or group."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._channel: Channel | None = None

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        if self._file.identity is None:
            judged: list[object] = []  # it can be read once only
        else:
            rows = (each for each in self._rows() if isinstance(each, ArchiveRecord))
            judged = [each.value for each in islice(rows, _ROWS_TO_JUDGE)]
        self._channel = self._named(identity_of(self._context, judged))
        yield from self._rows()

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        assert self._channel is not None
        return post_of(record, self._channel, self._context)

    def _named(self, identity: ScrapedChannel) -> Channel:
        return self._context.channel(
            channel_id=identity.channel_id,
            username=identity.username,
            title=identity.title,
            fallback=self._file.folder or self._file.base_name,
        )

    def _rows(self) -> Iterator[ArchiveRecord | Filler]:
        """From one pass over the content, as that of a pipe cannot be read again."""
        with self._file.open() as stream:
            window = ByteWindow(utf8_json(stream), _HEAD_BYTES)
            window.fill_to(_HEAD_BYTES)
            if window.peek(len(MAGIC)) == MAGIC:
                with self._database(window) as file:
                    yield from _table(file)
            elif window.peek(1) in (b"[", b"{"):
                yield from JsonFrames(window, _ROW, _is_row).records()
            else:
                yield from csv_rows(window, lambda _head: "message_id")

    @contextmanager
    def _database(self, window: ByteWindow) -> Iterator[ArchiveFile]:
        """The file itself, or a copy of a pipe."""
        if self._file.identity is not None:
            yield self._file
            return
        with tempfile.TemporaryDirectory(prefix="tgwire-") as folder:
            path = Path(folder, "piped.sqlite")
            with path.open("wb") as copy:
                while window or window.fill():
                    copy.write(window.take(len(window)))
            yield PlainFile(path, folder)


def _table(file: ArchiveFile) -> Iterator[ArchiveRecord]:
    try:
        with open_database(file) as database:
            yield from table_records(database, "messages", _COLUMNS, ("message_id",))
    except sqlite3.Error as error:
        yield unreadable(str(error))


def _is_row(head: bytes) -> bool:
    keys = object_keys(head.decode(errors="replace"), 0)
    return {"message_id", "sender_id", "media_type"} <= set(keys)

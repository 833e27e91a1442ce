"""Databases of Telegram-Archive (GeiserX): all chats of one or several accounts."""

from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.sqlite_files import table_match
from ingest.sources.telegram_archive.fields import MARKS
from ingest.sources.telegram_archive.reader import TelegramArchiveReader


class TelegramArchiveFormat(SeparateFiles):
    """Tables ``chats``, ``messages``, ``media``, ``reactions``; of any version of the program."""

    name = "telegram-archive"
    title = "Telegram-Archive database (GeiserX)"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """Its table of messages."""
        return table_match(sample, {"messages": MARKS})

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, TelegramArchiveReader)


FORMAT = TelegramArchiveFormat()

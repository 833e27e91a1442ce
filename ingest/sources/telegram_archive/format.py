"""Databases of Telegram-Archive (GeiserX): all chats of one or several accounts."""

from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.sqlite_files import has_schema_elsewhere, table_match
from ingest.sources.telegram_archive.reader import TelegramArchiveReader

_TABLES = {"messages": {"chat_id", "reply_to_msg_id", "forward_from_id", "raw_data"}}


class TelegramArchiveFormat(SeparateFiles):
    """Tables ``chats``, ``messages``, ``media``, ``reactions``; of any version of the program."""

    name = "telegram-archive"
    title = "Telegram-Archive database (GeiserX)"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """Its tables; they are many, so that the first pages of the database may not show them."""
        found = table_match(sample, _TABLES)
        if found is None and has_schema_elsewhere(sample):
            return FormatMatch(Certainty.FALLBACK)
        return found

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, TelegramArchiveReader)


FORMAT = TelegramArchiveFormat()

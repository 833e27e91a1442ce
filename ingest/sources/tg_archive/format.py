"""Databases of tg-archive (``data.sqlite``)."""

from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.sqlite_files import table_match
from ingest.sources.tg_archive.reader import TgArchiveReader

_TABLES = {"messages": {"type", "date", "edit_date", "content", "reply_to", "user_id", "media_id"}, "users": {"tags"}}


class TgArchiveFormat(SeparateFiles):
    """Tables ``messages``, ``users`` and ``media``."""

    name = "tg-archive"
    title = "tg-archive database"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """Its tables."""
        return table_match(sample, _TABLES)

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, TgArchiveReader)


FORMAT = TgArchiveFormat()

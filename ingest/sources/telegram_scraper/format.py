"""Files of unnohwn/telegram-scraper: a SQLite database for each channel, and its exports as CSV and JSON."""

from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.csv_table.head import sample_head
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.sqlite_files import table_match
from ingest.sources.telegram_scraper.reader import TelegramScraperReader

COLUMNS = {"message_id", "date", "sender_id", "message", "media_type", "media_path", "reply_to"}


class TelegramScraperFormat(SeparateFiles):
    """``id`` (a row number), ``message_id``, ``date`` (UTC), ``sender_id``, ``message``, ``media_type``, ..."""

    name = "telegram-scraper"
    title = "telegram-scraper (unnohwn)"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """Its columns, in any of the three."""
        found = table_match(sample, {"messages": COLUMNS})
        if found is not None:
            return found
        if sample.json is not None:
            return FormatMatch(Certainty.CERTAIN) if set(sample.json.first_keys) >= COLUMNS else None
        head = sample_head(sample) if "media_path" in sample.header else None
        return FormatMatch(Certainty.CERTAIN) if head is not None and set(head.columns) >= COLUMNS else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, TelegramScraperReader)


FORMAT = TelegramScraperFormat()

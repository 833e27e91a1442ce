"""How both forms of 4CAT's data sets are recognised."""

from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.csv_table.head import sample_head
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.fourcat.csv_reader import FourcatCsvReader
from ingest.sources.fourcat.ndjson_reader import FourcatNdjsonReader
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample

_COLUMNS = {"id", "thread_id", "chat", "body", "unix_timestamp", "attachment_type"}


class FourcatCsvFormat(SeparateFiles):
    """``id,thread_id,chat,author,...,body,...,unix_timestamp,...``."""

    name = "4cat-csv"
    title = "4CAT (CSV)"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """Its names of columns for Telegram; other data sources of 4CAT have others."""
        if "thread_id" not in sample.header:
            return None
        head = sample_head(sample)
        return FormatMatch(Certainty.CERTAIN) if head is not None and set(head.columns) >= _COLUMNS else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, FourcatCsvReader)


class FourcatNdjsonFormat(SeparateFiles):
    """Telethon's messages with ``_type`` instead of ``_``, and ``_chat`` beside them."""

    name = "4cat-ndjson"
    title = "4CAT (NDJSON)"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """4CAT's own names within a message."""
        shape = sample.json
        if shape is None:
            return None
        keys = set(shape.first_keys) | set(() if shape.is_list else shape.keys)
        is_message = '"_type"' in sample.text and bool({"_chat", "message_markdown", "_sender"} & keys)
        return FormatMatch(Certainty.CERTAIN) if is_message and {"id", "message"} <= keys else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, FourcatNdjsonReader)


CSV_FORMAT, NDJSON_FORMAT = FourcatCsvFormat(), FourcatNdjsonFormat()

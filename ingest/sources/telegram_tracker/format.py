"""CSV files of telegram-tracker, and of the data sets made with it (GRTM)."""

from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.csv_table.head import sample_head
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.telegram_tracker.reader import TelegramTrackerReader

_MARKS = {"msg_id", "message", "msg_link", "number_forwards", "forward_msg_from_peer_id"}


class TelegramTrackerFormat(SeparateFiles):
    """``signature,channel_id,channel_name,msg_id,message,...``, 49 columns or some of them."""

    name = "telegram-tracker"
    title = "telegram-tracker CSV"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """Its own names of columns."""
        if "msg_link" not in sample.header:
            return None
        head = sample_head(sample)
        return FormatMatch(Certainty.CERTAIN) if head is not None and set(head.columns) >= _MARKS else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, TelegramTrackerReader)


FORMAT = TelegramTrackerFormat()

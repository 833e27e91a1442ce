"""CSV files of Telepathy: archives of a chat, with ``;`` between cells."""

from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.csv_table.head import sample_head
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.telepathy.reader import TelepathyReader

_MARKS = {"To", "Message ID", "Message_text", "Timestamp", "Total_reactions"}
_COMPANIONS = (
    ({"Reply ID", "Message_text", "Timestamp"}, "comments on posts, of Telepathy"),
    ({"Source", "Target", "Label", "Timestamp"}, "forwards between channels, of Telepathy"),
)


class TelepathyFormat(SeparateFiles):
    """``;To;Message ID;Display_name;User ID;Message_text;...``."""

    name = "telepathy"
    title = "Telepathy CSV"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """Its own names of columns; its files of comments and forwards hold no posts."""
        if "Timestamp" not in sample.header:
            return None
        head = sample_head(sample)
        columns = set() if head is None else set(head.columns)
        if columns >= _MARKS:
            return FormatMatch(Certainty.CERTAIN)
        notes = [note for marks, note in _COMPANIONS if columns >= marks]
        return FormatMatch(Certainty.CERTAIN, holds_posts=False, note=notes[0]) if notes else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, TelepathyReader)


FORMAT = TelepathyFormat()

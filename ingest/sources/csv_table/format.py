"""CSV and TSV of any layout."""

from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.csv_table.head import sample_head
from ingest.sources.csv_table.reader import CsvReader
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.sample import Sample
from ingest.sources.table.names import is_named
from ingest.sources.table.source import TableSource

SUFFIXES = (".csv", ".tsv", ".tab", ".psv")


class CsvFormat(SeparateFiles):
    """Any table with commas, semicolons, tabs or bars between cells; columns by ``--map`` or a guess."""

    name = "csv"
    title = "CSV table"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """A file that is named so, or that has a header whose names are those of posts."""
        is_named_so = sample.base_name.lower().endswith(SUFFIXES)
        head = sample_head(sample)
        if head is None:
            return None
        if len(head.columns) > 2 and is_named(head.columns):
            return FormatMatch(Certainty.LIKELY)
        return FormatMatch(Certainty.FALLBACK) if is_named_so else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return TableSource(self.name, files, options, CsvReader)


FORMAT = CsvFormat()

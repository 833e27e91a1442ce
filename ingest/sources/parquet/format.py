"""Parquet files of any layout."""

from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.parquet.reader import ParquetReader
from ingest.sources.sample import Sample
from ingest.sources.table.source import TableSource

MAGIC = b"PAR1"
_METADATA_ALONE = ("_metadata", "_common_metadata")


class ParquetFormat(SeparateFiles):
    """Columns by ``--map`` or a guess, as for every table."""

    name = "parquet"
    title = "Parquet table"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """Its magic bytes."""
        if not sample.head.startswith(MAGIC):
            return None
        if sample.base_name in _METADATA_ALONE:
            return FormatMatch(Certainty.CERTAIN, holds_posts=False, note="metadata of a Parquet data set")
        return FormatMatch(Certainty.CERTAIN)

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return TableSource(self.name, files, options, ParquetReader)


FORMAT = ParquetFormat()

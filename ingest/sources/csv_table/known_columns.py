"""The reader of CSV files whose columns are known: formats of tools."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.context import ReadContext
from ingest.sources.csv_table.head import Head
from ingest.sources.csv_table.reader import CsvRows
from ingest.sources.format import ArchiveRecord, Filler
from schemas import RawPost

CsvRow = Mapping[str, str]


class FixedCsvReader:
    """Subclasses give ``id_column`` and ``post_of``."""

    id_column: str
    post_of: Callable[[CsvRow, ArchiveRecord, ReadContext], RawPost | NoPost]
    """Raises InvalidRecordError."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        return CsvRows(self._file).records(self._begin)

    def _begin(self, head: Head) -> str:
        return self.id_column

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        row: CsvRow = record.value  # type: ignore[assignment]
        return type(self).post_of(row, record, self._context)

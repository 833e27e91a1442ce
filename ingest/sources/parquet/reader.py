"""Rows of a Parquet file, a batch of one row group at a time, so that memory does not grow with the file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ingest.errors import SourceUnreadableError
from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from ingest.sources.parquet.batches import rows_of
from ingest.sources.table.columns import Layout
from ingest.sources.table.fields import RowMapper
from ingest.sources.table.guess import SAMPLE_ROWS, flat_columns
from ingest.sources.table.source import layout_of
from runtime.errors import FatalError
from runtime.extras import how_to_install
from schemas import RawPost, RejectReason

if TYPE_CHECKING:
    import pyarrow.parquet as pq

BATCH_ROWS = 500
_BUFFER_BYTES = 1 << 20
_FAULTS = (OSError, ValueError, KeyError, MemoryError, NotImplementedError)
"""What pyarrow's own errors derive from."""


class ParquetReader:
    """Posts of a table of any layout."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._mapper: RowMapper | None = None

    def layout(self) -> Layout:
        """See ``HasLayout``."""
        with self._opened() as table:
            return self._layout(table)

    def _layout(self, table: "pq.ParquetFile") -> Layout:
        rows: list[dict[str, Any]] = []
        if table.metadata.num_row_groups:
            first = next(self._batches(table, 0, SAMPLE_ROWS), [])
            rows = [row for row in first if isinstance(row, dict)]
        nested = [name for name in flat_columns(rows) if "." in name]
        return layout_of((*table.schema_arrow.names, *nested), list(rows), self._context)

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        with self._opened() as table:
            self._mapper = RowMapper(self._layout(table), self._context)
            number = 0
            for group in range(table.metadata.num_row_groups):
                end = number + table.metadata.row_group(group).num_rows
                for batch in self._batches(table, group, BATCH_ROWS):
                    for row in batch:
                        number += 1
                        yield _record(number, row)
                if number < end:
                    error = f"row group {group + 1} cannot be read: {counted_rows(number + 1, end)} are lost"
                    yield ArchiveRecord(
                        b"", end, number=number + 1, error=InvalidRecordError(error, reason=RejectReason.INVALID_FIELD)
                    )
                    number = end

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        assert self._mapper is not None
        return self._mapper.post_of(record)

    @staticmethod
    def _batches(table: "pq.ParquetFile", group: int, rows: int) -> Iterator[list[dict[str, Any] | InvalidRecordError]]:
        """Rows of a group; fewer than it has when it is damaged."""
        batches = table.iter_batches(rows, row_groups=[group], use_threads=False)
        while True:
            try:
                batch = next(batches, None)
            except _FAULTS:
                return
            if batch is None:
                return
            yield rows_of(batch)

    @contextmanager
    def _opened(self) -> Iterator["pq.ParquetFile"]:
        try:
            import pyarrow.parquet as pq
        except ImportError:
            raise FatalError(f"Parquet files need the extra 'parquet': {how_to_install('parquet')}") from None
        with self._file.local() as path:
            path.open("rb").close()  # says better why it cannot be opened
            try:
                table = pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER_BYTES)
                table.schema_arrow  # noqa: B018 - damage of the schema shows here
            except _FAULTS as error:
                reason = str(error).partition("\n")[0].replace(str(path), self._file.name)
                raise SourceUnreadableError(f"{self._file.name}: damaged, or no Parquet file ({reason}).") from None
            with table:
                yield table


def counted_rows(first: int, last: int) -> str:
    """Rows by their numbers."""
    return f"rows {first:,} to {last:,}"


def _record(number: int, row: dict[str, Any] | InvalidRecordError) -> ArchiveRecord:
    if isinstance(row, InvalidRecordError):
        return ArchiveRecord(b"", number, number=number, error=row)
    return ArchiveRecord(repr(row).encode("utf-8", "replace"), number, number=number, value=row)

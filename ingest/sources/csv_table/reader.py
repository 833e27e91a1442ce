"""Rows of a CSV file, each as an object of its columns."""

from collections.abc import Callable, Iterator, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.byte_window import ByteWindow
from ingest.sources.context import ReadContext
from ingest.sources.csv_table.head import HEAD_BYTES, Head, read_head
from ingest.sources.csv_table.splitter import CsvSplitter, IsRow
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.table import cells
from ingest.sources.table.columns import Layout
from ingest.sources.table.fields import RowMapper
from ingest.sources.table.source import layout_of
from ingest.sources.text_encoding import utf8
from schemas import RawPost


class CsvRows:
    """Rows of one file; formats of a fixed layout use it directly."""

    def __init__(self, file: ArchiveFile) -> None:
        self._file = file

    def read_head(self) -> Head:
        """The head alone."""
        with self._file.open() as stream:
            return _head(ByteWindow(utf8(stream)))

    def records(self, on_head: Callable[[Head], str | None]) -> Iterator[ArchiveRecord | Filler]:
        """Every row (``value``: column -> cell) behind the header.

        ``on_head`` is called before the first, and names the column of ids, by which whole rows are recognised behind
        a broken one.
        """
        with self._file.open() as stream:
            yield from csv_rows(ByteWindow(utf8(stream)), on_head)


def csv_rows(window: ByteWindow, on_head: Callable[[Head], str | None]) -> Iterator[ArchiveRecord | Filler]:
    """See ``CsvRows.records``; of content that is open already."""
    head = _head(window)
    id_column = on_head(head)
    line = 1 + (window.peek(head.end).count(b"\n") or window.peek(head.end).count(b"\r"))
    if head.end:
        yield Filler(window.take(head.end))
    yield from CsvSplitter(window, head.dialect, head.columns, line, _row_check(head, id_column)).records()


def _head(window: ByteWindow) -> Head:
    is_whole = not window.fill_to(HEAD_BYTES)
    return read_head(window.peek(HEAD_BYTES), is_whole=is_whole)


def _row_check(head: Head, id_column: str | None) -> IsRow:
    if id_column in head.columns:
        at = head.columns.index(id_column)
        return lambda row: cells.is_id(row[at]) or "/" in row[at] or "-" in row[at]
    return lambda row: any(map(cells.is_date, row))


class CsvReader:
    """Posts of a table of any layout."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._rows = CsvRows(self._file)
        self._mapper: RowMapper | None = None

    def layout(self) -> Layout:
        """See ``HasLayout``."""
        return self._layout(self._rows.read_head())

    def _layout(self, head: Head) -> Layout:
        return layout_of(head.columns, head.rows, self._context)

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        return self._rows.records(self._begin)

    def _begin(self, head: Head) -> str | None:
        layout = self._layout(head)
        self._mapper = RowMapper(layout, self._context)
        return layout.fields.get("id")

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        assert self._mapper is not None
        return self._mapper.post_of(record)

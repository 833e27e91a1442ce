"""Rows of a data frame."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

import orjson

from ingest.errors import UnknownColumnsError
from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import MAX_INPUT_BYTES, NoPost
from ingest.sources.byte_window import ByteWindow
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from ingest.sources.json_comments import utf8_json
from ingest.sources.json_members import CUT, find, members, skip_blank, value
from ingest.sources.json_text import has_half_pair, parse_json, parse_object
from ingest.sources.json_values import Ending, blanks, skip_value, value_end
from ingest.sources.pandas_json.frame_layout import FrameLayout, frame_layout_of
from ingest.sources.sample import SAMPLE_BYTES
from ingest.sources.table.columns import Layout
from ingest.sources.table.fields import RowMapper
from ingest.sources.table.guess import SAMPLE_ROWS, flat_columns
from ingest.sources.table.source import layout_of
from schemas import RawPost, RejectReason
from schemas.plurals import counted

KEY = "key"
"""The column of what rows are called by, for ``--map``: the ids of messages, or numbers of rows."""
_RECORDS = "pandas.read_json(FILE).to_json(OUT, orient='records', lines=True) writes it row by row"
_Rows = Iterator[ArchiveRecord | Filler]
_NEXT_LIST = re.compile(rb"(?<=\])\s*+,\s*+(?=\[)")
_LISTS_END = re.compile(rb'\]\s*+(?:,\s*+"|\}?\s*+\Z)')
"""The bracket that closes the rows: another member is behind it, or the end of the file."""
_LISTS_END_BYTES = 4096


class PandasJsonReader:
    """Posts of a data frame; row by row, but for the layout that has column after column."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._mapper: RowMapper | None = None

    def layout(self) -> Layout:
        """See ``HasLayout``."""
        with self._file.open() as stream:
            return self._layout(self._head(self._rows(ByteWindow(utf8_json(stream)))))

    def records(self) -> _Rows:
        """See ``RecordReader``."""
        with self._file.open() as stream:
            rows = self._rows(ByteWindow(utf8_json(stream)))
            head = self._head(rows)
            found = [each for each in head if isinstance(each, ArchiveRecord)]
            if len(found) == SAMPLE_ROWS or any(each.error is None for each in found):
                self._mapper = RowMapper(self._layout(head), self._context)
            yield from chain(head, rows)

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        assert self._mapper is not None
        return self._mapper.post_of(record)

    @staticmethod
    def _head(rows: _Rows) -> list[ArchiveRecord | Filler]:
        """The first rows, by which columns are recognised."""
        head: list[ArchiveRecord | Filler] = []
        count = 0
        while count < SAMPLE_ROWS and (each := next(rows, None)) is not None:
            head.append(each)
            count += isinstance(each, ArchiveRecord)
        return head

    def _layout(self, head: list[ArchiveRecord | Filler]) -> Layout:
        rows = [each.value for each in head if isinstance(each, ArchiveRecord) and isinstance(each.value, dict)]
        columns = flat_columns(rows)
        layout = layout_of(columns, rows, self._context, unguessed=(KEY,))
        if KEY in columns and not {"id", "link"} & set(layout.fields):
            raise UnknownColumnsError(
                f"{self._file.name}: its rows have no column of ids, and what they are called by may be mere numbers. "
                f"--map 'id={KEY},{layout.as_map()}' says that they are ids"
            )
        return layout

    def _rows(self, window: ByteWindow) -> _Rows:
        """Rows, each with its number and as an object."""
        window.fill_to(SAMPLE_BYTES)
        yield from blanks(window)
        frame = frame_layout_of(window.peek(SAMPLE_BYTES).decode(errors="replace"))
        if frame is FrameLayout.SPLIT:
            found = self._split(window)
        elif frame is FrameLayout.BY_COLUMN:
            found = self._by_column(window)
        elif frame in (FrameLayout.BY_KEY, FrameLayout.BY_CHANNEL):
            found = self._by_key(window, {}, is_by_channel=frame is FrameLayout.BY_CHANNEL)
        else:
            raise UnknownColumnsError(f"{self._file.name}: no layout of DataFrame.to_json that can be read.")
        number = 0
        for each in found:
            if isinstance(each, ArchiveRecord):
                number += 1
                each = each._replace(number=number)
            yield each

    def _split(self, window: ByteWindow) -> _Rows:
        columns: list[object] = []
        for member in members(window):
            if isinstance(member, InvalidRecordError):
                yield _ended(window, member)
                return
            skip_blank(window)
            if member.key == "columns":
                found = value(window)
                columns = found.value if isinstance(found.value, list) else []
                yield Filler(found.raw)
            elif member.key == "data" and window.peek(1) == b"[":
                yield Filler(window.take(1))
                for each in _lists(window):
                    yield _named(each, columns) if isinstance(each, ArchiveRecord) else each
                    if isinstance(each, ArchiveRecord) and each.is_open:
                        return
            else:
                yield from skip_value(window)

    def _by_key(self, window: ByteWindow, around: dict[str, object], *, is_by_channel: bool) -> _Rows:
        next_row: re.Pattern[bytes] | None = None
        is_numbered = None
        for member in members(window):
            if isinstance(member, InvalidRecordError):
                yield _ended(window, member)
                return
            if is_by_channel:
                yield from self._by_key(window, {"channel": member.key}, is_by_channel=False)
                continue
            if is_numbered is None:
                is_numbered = member.key == "0"  # as pandas numbers rows
            found = _row(window, next_row)
            if next_row is None and isinstance(found.value, dict) and found.value:
                first = re.escape(orjson.dumps(next(iter(found.value))))
                next_row = re.compile(rb'\}\s*,\s*"[^"\\]{1,200}"\s*:\s*\{\s*' + first + rb"\s*:")
            called = around if is_numbered else around | {KEY: member.key}
            row = called | found.value if isinstance(found.value, dict) else found.value
            yield found._replace(raw=member.key.encode() + found.raw, value=row)
            if found.is_open:
                return

    def _by_column(self, window: ByteWindow) -> _Rows:
        window.fill_to(MAX_INPUT_BYTES + 1)
        if len(window) > MAX_INPUT_BYTES:
            raise UnknownColumnsError(
                f"{self._file.name}: a table that is written column by column can be read up to "
                f"{MAX_INPUT_BYTES >> 20} MB only. {_RECORDS}."
            )
        raw = window.take(len(window))
        try:
            columns = parse_object(raw)
        except InvalidRecordError as error:
            yield ArchiveRecord(raw, len(raw), 0, error=error, is_open=True)
            return
        if has_half_pair(raw):
            self._context.replaced_half_pair()
        tables = {name: column for name, column in columns.items() if isinstance(column, dict)}
        keys = dict.fromkeys(key for column in tables.values() for key in column)
        is_numbered = next(iter(keys), None) == "0"
        for end, key in enumerate(keys, 1):
            row: dict[str, object] = {name: column.get(key) for name, column in tables.items()}
            named = row if is_numbered else {KEY: key} | row
            yield ArchiveRecord(orjson.dumps(named), end, value=named)


def _lists(window: ByteWindow) -> _Rows:
    """Rows that are lists, to behind the bracket that ends them all; a broken one ends before the next."""
    while True:
        yield from blanks(window)
        if not window:
            yield _ended(window, CUT)
            return
        if window.peek(1) == b"]":
            behind = None if _is_lists_end(window) else find(window, _NEXT_LIST)
            if behind is None:
                yield Filler(window.take(1))
                return
            offset, raw = window.offset, window.take(behind)
            what = f"a bracket too many closes the rows; left out up to the next: {counted(behind, 'byte')}"
            error = InvalidRecordError(what, reason=RejectReason.INVALID_JSON)
            yield ArchiveRecord(raw, window.offset, offset, error=error)
        else:
            found = value(window, _NEXT_LIST)
            yield found
            if found.is_open:
                return


def _is_lists_end(window: ByteWindow) -> bool:
    window.fill_to(_LISTS_END_BYTES)
    return window.match(_LISTS_END) is not None


def _row(window: ByteWindow, next_row: re.Pattern[bytes] | None) -> ArchiveRecord:
    """The row at the front; a broken one ends before the next, of which no text looks like the beginning: quotes within
    texts have a backslash before them.
    """
    if next_row is None:
        return value(window)
    while (found := window.search(next_row)) is None and len(window) < MAX_INPUT_BYTES and window.fill():
        pass
    if found is None:
        return value(window)
    row, fault, raw = None, None, window.peek(found[0] + 1)
    try:
        row = parse_json(raw)
    except InvalidRecordError as error:
        if _is_whole_beyond(window, len(raw)):  # rows within the row
            return value(window)
        fault = error
    offset = window.offset
    window.take(len(raw))
    return ArchiveRecord(raw, window.offset, offset, value=row, error=fault)


def _is_whole_beyond(window: ByteWindow, least: int) -> bool:
    """Whether the value at the front is sound, and longer than some bytes, but not by much."""
    end, ending = value_end(window, least + SAMPLE_BYTES)
    try:
        parse_json(window.peek(end))
    except InvalidRecordError:
        return False
    return ending is Ending.WHOLE and end > least


def _named(record: ArchiveRecord, columns: list[object]) -> ArchiveRecord:
    """A row of ``data`` by the names of its columns."""
    if record.error is not None:
        return record
    if not isinstance(record.value, list) or len(record.value) != len(columns):
        return record._replace(error=InvalidRecordError(f"expected a list of {len(columns)} cells"))
    return record._replace(value=dict(zip(map(str, columns), record.value, strict=True)))


def _ended(window: ByteWindow, error: InvalidRecordError) -> ArchiveRecord:
    """What ends the file too early."""
    return ArchiveRecord(b"", window.offset + 1, window.offset, error=error, is_open=True)

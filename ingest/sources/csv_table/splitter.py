"""Records of a CSV file out of a stream of bytes: each with its place, a broken one without harm to its neighbours."""

import csv
from collections.abc import Callable, Iterator, Sequence

from ingest.sources.base import MAX_INPUT_BYTES
from ingest.sources.byte_window import ByteWindow
from ingest.sources.csv_table.dialect import CsvDialect
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from schemas import RejectReason
from schemas.plurals import counted

_LINE_END = rb"(?:\r\n|\n|\r)"
_RESYNC_LINES = 2000
"""Lines behind an open quote among which the next record is looked for."""
_TOO_LARGE = InvalidRecordError(f"longer than {MAX_INPUT_BYTES} bytes", reason=RejectReason.TOO_LARGE)
_CUT = InvalidRecordError("the file ends within this record")

IsRow = Callable[[list[str]], bool]
"""Whether cells can be a row of the table, judged by its id or date: texts also hold lines with delimiters."""


class CsvSplitter:
    """Splits what follows the header. ``value`` of a record is its row: column -> cell.

    A quote that is not closed would take in the rows behind it: where a record of several lines cannot be right, the
    first of its lines that begins a whole row ends it.
    """

    def __init__(
        self, window: ByteWindow, dialect: CsvDialect, columns: Sequence[str], line: int, is_row: IsRow
    ) -> None:
        self._window, self._dialect, self._is_row = window, dialect, is_row
        self._columns, self._width = columns, len(columns)
        self._line = line
        self._pattern, self._last = dialect.pattern(_LINE_END), dialect.pattern(rb"\Z")

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """Every record; blank lines are fillers."""
        window = self._window
        while window or window.fill():
            end, is_whole = self._end()
            if end is None:
                yield from self._without_end()
                continue
            raw = window.peek(end)
            if not raw.strip(b"\r\n\0 ") and len(raw) < 3:
                self._line += raw.count(b"\n")
                yield Filler(window.take(end))
                continue
            yield self._record(raw, is_open=not is_whole)

    def _end(self) -> tuple[int | None, bool]:
        """Where the record at the front ends, and whether its line end is there; None when it has none."""
        window = self._window
        while True:
            end = window.match_end(self._pattern)
            if end is not None:
                if end < len(window) or window.peek(1, end - 1) != b"\r" or not window.fill():
                    return end, True
            elif len(window) > MAX_INPUT_BYTES:
                return None, False
            elif not window.fill():
                return window.match_end(self._last), False

    def _record(self, raw: bytes, *, is_open: bool) -> ArchiveRecord:
        try:
            cells = self._cells(raw)
        except InvalidRecordError as error:
            return self._broken(raw, error, is_open=is_open)
        if len(cells) == self._width:
            return self._taken(len(raw), value=dict(zip(self._columns, cells, strict=True)), is_open=is_open)
        what = f"{counted(len(cells), 'column')} instead of {self._width}"
        is_cut = is_open and len(cells) < self._width
        return self._broken(raw, _CUT if is_cut else InvalidRecordError(what), is_open=is_open)

    def _cells(self, raw: bytes) -> list[str]:
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            message = f"invalid UTF-8 at byte {error.start} of the record; another encoding has to be converted first"
            raise InvalidRecordError(message, at=error.start) from None
        if (at := raw.find(0)) >= 0:
            raise InvalidRecordError(f"NUL at byte {at} of the record", at=at)
        try:
            return self._dialect.cells(text.rstrip("\r\n") if text.endswith(("\r", "\n")) else text)
        except csv.Error:
            raise InvalidRecordError("a quote is out of place") from None

    def _broken(self, raw: bytes, error: InvalidRecordError, *, is_open: bool) -> ArchiveRecord:
        start = self._next_row(len(raw))
        if start is None:
            return self._taken(len(raw), error=error, is_open=is_open)
        return self._taken(start, error=error if error.at is not None else InvalidRecordError("a quote is not closed"))

    def _next_row(self, end: int) -> int | None:
        """Where, behind the first line, a whole row begins."""
        window, at = self._window, 0
        for _ in range(_RESYNC_LINES):
            at = window.find(b"\n", at) + 1
            if at <= 0 or at >= end:
                return None
            row_end = window.match_end(self._pattern, at) or window.match_end(self._last, at)
            if row_end is None:
                continue
            try:
                cells = self._cells(window.peek(row_end - at, at))
            except InvalidRecordError:
                continue
            if len(cells) == self._width and self._is_row(cells):
                return at
        return None

    def _without_end(self) -> Iterator[ArchiveRecord | Filler]:
        """A quote that is not closed until the end of the file, or for too long."""
        window = self._window
        start = self._next_row(len(window))
        if start is not None:
            yield self._taken(start, error=InvalidRecordError("a quote is not closed"))
        elif len(window) <= MAX_INPUT_BYTES:
            yield self._taken(len(window), error=_CUT, is_open=True)
        else:
            offset, line = window.offset, self._line
            while (end := window.find(b"\n")) < 0:
                yield Filler(window.take(len(window)))
                if not window.fill():
                    break
            self._line += 1
            yield Filler(window.take(end + 1))
            yield ArchiveRecord(b"", window.offset, offset, line, error=_TOO_LARGE)

    def _taken(
        self, length: int, value: object = None, error: InvalidRecordError | None = None, *, is_open: bool = False
    ) -> ArchiveRecord:
        offset, line = self._window.offset, self._line
        raw = self._window.take(length)
        self._line += raw.count(b"\n") or raw.count(b"\r")
        return ArchiveRecord(raw, self._window.offset, offset, line, value=value, error=error, is_open=is_open)

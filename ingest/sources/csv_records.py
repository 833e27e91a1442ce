"""Rows of comma-separated files, whose quoted fields may hold line breaks."""

import csv
import io
from collections.abc import Iterator
from typing import Protocol

from ingest.sources.base import MAX_INPUT_BYTES
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from schemas import RejectReason

_MAX_FIELD_CHARS = MAX_INPUT_BYTES
_MAX_ROW_BYTES = 256 << 10
"""Longest row that is looked for behind an open quote: a text of Telegram's has 4,096 characters."""
_CUT_ROW_BYTES = 64 << 10
_CUT = InvalidRecordError("the file ends within this row", reason=RejectReason.INVALID_FIELD)
_OPEN_QUOTE = InvalidRecordError("a quote is not closed", reason=RejectReason.INVALID_FIELD)
_NOT_UTF8 = "invalid UTF-8 at byte {at} of the row"


class Lines(Protocol):
    """A stream that is read line by line."""

    def readline(self, size: int, /) -> bytes:
        """The next line, or its first ``size`` bytes; nothing at the end."""


def csv_rows(stream: Lines, delimiter: str = ",") -> Iterator[ArchiveRecord | Filler]:
    """A record for each row, with the dict of its fields by the names of the first line."""
    csv.field_size_limit(_MAX_FIELD_CHARS)
    lines = _Rows(stream)
    header: list[str] | None = None
    for each in lines.rows():
        if header is None and isinstance(each, ArchiveRecord) and each.error is None:
            header = [name.strip().lower() for name in _fields(each.raw, delimiter)]
            yield Filler(each.raw)
        elif isinstance(each, ArchiveRecord) and each.error is None:
            yield _parsed(each, header or [], delimiter)
        else:
            yield each


def _parsed(record: ArchiveRecord, header: list[str], delimiter: str) -> ArchiveRecord:
    try:
        fields = _fields(record.raw, delimiter)
    except UnicodeDecodeError as error:
        message = _NOT_UTF8.format(at=error.start)
        return record._replace(error=InvalidRecordError(message, reason=RejectReason.INVALID_FIELD, at=error.start))
    except csv.Error as error:
        return record._replace(error=InvalidRecordError(str(error), reason=RejectReason.INVALID_FIELD))
    if len(fields) != len(header):
        what = f"it has {len(fields)} fields, the first line {len(header)}"
        return record._replace(error=InvalidRecordError(what, reason=RejectReason.INVALID_FIELD))
    return record._replace(value=dict(zip(header, fields, strict=True)))


def _fields(raw: bytes, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(raw.decode(), newline=""), delimiter=delimiter, strict=True), [])


class _Rows:
    """Splits rows: a line break between an odd number of quotes belongs to a field."""

    def __init__(self, stream: Lines) -> None:
        self._stream = stream
        self._given_back: list[bytes] = []
        self._offset, self._line = 0, 1

    def rows(self) -> Iterator[ArchiveRecord | Filler]:
        while line := self._next():
            if line.isspace():
                self._pass(line)
                yield Filler(line)
                continue
            if line.count(b'"') % 2:
                yield self._joined(line)
            else:
                yield self._built(line)

    def _next(self) -> bytes:
        return self._given_back.pop() if self._given_back else self._stream.readline(MAX_INPUT_BYTES)

    def _joined(self, first: bytes) -> ArchiveRecord:
        """A row of several lines. Where the quote is never closed, the file is cut, if its end is near; else the quote
        is a stray one, and its first line alone is rejected.
        """
        parts, size, is_open = [first], len(first), True
        while is_open and size < _MAX_ROW_BYTES and (line := self._next()):
            parts.append(line)
            size += len(line)
            is_open = line.count(b'"') % 2 == 0
        if not is_open:
            return self._built(b"".join(parts))
        if size < _CUT_ROW_BYTES:
            return self._built(b"".join(parts), _CUT, is_open=True)
        self._given_back.extend(reversed(parts[1:]))
        return self._built(first, _OPEN_QUOTE)

    def _built(self, raw: bytes, error: InvalidRecordError | None = None, *, is_open: bool = False) -> ArchiveRecord:
        offset, line = self._offset, self._line
        self._pass(raw)
        is_open = is_open or not raw.endswith(b"\n")
        return ArchiveRecord(raw, self._offset, offset, line, error=error, is_open=is_open)

    def _pass(self, raw: bytes) -> None:
        self._offset += len(raw)
        self._line += raw.count(b"\n")

"""The beginning of a CSV file: dialect, header, and first rows by which columns are recognised."""

import re
from typing import NamedTuple

from ingest.sources.channel_fields import parse_id
from ingest.sources.csv_table.dialect import DELIMITERS, CsvDialect, first_records, separator_line, sniff
from ingest.sources.sample import Sample
from ingest.sources.table import cells
from ingest.sources.table.columns import unique_names
from ingest.sources.table.guess import SAMPLE_ROWS, CellsByColumn

HEAD_BYTES = 256 << 10
_LINE_END = rb"(?:\r\n|\n|\r)"
_BLANK_LINES = re.compile(rb"(?:[ \t]*(?:\r\n|\n|\r))*")
_LONGEST_NAME = 80


class Head(NamedTuple):
    """What is known of a file before its rows are read."""

    dialect: CsvDialect
    columns: tuple[str, ...]
    """Names of the columns; their numbers where the file has no header."""
    end: int
    """Byte behind the header."""
    rows: list[CellsByColumn]
    """The first rows."""


def read_head(head: bytes, *, is_whole: bool, delimiters: str = DELIMITERS) -> Head:
    """The head of a file from its first bytes in UTF-8."""
    start = 0
    named = separator_line(head)
    if named is not None:
        delimiters, start = named
    blank = _BLANK_LINES.match(head, start)
    start = blank.end() if blank else start
    dialect = sniff(head[start:], is_whole=is_whole, delimiters=delimiters)
    records = [found for found in first_records(dialect, head[start:], SAMPLE_ROWS + 1, is_whole=is_whole) if found]
    if not records:
        return Head(dialect, (), start, [])
    header = records[0]
    if _is_header(header):
        columns, rows = unique_names(header), records[1:]
        pattern = dialect.pattern(_LINE_END).match(head, start)
        end = pattern.end() if pattern else len(head)
    else:
        columns, rows, end = tuple(str(number + 1) for number in range(len(header))), records, start
    return Head(dialect, columns, end, [dict(zip(columns, row, strict=False)) for row in rows])


def sample_head(sample: Sample) -> Head | None:
    """The head of what may be a table; None for markup, JSON and binary files."""
    if not sample.head or sample.text[:1] in ("{", "[", "<") or sample.head[:4] in (b"PAR1", b"SQLi", b"PK\x03\x04"):
        return None
    return read_head(sample.text.encode("utf-8", "replace"), is_whole=sample.is_whole)


def _is_header(row: list[str]) -> bool:
    """Names of columns are short, and neither dates nor large numbers."""
    return bool(any(cell.strip() for cell in row)) and not any(
        len(cell) > _LONGEST_NAME or "\n" in cell or cells.is_date(cell) or _is_number(cell) for cell in row
    )


def _is_number(cell: str) -> bool:
    number = parse_id(cell)
    return type(number) is int and abs(number) > 99

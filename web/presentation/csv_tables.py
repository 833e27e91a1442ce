"""CSV that a spreadsheet opens as text, whatever a post says."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_table(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> bytes:
    """A table with a heading, in UTF-8 with a mark, so that spreadsheets read it so."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode(errors="replace")


def _cell(value: object) -> object:
    """Foreign text never begins a formula."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value

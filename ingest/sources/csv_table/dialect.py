"""How a CSV file is written: what is between its cells, and how a quote within quotes is written."""

import csv
import re
from collections import Counter
from typing import NamedTuple

DELIMITERS = ",;\t|"
_SAMPLE_RECORDS = 50
_SEPARATOR_LINE = re.compile(rb"sep=(.)\r?\n")


class CsvDialect(NamedTuple):
    """A CSV dialect; quotes are ``"``."""

    delimiter: str = ","
    is_backslash: bool = False
    """A quote within quotes is written with a backslash instead of twice."""

    def pattern(self, end: bytes) -> re.Pattern[bytes]:
        """Matches one record whose last cell is followed by ``end``."""
        between = re.escape(self.delimiter).encode()
        inside = rb'(?:[^"\\]++|\\.|"")*+' if self.is_backslash else rb'[^"]*+(?:""[^"]*+)*+'
        plain = rb"[^" + between + rb"\r\n]*+"
        cell = rb'(?:"' + inside + rb'"' + plain + rb'|(?!")' + plain + rb")"
        return re.compile(cell + rb"(?:" + between + cell + rb")*+" + end, re.DOTALL)

    def cells(self, text: str) -> list[str]:
        """Cells of one record; raises csv.Error for quotes that are out of place."""
        if len(text) > csv.field_size_limit():
            return self._long_cells(text)
        return next(
            csv.reader(
                (text,),
                delimiter=self.delimiter,
                doublequote=True,
                escapechar="\\" if self.is_backslash else None,
                strict=True,
            ),
            [],
        )

    def _long_cells(self, text: str) -> list[str]:
        """The same for cells above csv's limit, which is one for the whole process and so is left alone."""
        between = re.escape(self.delimiter)
        inside = r'(?:[^"\\]++|\\.|"")*+' if self.is_backslash else r'[^"]*+(?:""[^"]*+)*+'
        pattern = re.compile(rf'(?:^|{between})(?:"({inside})"(?={between}|$)|((?!")[^{between}]*+))', re.DOTALL)
        found, end = [], 0
        for match in pattern.finditer(text):
            if match.start() != end:
                break
            end = match.end()
            found.append(match[2] if match[1] is None else self._unquoted(match[1]))
        if end != len(text):
            raise csv.Error("a quote is out of place")
        return found

    def _unquoted(self, inside: str) -> str:
        text = inside.replace('""', '"')
        return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL) if self.is_backslash else text


def separator_line(head: bytes) -> tuple[str, int] | None:
    """The delimiter that a spreadsheet names in a first line ``sep=;``, and the length of that line."""
    match = _SEPARATOR_LINE.match(head)
    return (match[1].decode("latin-1"), match.end()) if match else None


def sniff(head: bytes, *, is_whole: bool = False, delimiters: str = DELIMITERS) -> CsvDialect:
    """The dialect in which the first records have the most alike numbers of cells, and the most cells."""
    backslashes = (False, True) if b'\\"' in head else (False,)
    candidates = [CsvDialect(delimiter, is_backslash) for is_backslash in backslashes for delimiter in delimiters]
    return max(candidates, key=lambda dialect: _score(dialect, head, is_whole=is_whole))


def _score(dialect: CsvDialect, head: bytes, *, is_whole: bool) -> tuple[float, int]:
    records = first_records(dialect, head, _SAMPLE_RECORDS, is_whole=is_whole)
    widths = [0 if cells is None else len(cells) for cells in records]
    if not widths or widths[0] < 2:
        return 0.0, 0
    _, times = Counter(widths).most_common(1)[0]
    alike = sum(width == widths[0] for width in widths)
    return round(max(alike, times * 0.5) / len(widths), 1), widths[0]


def first_records(dialect: CsvDialect, head: bytes, most: int, *, is_whole: bool = False) -> list[list[str] | None]:
    """The first records of a file, without blank lines; None for one that cannot be split."""
    pattern, last = dialect.pattern(rb"(?:\r\n|\n|\r)"), dialect.pattern(rb"\Z")
    found: list[list[str] | None] = []
    at = 0
    while len(found) < most and at < len(head):
        match = pattern.match(head, at) or (last.match(head, at) if is_whole else None)
        if match is None:
            break
        at = match.end()
        text = match[0].decode("utf-8", "replace").rstrip("\r\n")
        if text:
            try:
                found.append(dialect.cells(text))
            except csv.Error:
                found.append(None)
        if match.end() == match.start():
            break
    return found

"""The formats of an export: each takes pages of posts and writes bytes."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import IO, Protocol

from sinks.store.reading.details import Copy
from sinks.store.reading.posts import StoredPost
from tgwire.exports.graph import SpreadGraph
from tgwire.extras import needs
from web.presentation.columns import COLUMNS


class ExportFormat(StrEnum):
    """The formats of ``tgwire export``."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    GEXF = "gexf"


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Posts of an export, with what their format needs besides."""

    posts: Sequence[StoredPost]
    records: Sequence[bytes] = ()
    """Each one's record, empty where it is gone."""
    copies: Mapping[str, Copy] = field(default_factory=dict)
    """Of posts that repeat another one, by their keys: how."""


class ExportWriter(Protocol):
    """Writes posts to a file in one format."""

    def write(self, page: ExportPage) -> None:
        """Write a page of posts."""
        ...

    def close(self) -> None:
        """Write what is left; the file stays open."""
        ...


def writer(kind: ExportFormat, file: IO[bytes]) -> ExportWriter:
    """The writer of a format; ExtraMissingError where the format needs what is not installed."""
    match kind:
        case ExportFormat.JSONL:
            return _JsonLines(file)
        case ExportFormat.CSV:
            return _Csv(file)
        case ExportFormat.PARQUET:
            return _Parquet(file)
        case ExportFormat.GEXF:
            return _Gexf(file)


class _JsonLines:
    """The whole records, as ``posts.normalized`` has them."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, page: ExportPage) -> None:
        """Write one line for each record that is there."""
        self._file.writelines(record + b"\n" for record in page.records if record)

    def close(self) -> None:
        """See ``ExportWriter``: nothing is left to write."""


class _Csv:
    """One row for each post, in UTF-8."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._rows([list(COLUMNS)])

    def write(self, page: ExportPage) -> None:
        """Write a row for each post."""
        self._rows([[_cell(value(post)) for _, value in COLUMNS.values()] for post in page.posts])

    def _rows(self, rows: Iterable[Sequence[object]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        self._file.write(text.getvalue().encode())

    def close(self) -> None:
        """See ``ExportWriter``: nothing is left to write."""


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value).lower() if isinstance(value, bool) else value


class _Parquet:
    """One group of rows for each page."""

    def __init__(self, file: IO[bytes]) -> None:
        with needs("parquet"):
            from web.presentation.parquet import PostTable
        self._table = PostTable(file)

    def write(self, page: ExportPage) -> None:
        """Write a group of rows."""
        self._table.write(page.posts)

    def close(self) -> None:
        """Write the footer."""
        self._table.close()


class _Gexf:
    """Who copied whom among the posts, as a graph."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._graph = SpreadGraph()

    def write(self, page: ExportPage) -> None:
        """Count copies; nothing is written yet."""
        for post in page.posts:
            self._graph.add(post, page.copies.get(post.key))

    def close(self) -> None:
        """Write the whole graph."""
        self._graph.write(self._file)

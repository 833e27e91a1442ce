"""Posts as Parquet; needs pyarrow, of the extra ``parquet``."""

from collections.abc import Sequence
from datetime import datetime
from typing import IO

import pyarrow as pa
from pyarrow import parquet

from sinks.store.reading.posts import StoredPost
from web.presentation.columns import COLUMNS

_KINDS = {str: pa.string(), int: pa.int64(), bool: pa.bool_(), datetime: pa.timestamp("ms", tz="UTC")}
_SCHEMA = pa.schema([(name, _KINDS[kind]) for name, (kind, _) in COLUMNS.items()])


class PostTable:
    """One row for each post, written to a file in groups of rows."""

    def __init__(self, file: IO[bytes]) -> None:
        """The file stays open."""
        self._writer = parquet.ParquetWriter(file, _SCHEMA, compression="zstd")

    def write(self, posts: Sequence[StoredPost]) -> None:
        """Write posts as a group of rows."""
        rows = [{name: value(post) for name, (_, value) in COLUMNS.items()} for post in posts]
        self._writer.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA))

    def close(self) -> None:
        """Write the footer; the file stays open."""
        self._writer.close()

"""Lines of ``posts.normalized``."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.json_objects import json_objects
from ingest.sources.normalized.fields import post_of
from schemas import RawPost
from schemas.rank import microseconds


class NormalizedReader:
    """One post or tombstone a line."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        return json_objects(self._file)

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        return post_of(record, self._context, microseconds(datetime.now(UTC)))

"""Records of snscrape, newest first."""

from collections.abc import Iterator, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.json_objects import json_objects
from ingest.sources.snscrape.fields import post_of
from schemas import RawPost


class SnscrapeReader:
    """Posts of one channel or many."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        return json_objects(self._file)

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        return post_of(record, self._context)

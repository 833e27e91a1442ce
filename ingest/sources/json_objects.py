"""Objects one a line, one after the other, or in one list."""

import re
from collections.abc import Iterator

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.byte_window import ByteWindow
from ingest.sources.content import utf8
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.json_records import list_elements, object_sequence

_LIST = re.compile(rb"\s*\[")


def json_objects(file: ArchiveFile) -> Iterator[ArchiveRecord | Filler]:
    """Every object of a file, numbered from 1."""
    with file.open() as stream:
        window = ByteWindow(utf8(stream))
        window.fill()
        start = window.match_end(_LIST)
        if start is None:
            yield from object_sequence(window)
            return
        yield Filler(window.take(start))
        yield from list_elements(window)

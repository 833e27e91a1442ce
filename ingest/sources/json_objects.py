"""Objects one a line, one after the other, or in lists."""

from collections.abc import Iterator

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.json_comments import utf8_json
from ingest.sources.json_records import list_elements, object_sequence
from ingest.sources.json_values import blanks


def json_objects(file: ArchiveFile) -> Iterator[ArchiveRecord | Filler]:
    """Every object of a file, numbered from 1."""
    number = 0
    with file.open() as stream:
        window = ByteWindow(utf8_json(stream))
        while True:
            yield from blanks(window)
            if window.peek(1) != b"[":
                yield from object_sequence(window, first_number=number + 1)
                return
            yield Filler(window.take(1))
            for each in list_elements(window, first_number=number + 1):
                number += isinstance(each, ArchiveRecord)
                yield each

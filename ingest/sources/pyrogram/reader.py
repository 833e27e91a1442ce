"""Messages in a list, in lines, or one object after the other with nothing in between."""

import re
from collections.abc import Iterator, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.byte_window import ByteWindow
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.json_comments import utf8_json
from ingest.sources.json_frames import JsonFrames
from ingest.sources.pyrogram.fields import post_of
from ingest.sources.sample import object_keys
from schemas import RawPost

_MESSAGE = re.compile(rb'\{\s*"_"\s*:\s*"(?:[a-z]+\.(?:types\.)?)?Message"')


class PyrogramReader:
    """Each message says its own chat."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        with self._file.open() as stream:
            yield from JsonFrames(ByteWindow(utf8_json(stream)), _MESSAGE, _has_chat).records()

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        return post_of(record, self._context)


def _has_chat(head: bytes) -> bool:
    """Whether an object without the mark of its class is a message."""
    keys = object_keys(head.decode(errors="replace"), 0)
    return "chat" in keys and bool({"id", "message_id"} & set(keys))

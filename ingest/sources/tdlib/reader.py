"""Messages in a list, in lines, in answers such as ``messages``, or in updates."""

import re
from collections.abc import Iterator, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.byte_window import ByteWindow
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.json_comments import utf8_json
from ingest.sources.json_frames import JsonFrames
from ingest.sources.sample import object_keys
from ingest.sources.tdlib.chats import ChatNames
from ingest.sources.tdlib.fields import post_of
from schemas import RawPost

_RECORD = re.compile(rb'\{\s*"(?:@type|_|ID)"\s*:\s*"(?:message|update[A-Z][A-Za-z]*)"')


class TdlibReader:
    """Each message says its own chat."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._names = ChatNames()

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        with self._file.open() as stream:
            for each in JsonFrames(ByteWindow(utf8_json(stream)), _RECORD, _is_message, self._names.learn).records():
                if isinstance(each, ArchiveRecord):  # a log of updates describes chats among the messages
                    self._names.learn((), each.value)
                yield each

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        return post_of(record, self._names, self._context)


def _is_message(head: bytes) -> bool:
    """Whether an object that does not begin with its class is a message."""
    return {"id", "chat_id", "content"} <= set(object_keys(head.decode(errors="replace"), 0))

"""The frame of a tdl export: the chat's id, and its messages, newest first."""

import re
from collections.abc import Iterator, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.byte_window import ByteWindow
from ingest.sources.content import utf8
from ingest.sources.context import ReadContext
from ingest.sources.format import Filler, InvalidRecordError, Record
from ingest.sources.json_records import list_elements
from ingest.sources.mapping import ids
from ingest.sources.tdl.fields import post_of
from schemas import Channel, RawPost, RejectReason

_FRAME = re.compile(rb'\{\s*"id"\s*:\s*(-?[0-9]{1,20})\s*,\s*"messages"\s*:\s*\[')
_FRAME_BYTES = 1024


class TdlReader:
    """Messages of one chat."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._channel: Channel | None = None

    def records(self, after: int = 0) -> Iterator[Record | Filler]:
        """See ``RecordReader``."""
        with self._file.open() as stream:
            window = ByteWindow(utf8(stream))
            window.fill_to(_FRAME_BYTES)
            frame = _FRAME.match(window.peek(_FRAME_BYTES))
            if frame is None:
                error = InvalidRecordError("no head of a tdl export", reason=RejectReason.INVALID_JSON)
                yield Record(b"", 1, 0, number=1, error=error, is_open=True)
                return
            self._channel = self._context.channel(channel_id=ids.channel_id(int(frame[1]), "id"), fallback="")
            yield Filler(window.take(frame.end()))
            yield from list_elements(window)

    def post(self, record: Record) -> RawPost | NoPost:
        """See ``RecordReader``."""
        assert self._channel is not None
        return post_of(record, self._channel, self._context)

"""The frame of a tdl export: the chat's id, and its messages, newest first."""

from collections.abc import Generator, Iterator, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.byte_window import ByteWindow
from ingest.sources.chat_frame import Chat, ChatFrame
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.json_comments import utf8_json
from ingest.sources.json_records import list_elements
from ingest.sources.tdl.fields import post_of
from schemas import RawPost


class TdlReader:
    """Messages of one chat."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._chat_id: object = None
        self._number = 0

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        with self._file.open() as stream:
            window = ByteWindow(utf8_json(stream))
            for item in ChatFrame(window).walk():
                if not isinstance(item, Chat):
                    yield item
                    continue
                self._chat_id = item.head.get("id")
                is_open = yield from self._messages(window, item.depth)
                if is_open:
                    return

    def _messages(self, window: ByteWindow, depth: int) -> Generator[ArchiveRecord | Filler, None, bool]:
        """Those of one chat; whether the file ends within them."""
        is_open = False
        for record in list_elements(window, first_number=self._number + 1, depth=depth):
            if isinstance(record, ArchiveRecord):
                self._number, is_open = record.number or self._number, record.is_open
            yield record
        return is_open

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        return post_of(record, self._chat_id, self._context)

"""Messages of an export, chat after chat."""

import re
from collections.abc import Iterator, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.byte_window import ByteWindow
from ingest.sources.chat_frame import Chat, ChatFrame
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.json_comments import utf8_json
from ingest.sources.json_records import list_elements, object_sequence
from ingest.sources.tdesktop_json.albums import joined
from ingest.sources.tdesktop_json.chat import ChatState, is_complete
from ingest.sources.tdesktop_json.fields import album_of, post_of
from ingest.sources.tdesktop_json.repair import parse
from schemas import RawPost

MESSAGE_FIRST = re.compile(
    rb'\s*\{\s*"id"\s*:\s*-?[0-9]{1,20}\s*,\s*"type"\s*:\s*"(?:message|service|unsupported)"\s*,'
)
"""A file that begins with a message, not with its chat: ``jq -c '.messages[]'``."""


class TdesktopJsonReader:
    """One chat, a full export, or messages without their chat, in a list or one after the other."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._state: ChatState | None = None
        self._number = 0
        self._is_open = False

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        chats: list[Chat] | None = None
        with self._file.open() as stream:
            window = ByteWindow(utf8_json(stream))
            window.fill()
            if window.match(MESSAGE_FIRST):
                self._state = ChatState(Chat(is_alone=True, is_bare=True), self._context)
                yield from self._observed(object_sequence(window, parse), self._state)
                return
            position = 0
            for item in ChatFrame(window, parse).walk():
                if not isinstance(item, Chat):
                    yield item
                    continue
                if not is_complete(item):
                    chats = self._heads() if chats is None else chats
                    item.head = {**(chats[position].head if position < len(chats) else {}), **item.head}
                # Around cut out messages there may be nothing but their list's key: then they alone say whose they are.
                item.is_bare |= item.is_alone and not item.head
                position += 1
                self._state = ChatState(item, self._context)
                yield from self._observed(list_elements(window, parse, self._number + 1, item.depth), self._state)
                if self._is_open:
                    return

    def _heads(self) -> list[Chat]:
        """Every chat with what is behind its messages: sorted keys put name and type there."""
        if self._file.identity is None:
            self._context.warn(
                "name and type of the chat are not before its messages, and stdin is read only once: they stay unknown"
            )
            return []
        chats = []
        with self._file.open() as stream:
            window = ByteWindow(utf8_json(stream))
            for item in ChatFrame(window, parse).walk():
                if isinstance(item, Chat):
                    chats.append(item)
                    for _ in list_elements(window, parse, depth=item.depth):
                        pass
        return chats

    def _observed(
        self, records: Iterator[ArchiveRecord | Filler], state: ChatState
    ) -> Iterator[ArchiveRecord | Filler]:
        """The messages of one chat, each observed."""
        messages = self._each_observed(records, state)
        return joined(messages) if self._context.options.joins_albums else messages

    def _each_observed(
        self, records: Iterator[ArchiveRecord | Filler], state: ChatState
    ) -> Iterator[ArchiveRecord | Filler]:
        for record in records:
            if isinstance(record, ArchiveRecord):
                self._number = record.number or self._number
                self._is_open = record.is_open
                if isinstance(record.value, dict):
                    state.observe(record.value)
                elif record.error is not None:
                    state.observe_broken()
            yield record

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        state = self._state
        assert state is not None
        if not state.is_read:
            return NoPost(NoPostKind.OTHER_CHAT)
        if isinstance(record.value, tuple):
            return album_of(record, state, self._context)
        return post_of(record, record.value, state, self._context)

"""The frame of exports in JSON: everything around the lists of messages, in any layout, order and size.

``{"id", "messages": [...]}``, ``{"chats": {"list": [{"id", "messages": [...]}]}}`` (Telegram Desktop, tdl).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from ingest.sources.json_records import Parse
from ingest.sources.json_text import parse_json
from ingest.sources.json_values import Ending, blanks, scalar_end, skip_value, value_end
from schemas import RejectReason
from schemas.plurals import counted

_KEY = re.compile(rb'"((?:[^"\\\n]|\\.){0,200}+)"\s*+:\s*+', re.DOTALL)
_KEY_BYTES = 1024
_CHAT_FIRST = re.compile(rb'\s*\{[^{}\[\]]{0,4000}?"messages"\s*:\s*\[')
"""A list of chats, not of messages."""
_MESSAGES = re.compile(
    rb'(?:"name"\s*:\s*("(?:[^"\\\n]|\\.){0,500}+"|null)\s*,\s*)?'
    rb'(?:"type"\s*:\s*("[a-z_]{0,50}"|null)\s*,\s*)?(?:"id"\s*:\s*(-?[0-9]{1,20})\s*,\s*)?"messages"\s*:\s*\[(?=\s*[{\]])'
)
"""Where messages begin behind a broken place, with the head of their chat as the exporter writes it."""
_MESSAGES_BYTES = 4096
_MESSAGE = re.compile(rb'\{\s*+"id"\s*:\s*-?[0-9]{1,20}\s*,\s*"type"\s*:\s*"(?:message|service|unsupported)"')
_MESSAGES_OR_MESSAGE = re.compile(_MESSAGES.pattern + rb"|" + _MESSAGE.pattern)
_OUTSIDE = InvalidRecordError("messages outside of their list, which is closed", reason=RejectReason.INVALID_JSON)
_NO_MESSAGES = InvalidRecordError("no list of messages is in it", reason=RejectReason.INVALID_JSON)
_HIDDEN = InvalidRecordError("messages within another value, which are left out", reason=RejectReason.INVALID_JSON)
_HEAD = frozenset({b"name", b"type", b"id"})
_FIRST = (b"{", b"[", b'"')
_HEAD_BYTES = 64 << 10
_CHATS = frozenset({b"chats", b"left_chats"})
_OF_FULL_EXPORT = _CHATS | {b"about", b"personal_information", b"contacts"}


@dataclass(slots=True)
class Chat:
    """What is around a list of messages; in a reformatted file partly behind it."""

    is_alone: bool
    """It is the file's only one, and not one of a full export."""
    is_bare: bool = False
    """A list of messages without anything around it."""
    head: dict[str, object] = field(default_factory=dict)
    """``name``, ``type`` and ``id``, as far as they are known."""
    depth: int = 0
    """Brackets that are closed behind its messages."""
    is_doubtful: bool = False
    """What is broken before these messages may hide that they are of another chat."""


class _In(Enum):
    """Where the reader is."""

    ROOT = "the outermost object: a chat, or a full export"
    CHATS = "an object that holds a list of chats"
    LIST = "that list"
    CHAT = "a chat of it"


class ChatFrame:
    """One pass over the frame."""

    def __init__(self, window: ByteWindow, parse: Parse = parse_json) -> None:
        self._window, self._parse = window, parse
        self._path: list[_In] = []
        self._chat = Chat(is_alone=True)
        self._behind: dict[str, object] | None = None
        """What was read of the chat's head behind its messages."""
        self._is_full_export = self._is_behind_another = False

    def walk(self) -> Iterator[Chat | ArchiveRecord | Filler]:
        """The chats in order: when one is given, the window is behind the ``[`` of its messages and has to be behind
        their ``]`` when the next item is requested. Between them fillers, and records of what is broken or cut, or of
        a file without messages.
        """
        is_empty = True
        while True:
            yield from blanks(self._window)
            if not self._window:
                if self._path:
                    yield self._cut()
                elif is_empty and not self._is_full_export:
                    yield ArchiveRecord(b"", self._window.offset, 0, error=_NO_MESSAGES)
                return
            for each in self._next():
                is_empty &= isinstance(each, Filler)
                yield each

    def _next(self) -> Iterator[Chat | ArchiveRecord | Filler]:
        """One bracket, or one member of an object."""
        window, path = self._window, self._path
        first, place = window.peek(1), path[-1] if path else None
        if first == b"{" and place in (None, _In.LIST) and self._is_behind_another and self._is_message():
            yield from self._again(place)
        elif first == b"{" and place in (None, _In.LIST):
            self._enter(_In.ROOT if place is None else _In.CHAT)
            yield Filler(window.take(1))
        elif first == b"[" and place is None:
            yield from self._list()
        elif (first == b"]" and place is _In.LIST) or (first == b"}" and place not in (None, _In.LIST)):
            path.pop()
            yield Filler(window.take(1))
        elif first == b'"' and place in (_In.ROOT, _In.CHAT, _In.CHATS):
            yield from self._member(place)
        else:
            yield from self._broken()

    def _enter(self, place: _In) -> None:
        self._path.append(place)
        self._chat, self._behind = Chat(is_alone=place is _In.ROOT and not self._is_behind_another), None
        if place is _In.ROOT:
            self._is_full_export, self._is_behind_another = False, True

    def _is_message(self) -> bool:
        self._window.fill_to(_KEY_BYTES)
        return self._window.match(_MESSAGE) is not None

    def _again(self, place: _In | None) -> Iterator[Chat | ArchiveRecord | Filler]:
        """Go on with the messages of the last chat, whose list a broken one has closed."""
        offset = self._window.offset
        yield ArchiveRecord(b"", offset, offset, error=_OUTSIDE)
        self._path.append(_In.ROOT if place is None else _In.CHAT)
        self._chat.depth = len(self._path)
        yield self._chat

    def _list(self) -> Iterator[Chat | ArchiveRecord | Filler]:
        """A list without anything around it, of messages or of chats."""
        window = self._window
        yield Filler(window.take(1))
        window.fill_to(_MESSAGES_BYTES)
        if window.match(_CHAT_FIRST):
            self._path.append(_In.LIST)
        else:
            yield Chat(is_alone=True, is_bare=True)

    def _member(self, place: _In) -> Iterator[Chat | ArchiveRecord | Filler]:
        window = self._window
        window.fill_to(_KEY_BYTES)
        match = window.match(_KEY)
        if match is None or (len(match[0]) == len(window) and window.fill()):
            match = window.match(_KEY)
        if match is None:
            yield from self._broken()
            return
        key, before = match[1], len(match[0])
        first = window.peek(1, before)
        self._is_full_export |= place is _In.ROOT and key in _OF_FULL_EXPORT
        if key == b"messages" and first == b"[" and place is not _In.CHATS:
            yield Filler(window.take(before + 1))
            yield self._with_messages(place)
        elif key in _CHATS and first == b"{" and place is _In.ROOT:
            yield Filler(window.take(before + 1))
            self._path.append(_In.CHATS)
        elif key == b"list" and first == b"[" and place is _In.CHATS:
            yield Filler(window.take(before + 1))
            self._path.append(_In.LIST)
        else:
            yield Filler(window.take(before))
            yield from self._value(key, place)

    def _with_messages(self, place: _In) -> Chat:
        """The chat whose messages begin: another one where those of this chat are over, but the border is broken."""
        if self._behind:
            self._chat = Chat(is_alone=place is _In.ROOT and not self._is_full_export, head=self._behind)
        elif self._behind is not None:
            self._chat.is_doubtful = True
        self._behind = {}
        self._chat.depth = len(self._path)
        return self._chat

    def _value(self, key: bytes, place: _In) -> Iterator[Chat | ArchiveRecord | Filler]:
        window = self._window
        is_scalar = window.peek(1) not in _FIRST
        is_head = key in _HEAD and place is not _In.CHATS
        if not (is_scalar or is_head):
            yield from self._misplaced() if self._behind is not None else skip_value(window)
            return
        end, ending = (scalar_end if is_scalar else value_end)(window, _HEAD_BYTES)
        if ending is Ending.OPEN:
            yield Filler(window.take(end))
        elif ending is Ending.FAR:
            yield from self._broken() if is_scalar else skip_value(window)
        else:
            try:
                value = self._parse(window.peek(end))
            except InvalidRecordError:
                yield from self._broken()
                return
            if is_head:
                if self._behind is not None:
                    self._behind[key.decode()] = value
                self._chat.head.setdefault(key.decode(), value)
            yield Filler(window.take(end))

    def _misplaced(self) -> Iterator[Chat | ArchiveRecord | Filler]:
        """A value behind the messages of a chat, which may hold more of them: a broken one has closed their list."""
        window, offset = self._window, self._window.offset
        end, _ = value_end(window, _HEAD_BYTES)
        found = window.search(_MESSAGE)
        if found is None or found[0] >= end:
            yield from self._passed()
            return
        raw = window.take(found[0])
        yield ArchiveRecord(raw, window.offset, offset, error=_OUTSIDE)
        self._chat.depth = len(self._path)
        yield self._chat

    def _passed(self) -> Iterator[ArchiveRecord | Filler]:
        """Skip the value at the front, and say so if messages are deep within it."""
        offset, before, is_hiding = self._window.offset, b"", False
        for each in skip_value(self._window):
            is_hiding = is_hiding or _MESSAGE.search(before + each.raw) is not None
            before = each.raw[-_KEY_BYTES:]
            yield each
        if is_hiding:
            yield ArchiveRecord(b"", self._window.offset, offset, error=_HIDDEN)

    def _cut(self) -> ArchiveRecord:
        offset = self._window.offset
        error = InvalidRecordError("the file ends before it is complete", reason=RejectReason.INVALID_JSON)
        return ArchiveRecord(b"", offset + 1, offset, error=error, is_open=True)

    def _broken(self) -> Iterator[Chat | ArchiveRecord | Filler]:
        """Go on at the next messages that are seen, of the same chat or of another one."""
        window, offset = self._window, self._window.offset
        yield Filler(window.take(1))
        while (match := window.search(_MESSAGES_OR_MESSAGE)) is None or (match[1] == len(window) and window.fill()):
            yield Filler(window.take(max(len(window) - _MESSAGES_BYTES, 0)))
            if not window.fill():
                yield Filler(window.take(len(window)))
                break
        if match is not None:
            yield Filler(window.take(match[0]))
        what = f"no JSON of an export; left out up to the next messages: {counted(window.offset - offset, 'byte')}"
        error = InvalidRecordError(what, reason=RejectReason.INVALID_JSON)
        yield ArchiveRecord(b"", window.offset, offset, error=error)
        if match is None:
            self._path.clear()
            return
        # What is broken may be the beginning of a full export, which has no head.
        is_alone = self._path[:1] in ([], [_In.ROOT]) and not self._is_full_export and bool(self._chat.head)
        self._path[:] = [_In.ROOT] if is_alone else [_In.ROOT, _In.CHATS, _In.LIST, _In.CHAT]
        found = window.match(_MESSAGES)
        names = zip(("name", "type", "id"), found.groups() if found else (), strict=False)
        head = {name: self._parse(raw) for name, raw in names if raw is not None}
        if head or not self._chat.head:
            self._chat = Chat(is_alone, head=head)
        else:
            self._chat.is_doubtful = True
        self._behind = None
        if found:
            yield Filler(window.take(len(found[0])))
        yield self._with_messages(_In.CHAT)

"""Lists of records within other JSON: ``{"channel": [...]}``, ``[{"messages": [...], "chats": [...]}]``, lines of both.

What is beside the records, such as a list of chats, is given to a callback and passed over.
"""

import re
from collections.abc import Callable, Iterator

from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import Filler, InvalidRecordError, Record
from ingest.sources.json_records import list_elements, object_sequence, one_value
from ingest.sources.json_text import parse_json
from schemas import RejectReason

Path = tuple[str, ...]
"""Keys of the objects that a value is in, from the outermost."""

_LOOK_AHEAD_BYTES = 64 << 10
_MAX_DEPTH = 8
_BLANK = re.compile(rb"\s*")
_KEY = re.compile(rb'"(?:[^"\\]|\\.){0,1000}"', re.DOTALL)
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\]]', re.DOTALL)
_CUT = InvalidRecordError("the file ends within a list or object", reason=RejectReason.INVALID_JSON)


class JsonFrames:
    """Records of one JSON text.

    ``record`` matches the beginning of an object that is a record. ``is_record`` judges where it does not match, by
    the first bytes of an object; it is asked once for each list. ``beside`` is given everything else, with its path.
    """

    def __init__(
        self,
        window: ByteWindow,
        record: re.Pattern[bytes],
        is_record: Callable[[bytes], bool],
        beside: Callable[[Path, object], None],
    ) -> None:
        self._window = window
        self._record, self._is_record, self._beside = record, is_record, beside
        self._record_in_list = re.compile(rb"\[\s*" + record.pattern)
        self._is_over = False
        """The stream has ended, or what follows cannot be understood."""
        self.path: Path = ()
        """Where the records that are given now are."""

    def records(self) -> Iterator[Record | Filler]:
        """Every record, numbered from 1, and what is around them."""
        number = 0
        for each in self._texts():
            if isinstance(each, Record):
                number += 1
                self._is_over |= each.is_open
                each = each._replace(number=number)
            yield each

    def _texts(self) -> Iterator[Record | Filler]:
        """JSON texts one after the other."""
        while not self._is_over:
            yield from self._skip(b",")
            if not self._window:
                return
            if self._window.peek(1) == b"{" and self._is_record_at(0):
                self.path = ()
                yield from object_sequence(self._window)
                return
            if self._window.peek(1) not in (b"{", b"["):
                yield from self._give_up()
                continue
            yield from self._value((), 0)

    def _value(self, path: Path, depth: int) -> Iterator[Record | Filler]:
        first = self._window.peek(1)
        is_deep = depth >= _MAX_DEPTH
        if first == b"[" and not is_deep and self._holds_list_of_records():
            yield from self._list(path, depth)
        elif first == b"[":
            yield from self._elements(path)
        elif first == b"{" and not is_deep and self._holds_records():
            yield from self._object(path, depth)
        else:
            for each in one_value(self._window):
                yield from self._passed(path, each)

    def _elements(self, path: Path) -> Iterator[Record | Filler]:
        """A list of records, or one without any."""
        are_records = self._is_first_a_record()
        yield Filler(self._window.take(1))
        self.path = path
        for each in list_elements(self._window):
            if are_records:
                yield each
            else:
                yield from self._passed(path, each)

    def _list(self, path: Path, depth: int) -> Iterator[Record | Filler]:
        yield Filler(self._window.take(1))
        while not self._is_over:
            yield from self._skip(b",")
            if self._window.peek(1) == b"]":
                yield Filler(self._window.take(1))
                return
            if not self._window:
                yield self._cut()
                return
            yield from self._value(path, depth + 1)

    def _object(self, path: Path, depth: int) -> Iterator[Record | Filler]:
        yield Filler(self._window.take(1))
        while not self._is_over:
            yield from self._skip(b",")
            if self._window.peek(1) == b"}":
                yield Filler(self._window.take(1))
                return
            self._window.fill_to(_LOOK_AHEAD_BYTES)
            key_end = self._window.match_end(_KEY)
            if key_end is None:
                yield from self._give_up()
                continue
            key = self._window.take(key_end)
            yield Filler(key)
            yield from self._skip(b":")
            if not self._window:
                yield self._cut()
                return
            yield from self._value((*path, _text(key)), depth + 1)

    def _passed(self, path: Path, each: Record | Filler) -> Iterator[Record | Filler]:
        """A value beside the records: only a broken one is worth a word."""
        if isinstance(each, Filler) or each.error is not None:
            yield each
        else:
            self._beside(path, each.value)
            yield Filler(each.raw)

    def _skip(self, separators: bytes) -> Iterator[Filler]:
        window = self._window
        while True:
            count = window.match_end(_BLANK) or 0
            while window.peek(1, count) and window.peek(1, count) in separators:
                count += 1
                count = window.match_end(_BLANK, count) or count
            is_all = count == len(window)
            if count:
                yield Filler(window.take(count))
            if not is_all or not window.fill():
                return

    def _is_record_at(self, at: int) -> bool:
        self._window.fill_to(at + _LOOK_AHEAD_BYTES)
        if self._window.match_end(self._record, at) is not None:
            return True
        return self._is_record(self._window.peek(_LOOK_AHEAD_BYTES, at))

    def _is_first_a_record(self) -> bool:
        self._window.fill_to(_LOOK_AHEAD_BYTES)
        at = self._window.match_end(_BLANK, 1) or 1
        return self._window.peek(1, at) == b"{" and self._is_record_at(at)

    def _holds_list_of_records(self) -> bool:
        """Whether a list holds others, or objects, that hold records: but not when its own elements are some."""
        return not self._is_first_a_record() and self._holds_records()

    def _holds_records(self) -> bool:
        """Whether a list of records begins within the value at the front, as far as can be seen."""
        self._window.fill_to(_LOOK_AHEAD_BYTES)
        found = self._window.search(self._record_in_list)
        if found is None or found[0] >= _LOOK_AHEAD_BYTES:
            return False
        end = self._seen_end()
        return end is None or found[0] < end

    def _seen_end(self) -> int | None:
        depth = 0
        for first, _, end in self._window.tokens(_TOKEN):
            if first in b"{[":
                depth += 1
            elif first in b"}]":
                depth -= 1
            if depth <= 0:
                return end
        return None

    def _give_up(self) -> Iterator[Record | Filler]:
        """Go on at the next list of records; say that something was passed over."""
        window, offset = self._window, self._window.offset
        if not window:
            yield self._cut()
            return
        while (found := window.search(self._record_in_list, 1)) is None:
            yield Filler(window.take(max(len(window) - _LOOK_AHEAD_BYTES, 0)))
            if not window.fill():
                yield Filler(window.take(len(window)))
                break
        if found is not None:
            yield Filler(window.take(found[0]))
        error = InvalidRecordError("broken JSON around the records", reason=RejectReason.INVALID_JSON)
        yield Record(b"", window.offset, offset, error=error)
        if found is not None:
            yield from self._elements(())
        self._is_over = not window

    def _cut(self) -> Record:
        self._is_over = True
        return Record(b"", self._window.offset + 1, self._window.offset, error=_CUT, is_open=True)


def _text(key: bytes) -> str:
    try:
        return str(parse_json(key))
    except InvalidRecordError:
        return ""

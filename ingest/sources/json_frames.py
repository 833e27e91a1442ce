"""Lists of records within other JSON: ``{"channel": [...]}``, ``[{"messages": [...], "chats": [...]}]``, lines of both.

What is beside the records, such as a list of chats, is given to a callback and skipped.
"""

import re
from collections.abc import Callable, Iterator

from ingest.sources.base import MAX_INPUT_BYTES
from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from ingest.sources.json_records import list_elements, object_sequence
from ingest.sources.json_text import key_of, parse_json
from ingest.sources.json_tokens import json_tokens
from ingest.sources.json_values import Ending, scalar_end, skip_value, value_end
from schemas import RejectReason

Path = tuple[str, ...]
"""Keys of the objects that a value is in, from the outermost."""

_LOOK_AHEAD_BYTES = 64 << 10
_MAX_DEPTH = 8
_BLANK = re.compile(rb"\s*")
_GONE = re.compile(rb"\s*(?:null\s*,\s*)*")
"""Dumps have a null for each message that is gone."""
_KEY = re.compile(rb'"(?:[^"\\]|\\.){0,1000}"', re.DOTALL)
_OBJECT_BEGIN = re.compile(rb"\s*\{\s*\"")
_LINE_END = rb"(?<!\s)(?=[^\S\n]*+\n)"
"""Blanks with a line break: from their first one only, as each try looks at all of them."""
_OPEN, _CLOSE = b"{[", b"}]"
_CUT = InvalidRecordError("the file ends within a list or object", reason=RejectReason.INVALID_JSON)
_BROKEN = InvalidRecordError("broken JSON around the records", reason=RejectReason.INVALID_JSON)
_NO_LIST = InvalidRecordError("records are here, but in no list", reason=RejectReason.INVALID_JSON)
_TOO_DEEP = InvalidRecordError("records are nested too deeply here", reason=RejectReason.INVALID_JSON)
_TOO_LARGE = InvalidRecordError(f"longer than {MAX_INPUT_BYTES} bytes", reason=RejectReason.TOO_LARGE)


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
        beside: Callable[[Path, object], None] = lambda path, value: None,
    ) -> None:
        self._window = window
        self._record, self._is_record, self._beside = record, is_record, beside
        self._record_in_turn = re.compile(rb"(?:[\[,]|" + _LINE_END + rb")\s*+" + record.pattern)
        self._record_to_go_on_at = re.compile(
            rb"(?:\[\s*+(?:null\s*+,\s*+)*+|,\s*+|" + _LINE_END + rb"\s*+)" + record.pattern
        )
        self._is_over = False
        """The stream has ended."""
        self._is_at_record = False
        """Reading goes on at a record, whatever it is in: the object before it is broken."""
        self._is_record_passed = False
        """Something that begins as a record is in what was skipped."""
        self.path: Path = ()
        """Where the records that are given now are."""

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """Every record, numbered from 1, and what is around them; an error where all are in no list."""
        number, begin = 0, self._window.offset
        for each in self._texts():
            if isinstance(each, ArchiveRecord):
                number += 1
                self._is_over |= each.is_open
                each = each._replace(number=number)
            yield each
        if not number and self._is_record_passed:
            yield ArchiveRecord(b"", self._window.offset, begin, number=1, error=_NO_LIST)

    def _texts(self) -> Iterator[ArchiveRecord | Filler]:
        """JSON texts one after the other."""
        while not self._is_over:
            self._is_at_record = False
            yield from self._skip(b",")
            if not self._window:
                return
            if self._window.peek(1) == b"{" and self._is_record_at(0):
                self.path = ()
                yield from object_sequence(self._window)
                return
            if self._window.peek(1) in (b"{", b"["):
                yield from self._value((), 0)
            else:
                yield from self._give_up()

    def _value(self, path: Path, depth: int) -> Iterator[ArchiveRecord | Filler]:
        """A value: its records, or itself to ``beside``."""
        first = self._window.peek(1)
        if first == b"[" and self._is_first_a_record():
            yield Filler(self._window.take(1))
            self.path = path
            yield from list_elements(self._window)
        elif first == b"{" and depth and self._window.match_end(self._record) is not None:
            self.path = path
            yield from self._single()
        elif first in (b"[", b"{") and self._may_hold_records():
            if depth < _MAX_DEPTH:
                yield Filler(self._window.take(1))
                yield from (self._list if first == b"[" else self._object)(path, depth + 1)
            else:
                yield from self._too_deep()
        else:
            yield from self._passed(path)

    def _list(self, path: Path, depth: int) -> Iterator[ArchiveRecord | Filler]:
        while not self._is_over:
            self._is_at_record = False
            yield from self._skip(b",")
            if not self._window:
                yield self._cut()
            elif self._window.peek(1) == b"]":
                yield Filler(self._window.take(1))
                return
            else:
                yield from self._value(path, depth)

    def _object(self, path: Path, depth: int) -> Iterator[ArchiveRecord | Filler]:
        while not (self._is_over or self._is_at_record):
            yield from self._skip(b",")
            self._window.fill_to(_LOOK_AHEAD_BYTES)
            key_end = self._window.match_end(_KEY)
            if not self._window:
                yield self._cut()
            elif self._window.peek(1) == b"}":
                yield Filler(self._window.take(1))
                return
            elif key_end is None:
                yield from self._give_up()
            else:
                key = self._window.take(key_end)
                yield Filler(key)
                yield from self._skip(b":")
                if not self._window:
                    yield self._cut()
                else:
                    yield from self._value((*path, key_of(key)), depth)

    def _too_deep(self) -> Iterator[ArchiveRecord | Filler]:
        offset = self._window.offset
        yield from skip_value(self._window)
        yield ArchiveRecord(b"", self._window.offset, offset, error=_TOO_DEEP)

    def _passed(self, path: Path) -> Iterator[ArchiveRecord | Filler]:
        """A value beside the records: only a broken one is worth a word, and an empty object among lines."""
        for each in self._single():
            if isinstance(each, ArchiveRecord) and each.error is None and (path or each.value != {}):
                self._is_record_passed |= self._record.search(each.raw) is not None
                self._beside(path, each.value)
                yield Filler(each.raw)
            else:
                yield each

    def _single(self) -> Iterator[ArchiveRecord | Filler]:
        """The value at the front as a record of its own."""
        window, offset = self._window, self._window.offset
        measure = value_end if window.peek(1) in (b"{", b"[", b'"') else scalar_end
        end, ending = measure(window, MAX_INPUT_BYTES)
        if ending is Ending.FAR:
            yield from skip_value(window)
            yield ArchiveRecord(b"", window.offset, offset, error=_TOO_LARGE)
        elif ending is Ending.OPEN and window.search(self._record_to_go_on_at, 1):
            yield from self._give_up()
        elif ending is Ending.OPEN:
            yield ArchiveRecord(window.take(end), window.offset, offset, error=_CUT, is_open=True)
        else:
            raw = window.take(max(end, 1))
            try:
                yield ArchiveRecord(raw, window.offset, offset, value=parse_json(raw))
            except InvalidRecordError as error:
                yield ArchiveRecord(raw, window.offset, offset, error=error)

    def _skip(self, separators: bytes) -> Iterator[Filler]:
        window = self._window
        while True:
            count = window.match_end(_BLANK) or 0
            while window.peek(1, count) and window.peek(1, count) in separators:
                count = window.match_end(_BLANK, count + 1) or count + 1
            is_all = count == len(window)
            if count:
                yield Filler(window.take(count))
            if not is_all or not window.fill():
                return

    def _is_record_at(self, at: int) -> bool:
        if self._window.match_end(self._record, at) is not None:
            return True  # what is there says enough: more would have to be waited for
        self._window.fill_to(at + _LOOK_AHEAD_BYTES)
        if self._window.match_end(self._record, at) is not None:
            return True
        return self._is_record(self._window.peek(_LOOK_AHEAD_BYTES, at))

    def _is_first_a_record(self) -> bool:
        at = self._window.match_end(_GONE, 1) or 1
        if self._window.match_end(self._record, at) is not None:
            return True
        self._window.fill_to(_LOOK_AHEAD_BYTES)
        at = self._window.match_end(_GONE, 1) or 1
        is_first = self._window.peek(1, at) == b"{" and self._is_record_at(at)
        return is_first or self._is_a_record_behind_broken_ones()

    def _is_a_record_behind_broken_ones(self) -> bool:
        """Whether a record of the list at the front is seen, behind a first one that is broken, null or empty."""
        found = self._window.search(self._record_in_turn, 1)
        if found is None or found[0] > _LOOK_AHEAD_BYTES or self._window.peek(1, found[0]) == b"[":
            return False
        is_object = self._window.match_end(_OBJECT_BEGIN, 1) is not None
        return not is_object or self._depth_at(found[0]) <= 1

    def _may_hold_records(self) -> bool:
        """Whether a list of records begins within the value at the front, or the value is too long to be seen whole."""
        self._window.fill_to(_LOOK_AHEAD_BYTES)
        end = self._seen_end()
        return end is None or self._record_in_turn.search(self._window.peek(end)) is not None

    def _depth_at(self, at: int) -> int:
        """Brackets of the value at the front that are open at a position."""
        tokens = [token[0][:1] for token in json_tokens(self._window.peek(at))]
        return sum((first in _OPEN) - (first in _CLOSE) for first in tokens)

    def _seen_end(self) -> int | None:
        """Where the value at the front ends, if it does within the bytes that are looked at."""
        depth = 0
        for token in json_tokens(self._window.peek(_LOOK_AHEAD_BYTES)):
            first = token[0][:1]
            depth += (first in _OPEN) - (first in _CLOSE)
            if depth <= 0:
                return token.end()
        return None

    def _give_up(self) -> Iterator[ArchiveRecord | Filler]:
        """Go on at the next list of records, or at a record that begins a line; say that something was skipped."""
        window, offset = self._window, self._window.offset
        while (found := window.search(self._record_to_go_on_at, 1)) is None:
            yield Filler(window.take(max(len(window) - _LOOK_AHEAD_BYTES, 0)))
            if not window.fill():
                yield Filler(window.take(len(window)))
                break
        if found is not None:
            yield Filler(window.take(found[0]))
        yield ArchiveRecord(b"", window.offset, offset, error=_BROKEN)
        if found is not None and window.peek(1) == b"[":
            yield Filler(window.take(1))
            yield from list_elements(window)
        elif found is not None:
            yield from self._skip(b"")
            self._is_at_record = True
        self._is_over |= not window

    def _cut(self) -> ArchiveRecord:
        self._is_over = True
        return ArchiveRecord(b"", self._window.offset + 1, self._window.offset, error=_CUT, is_open=True)

"""JSON objects out of a stream: elements of a list, or objects one after the other, of any layout and any length.

What lies between two elements is learnt from the first gap (``},{"id":`` or its indented form) and searched for; the
parser judges each cut, and where it refuses, brackets are counted outside of strings. So texts that look like the
frame, nested objects of the same form and one broken record do no harm to their neighbours.
"""

import re
from collections.abc import Iterator

from ingest.sources.base import MAX_INPUT_BYTES
from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import Filler, InvalidRecordError, Record
from ingest.sources.json_text import parse_json
from schemas import RejectReason

_BLANK = re.compile(rb"[\s,]*")
_GAP = re.compile(rb'\s*,?\s*\{\s*"[^"\\]{0,100}"\s*:')
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\]"]', re.DOTALL)
_SCALAR_END = re.compile(rb"[,\]\s]")
_GAP_BYTES = 300
"""Longest gap that is looked for: indentation and the first key."""
_DEPTH = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}
_TOO_LARGE = InvalidRecordError(f"longer than {MAX_INPUT_BYTES} bytes", reason=RejectReason.TOO_LARGE)
_CUT = InvalidRecordError("the file ends within this record", reason=RejectReason.INVALID_JSON)


def list_elements(window: ByteWindow) -> Iterator[Record | Filler]:
    """Elements of the list whose ``[`` was just taken, each parsed (``value``) or with its ``error``; the window is
    behind ``]`` then. ``number`` counts them from 1.
    """
    return _Splitter(window, is_list=True).records()


def object_sequence(window: ByteWindow) -> Iterator[Record | Filler]:
    """Objects one after the other, with line breaks, commas or nothing in between, to the end of the stream."""
    return _Splitter(window, is_list=False).records()


class _Splitter:
    def __init__(self, window: ByteWindow, *, is_list: bool) -> None:
        self._window, self._is_list = window, is_list
        self._separator: bytes | None = None
        """What ends a record and begins the next, from the brace that closes the one."""
        self._number = 0
        self._is_cut = False
        """The stream ended within a record."""

    def records(self) -> Iterator[Record | Filler]:
        window = self._window
        while True:
            yield from self._skip_blank()
            if not window:
                if self._is_list and not self._is_cut:
                    yield Record(b"", window.offset + 1, window.offset, error=_CUT, is_open=True)
                return
            if self._is_list and window.peek(1) == b"]":
                yield Filler(window.take(1))
                return
            self._number += 1
            yield from self._record()

    def _skip_blank(self) -> Iterator[Filler]:
        window = self._window
        while True:
            count = window.match_end(_BLANK) or 0
            is_all = count == len(window)
            if count:
                yield Filler(window.take(count))
            if not is_all or not window.fill():
                return

    def _record(self) -> Iterator[Record | Filler]:
        found = self._by_separator()
        if found is not None:
            yield found
            return
        end, is_whole = self._end()
        if end is None:
            yield from self._pass_too_large()
            return
        self._learn(end)
        yield self._cut_off(end, is_open=not is_whole)

    def _by_separator(self) -> Record | None:
        """The record up to the next separator, if that is one."""
        separator, window = self._separator, self._window
        if separator is None:
            return None
        at = window.find(separator)
        if at < 0 and window.fill():
            at = window.find(separator)
        if not 0 <= at < MAX_INPUT_BYTES:
            return None
        raw = window.peek(at + 1)
        try:
            value = parse_json(raw)
        except InvalidRecordError as error:
            return self._broken(raw, error)
        window.take(at + 1)
        return self._built(raw, value)

    def _broken(self, raw: bytes, error: InvalidRecordError) -> Record | None:
        """A record that is refused, if it really ends at the separator: else its brackets say where."""
        end, is_whole = self._end()
        if end is not None and is_whole and end != len(raw) and self._is_gap(end):
            return None
        return self._built(self._window.take(len(raw)), None, error)

    def _is_gap(self, end: int) -> bool:
        self._window.fill_to(end + _GAP_BYTES)
        rest = self._window.peek(_GAP_BYTES, end).lstrip()
        return rest[:1] == b"]" or bool(_GAP.match(rest)) or not rest

    def _end(self) -> tuple[int | None, bool]:
        """Where the record at the front ends, and whether it is whole; None when that is too far."""
        window = self._window
        if window.peek(1) not in (b"{", b"[", b'"'):
            return self._end_of_scalar()
        depth = at = 0
        while True:
            for first, start, end in window.tokens(_TOKEN, at):
                if first == b'"' and end == start + 1:  # a string that is not closed yet
                    at = start
                    break
                at = end
                depth += _DEPTH.get(first, 0)
                if depth <= 0:
                    return at, True
            if len(window) > MAX_INPUT_BYTES:
                return None, False
            if not window.fill():
                return len(window), False

    def _end_of_scalar(self) -> tuple[int | None, bool]:
        window = self._window
        while (found := window.search(_SCALAR_END)) is None:
            if len(window) > MAX_INPUT_BYTES:
                return None, False
            if not window.fill():
                return len(window), not self._is_list
        return max(found[0], 1), True

    def _learn(self, end: int) -> None:
        """Note what is between this record and the next."""
        window = self._window
        window.fill_to(end + _GAP_BYTES)
        gap_end = window.match_end(_GAP, end)
        is_object = window.peek(1, end - 1) == b"}"
        self._separator = window.peek(gap_end - end + 1, end - 1) if gap_end is not None and is_object else None

    def _cut_off(self, end: int, *, is_open: bool) -> Record:
        raw = self._window.take(end)
        if is_open:
            self._is_cut = True
            return self._built(raw, None, _CUT, is_open=True)
        try:
            return self._built(raw, parse_json(raw))
        except InvalidRecordError as error:
            return self._built(raw, None, error)

    def _pass_too_large(self) -> Iterator[Record | Filler]:
        """Drop bytes up to the next separator, or all that is left when none is known."""
        window, separator, offset = self._window, self._separator, self._window.offset
        while True:
            at = window.find(separator, 1) if separator else -1
            if at >= 0:
                yield Filler(window.take(at + 1))
                break
            yield Filler(window.take(max(len(window) - len(separator or b""), 0)))
            if not window.fill():
                yield Filler(window.take(len(window)))
                break
        yield Record(b"", window.offset, offset, number=self._number, error=_TOO_LARGE)

    def _built(
        self, raw: bytes, value: object, error: InvalidRecordError | None = None, *, is_open: bool = False
    ) -> Record:
        end = self._window.offset
        return Record(raw, end, end - len(raw), number=self._number, value=value, error=error, is_open=is_open)

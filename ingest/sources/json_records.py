"""JSON objects out of a stream: elements of a list, or objects one after the other, of any layout and any length.

What lies between two elements is learnt from the first gap (``},{"id":`` or its indented form) and searched for; the
parser judges each cut, and where it refuses, brackets are counted outside of strings. Where they do not match either,
the next element is one that parses and has the keys that all elements have. So texts that look like the frame, nested
objects of the same form and one broken record do no harm to their neighbours.
"""

import re
from collections.abc import Iterator

from ingest.sources.base import MAX_INPUT_BYTES
from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import Filler, InvalidRecordError, Record
from ingest.sources.json_text import parse_json
from schemas import RejectReason

_BLANK = re.compile(rb"[\s,]*")
_BEGINNING = rb'\{\s*"[^"\\]{0,60}"\s*:(?:\s*"[^"\\]{0,60}"\s*,\s*"[^"\\]{0,60}"\s*:)?'
"""The first key, and where its value is a text (Telethon's ``"_": "Message"``) that and the second one, since objects
within begin with the same key.
"""
_GAP = re.compile(rb"\s*,?\s*" + _BEGINNING)
_FIRST = re.compile(_BEGINNING)
_GAP_BYTES = 512
"""Longest gap that is looked for: indentation and keys."""
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\]"]', re.DOTALL)
_SCALAR_END = re.compile(rb"[,\]\s]")
_DEPTH = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}
_PROBE_BYTES = 64 << 10
"""So far, or 16 times as far as the longest element, the end of one is looked for behind a broken one."""
_TOO_LARGE = InvalidRecordError(f"longer than {MAX_INPUT_BYTES} bytes", reason=RejectReason.TOO_LARGE)
_CUT = InvalidRecordError(
    "the file ends within this record, or its brackets do not match", reason=RejectReason.INVALID_JSON
)


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
        self._keys: frozenset[str] | None = None
        """Keys that every element had so far."""
        self._longest = 0
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
        if is_whole and end is not None:
            yield self._by_brackets(end)
        else:
            yield from self._unbalanced()

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
        except InvalidRecordError:
            return None
        window.take(at + 1)
        return self._good(raw, value)

    def _by_brackets(self, end: int) -> Record:
        """The record up to where its brackets close, which may be broken within."""
        raw = self._window.peek(end)
        try:
            value = parse_json(raw)
        except InvalidRecordError as error:
            behind = self._next_good(1)  # a quote that is missing makes brackets of texts count
            if behind is not None and behind < end:
                raw = self._window.take(behind)
                return self._built(raw, None, _error_of(raw))
            self._learn(end)
            return self._built(self._window.take(end), None, error)
        self._learn(end)
        self._window.take(end)
        return self._good(raw, value)

    def _unbalanced(self) -> Iterator[Record | Filler]:
        """A record whose brackets do not close: broken, cut off, or above the limit."""
        window = self._window
        behind = self._next_good(1)
        if behind is not None:
            raw = window.take(behind)
            yield self._built(raw, None, _error_of(raw))
        elif len(window) > MAX_INPUT_BYTES:
            yield from self._pass_too_large()
        else:
            self._is_cut = True
            yield self._built(window.take(len(window)), None, _CUT, is_open=True)

    def _next_good(self, at: int) -> int | None:
        """Where the gap before the next good element begins, at or behind a position; None when there is none in
        reach.
        """
        window = self._window
        separator = self._separator or self._guessed_separator()
        if separator is None:
            return None
        brace = separator.find(b"{")
        while len(window) <= MAX_INPUT_BYTES:
            at = window.find(separator, at)
            if at < 0:
                at = max(1, len(window) - len(separator))
                if not window.fill():
                    return None
            elif self._is_good(at + brace):
                self._separator = separator
                return at + 1
            else:
                at += 1
        return None

    def _guessed_separator(self) -> bytes | None:
        """What separates the first record, which is broken, from a second one that begins like it."""
        beginning = self._window.match_end(_FIRST)
        if beginning is None:
            return None
        pattern = re.compile(rb"\}\s*,?\s*" + re.escape(self._window.peek(beginning)))
        while (found := self._window.search(pattern, 1)) is None:
            if len(self._window) > MAX_INPUT_BYTES or not self._window.fill():
                return None
        return self._window.peek(found[1] - found[0], found[0])

    def _is_good(self, start: int) -> bool:
        """Whether an element begins there: it is whole, it parses, and it has the keys that all have."""
        end, is_whole = self._end(start, max(_PROBE_BYTES, 16 * self._longest))
        if end is None or not is_whole:
            return False
        try:
            value = parse_json(self._window.peek(end - start, start))
        except InvalidRecordError:
            return False
        return isinstance(value, dict) and (self._keys is None or self._keys <= value.keys())

    def _end(self, start: int = 0, most: int = MAX_INPUT_BYTES) -> tuple[int | None, bool]:
        """Where the element that begins at ``start`` ends, and whether it is whole; None when that is too far."""
        window = self._window
        if window.peek(1, start) not in (b"{", b"[", b'"'):
            return self._end_of_scalar()
        depth, at = 0, start
        while True:
            for first, begin, end in window.tokens(_TOKEN, at):
                if first == b'"' and end == begin + 1:  # a string that is not closed yet
                    at = begin
                    break
                at = end
                depth += _DEPTH.get(first, 0)
                if depth <= 0:
                    return at, True
            if len(window) - start > most:
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

    def _good(self, raw: bytes, value: object) -> Record:
        self._longest = max(self._longest, len(raw))
        if isinstance(value, dict):
            self._keys = frozenset(value) if self._keys is None else self._keys & value.keys()
        return self._built(raw, value)

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


def _error_of(raw: bytes) -> InvalidRecordError:
    try:
        parse_json(raw)
    except InvalidRecordError as error:
        return error
    return InvalidRecordError("its brackets do not match", reason=RejectReason.INVALID_JSON)

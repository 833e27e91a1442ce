"""JSON objects out of a stream: elements of a list, or objects one after the other, of any layout and any length.

What lies between two elements is learnt from the first gap (``},{"id":`` or its indented form) and searched for; the
parser judges each cut, and where it refuses, brackets are counted outside of strings. So texts that look like the
frame, nested objects of the same form and one broken record do no harm to their neighbours.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ingest.sources.base import MAX_INPUT_BYTES
from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import Filler, InvalidRecordError, Record
from ingest.sources.json_text import parse_json
from ingest.sources.json_values import Ending, scalar_end, skip_value, value_end
from schemas import RejectReason

Parse = Callable[[bytes], object]
"""Bytes of one record -> its value; InvalidRecordError."""

_BLANK = re.compile(rb"[\s,]*")
_HEAD = re.compile(rb'(\{\s*+)("_(?:type)?"\s*:\s*"[^"\\]{0,100}+"|"[^"\\]{0,100}+"\s*:)')
"""How an object begins: up to its first key; with the value where that names a type, as nested objects have one, too."""
_BROKEN_HEAD = re.compile(rb'\{?\s*+("[^"\\]{0,100}+"\s*:)')
_GAP = re.compile(rb"(\s*+,?\s*+)" + _HEAD.pattern)
_SCALAR_AHEAD = re.compile(rb',\s*(?:null|true|false|-?[0-9][0-9.eE+-]{0,40}|"[^"\\\n]{0,200}")\s*[,\]]')
"""No object, among objects: dumps have a null for each message that is gone."""
_NEXT_KEY = re.compile(rb'\s*,\s*"')
_LIST_END = re.compile(rb"\]\s*\}")
_AHEAD_BYTES = 64 << 10
_FIRST = (b"{", b"[", b'"')
_GAP_BYTES = 512
"""Longest gap that is looked for: indentation and the first key."""
_MAX_TRIES = 64
_TOO_LARGE = InvalidRecordError(f"longer than {MAX_INPUT_BYTES} bytes", reason=RejectReason.TOO_LARGE)
_CUT = InvalidRecordError("the file ends within this record", reason=RejectReason.INVALID_JSON)


def list_elements(window: ByteWindow, parse: Parse = parse_json, first_number: int = 1) -> Iterator[Record | Filler]:
    """Elements of the list whose ``[`` was just taken, each parsed (``value``) or with its ``error``; the window is
    behind ``]`` then. ``number`` counts them.
    """
    return _Splitter(window, parse, first_number, is_list=True).records()


def object_sequence(window: ByteWindow, parse: Parse = parse_json, first_number: int = 1) -> Iterator[Record | Filler]:
    """Objects one after the other, with line breaks, commas or nothing in between, to the end of the stream."""
    return _Splitter(window, parse, first_number, is_list=False).records()


class _Separator(NamedTuple):
    """What ends a record and begins the next."""

    text: bytes
    """From the brace that closes the one."""
    gap: int
    """Bytes between the braces."""
    begin: bytes
    """What shows that a record begins: its indentation and its brace, or its brace and first key."""
    lead: int
    """Bytes of ``begin`` before the brace."""
    list_end: re.Pattern[bytes]
    """Looks like the end of the list."""


class _Splitter:
    def __init__(self, window: ByteWindow, parse: Parse, first_number: int, *, is_list: bool) -> None:
        self._window, self._parse, self._is_list = window, parse, is_list
        self._separator: _Separator | None = None
        self._number = first_number - 1
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
            yield from self._by_separator()
            if window:
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

    def _by_separator(self) -> Iterator[Record]:
        """Records up to separators, as long as each is one; blanks between them are in no digest."""
        separator, window, parse = self._separator, self._window, self._parse
        if separator is None:
            return
        tries = 2  # of windows without one: a record can lie across two
        while tries:
            tries -= 1
            for raw in window.cut(separator.text, separator.gap):
                try:
                    value = parse(raw)
                except InvalidRecordError:
                    return
                tries = 1
                self._number += 1
                offset = window.offset
                yield Record(raw, offset + len(raw), offset, None, self._number, value)
            if not window.fill():
                return

    def _record(self) -> Iterator[Record | Filler]:
        """One record by its brackets."""
        window = self._window
        self._number += 1
        end, ending = (scalar_end if window.peek(1) not in _FIRST else value_end)(window, MAX_INPUT_BYTES)
        raw = window.peek(end)
        if ending is Ending.WHOLE and (raw[:1] == b"{" or self._is_followed(end)):
            try:
                value = self._parse(raw)
            except InvalidRecordError as error:
                if self._is_followed(end):
                    yield self._broken(raw, error)
                    return
            else:
                self._learn(end)
                yield self._built(window.take(end), value)
                return
        if ending is Ending.WHOLE or (ending is Ending.UNBALANCED and not self._is_list_end(end)):
            raw = self._up_to_separator(raw)
        broken = self._resync(raw)
        if broken < end or ending in (Ending.WHOLE, Ending.UNBALANCED):
            yield self._broken(raw[:broken])
        elif ending is Ending.OPEN:
            self._is_cut = True
            yield self._built(window.take(end), None, _CUT, is_open=True)
        else:
            offset = window.offset
            yield from skip_value(window)
            yield Record(b"", window.offset, offset, number=self._number, error=_TOO_LARGE)

    def _is_list_end(self, end: int) -> bool:
        """Whether a ``]`` that closes no bracket of the record is that of the list: by its indentation, or by what is
        behind it.
        """
        self._learn_ahead()
        separator = self._separator
        if separator is None:
            return True
        if separator.lead:
            blank = self._window.peek(end).rpartition(b"\n")[2]
            return not blank.strip() and len(blank) < separator.lead - 1
        self._window.fill_to(end + _GAP_BYTES)
        return _NEXT_KEY.match(self._window.peek(_GAP_BYTES, end + 1)) is None

    def _up_to_separator(self, raw: bytes) -> bytes:
        """The bytes up to the next separator of this list, where brackets do not say where a record ends."""
        self._learn_ahead()
        separator, window = self._separator, self._window
        if separator is None:
            return raw
        while (at := window.find(separator.text)) < 0 and len(window) <= MAX_INPUT_BYTES:
            if not window.fill():
                break
        found = window.peek(at + 1)
        return found if at >= 0 and not separator.list_end.search(found) else raw

    def _broken(self, raw: bytes, error: InvalidRecordError | None = None) -> Record:
        """A record that is refused; the reason is that of these bytes where they are not the ones first parsed."""
        try:
            self._parse(raw)
        except InvalidRecordError as refused:
            error = refused
        return self._built(self._window.take(len(raw)), None, error or _CUT)

    def _is_followed(self, end: int) -> bool:
        """Whether what is behind a record shows that it ends there."""
        self._window.fill_to(end + _GAP_BYTES)
        rest = self._window.peek(_GAP_BYTES, end).lstrip()
        return rest[:1] == b"]" or bool(_GAP.match(rest) or _SCALAR_AHEAD.match(rest)) or not rest

    def _resync(self, raw: bytes) -> int:
        """Where a broken record ends at the latest: before the separator, or before a record within that is whole."""
        self._learn_ahead()
        separator = self._separator
        if separator is None:
            return len(raw)
        found = raw.find(separator.text)
        end = found + 1 if found >= 0 else len(raw)
        at = raw.find(separator.begin, 1, end)
        for _ in range(_MAX_TRIES):
            if at < 0:
                break
            try:
                self._parse(raw[at + separator.lead : end])
            except InvalidRecordError:
                at = raw.find(separator.begin, at + 1, end)
            else:
                return at + separator.lead
        return end

    def _learn_ahead(self) -> None:
        """Learn from what is behind a first record that is broken: where another begins as it does."""
        window = self._window
        if self._separator is not None:
            return
        window.fill_to(_AHEAD_BYTES)
        head = window.match(_BROKEN_HEAD)
        found = head and window.search(re.compile(rb"\}\s*+,?\s*+\{\s*+" + re.escape(head[1])))
        if found:
            self._learn(found[0] + 1)

    def _learn(self, end: int) -> None:
        """Note what is between the record that ends here and the next."""
        window = self._window
        window.fill_to(end + _GAP_BYTES)
        match = window.match(_GAP, end)
        if match is None or window.peek(1, end - 1) != b"}":
            return
        gap, brace, key = match.groups()
        line = gap.rfind(b"\n")
        if line >= 0:  # a line break is in no string: the indentation alone is sure
            begin, lead = gap[line:] + brace + b'"', len(gap) - line
            list_end = re.compile(rb"\n[ \t]{0,%d}\]" % max(lead - 2, 0))
            self._separator = _Separator(b"}" + gap + brace + b'"', len(gap), begin, lead, list_end)
        else:
            self._separator = _Separator(b"}" + gap + brace + key, len(gap), brace + key, 0, _LIST_END)

    def _built(
        self, raw: bytes, value: object, error: InvalidRecordError | None = None, *, is_open: bool = False
    ) -> Record:
        end = self._window.offset
        return Record(raw, end, end - len(raw), number=self._number, value=value, error=error, is_open=is_open)

"""JSON objects out of a stream: elements of a list, or objects one after the other, of any layout and any length.

What lies between two elements is learnt from the first gap (``},{"id":`` or its indented form) and searched for; the
parser judges each cut, and where it refuses, brackets are counted outside of strings. So texts that look like the
frame, nested objects of the same form and one broken record do no harm to their neighbours.
"""

import re
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

import orjson

from ingest.sources.base import MAX_INPUT_BYTES
from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from ingest.sources.json_text import parse_json
from ingest.sources.json_values import Ending, blanks, scalar_end, skip_value, value_end
from ingest.sources.sample import key_count
from schemas import RejectReason

Parse = Callable[[bytes], object]
"""Bytes of one record -> its value; InvalidRecordError."""

_HEAD = re.compile(rb'(\{\s*+)("(?:_(?:type)?|@type)"\s*:\s*"[^"\\]{0,100}+"|"[^"\\]{0,100}+"\s*:)')
"""How an object begins: up to its first key, and its value where that names a type, which nested objects have, too."""
_BROKEN_HEAD = re.compile(rb'\{?\s*+("[^"\\]{0,100}+"\s*:)')
_GAP = re.compile(rb"(\s*+,?\s*+)" + _HEAD.pattern)
_LIST_END = re.compile(rb"(\])\s*\}\s*,\s*(?=\{)\{")
"""The end of a chat's messages before the next chat; nested lists look so as well."""
_CLOSERS = re.compile(rb"[\s\]}]*+")
_AHEAD_BYTES = 64 << 10
_FIRST = (b"{", b"[", b'"')
_GAP_BEHIND = re.compile(rb"\}\s*+,?\s*+\{(?=\s*+\")")
_GAP_BYTES = 512
"""Longest gap that is looked for: indentation and the first key."""
_PROBE_BYTES = 1 << 20
"""So far the end of a record is looked for behind a broken one."""
_SAMPLES, _SURE_KEYS = 64, 3
_TOO_LARGE = InvalidRecordError(f"longer than {MAX_INPUT_BYTES} bytes", reason=RejectReason.TOO_LARGE)
_CUT = InvalidRecordError("the file ends within this record", reason=RejectReason.INVALID_JSON)
_UNMATCHED = InvalidRecordError("its brackets do not match", reason=RejectReason.INVALID_JSON)


def list_elements(
    window: ByteWindow, parse: Parse = parse_json, first_number: int = 1
) -> Iterator[ArchiveRecord | Filler]:
    """Elements of the list whose ``[`` was just taken, each parsed (``value``) or with its ``error``; the window is
    behind ``]`` then. ``number`` counts them.
    """
    return _Splitter(window, parse, first_number, is_list=True).records()


def object_sequence(
    window: ByteWindow, parse: Parse = parse_json, first_number: int = 1
) -> Iterator[ArchiveRecord | Filler]:
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
        self._keys: frozenset[str] | None = None
        """Keys of all records that were looked at."""
        self._samples = _SAMPLES
        self._is_cut = False
        """The stream ended within a record."""

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        window = self._window
        while True:
            yield from blanks(self._window)
            if not window:
                if self._is_list and not self._is_cut:
                    yield ArchiveRecord(b"", window.offset + 1, window.offset, error=_CUT, is_open=True)
                return
            if self._is_list and window.peek(1) == b"]":
                yield Filler(window.take(1))
                return
            yield from self._by_separator()
            if window:
                yield from self._record()

    def _by_separator(self) -> Iterator[ArchiveRecord]:
        """Records up to separators, as long as each is one; blanks between them are in no digest."""
        tries = 2  # of windows without one: a record can lie across two
        while self._separator is not None and tries:
            before = self._number
            is_one = yield from self._in_window(self._separator.text, self._separator.gap)
            if not is_one or not self._window.fill():
                return  # it is judged, and perhaps mended, by its brackets
            tries = 1 if self._number > before else tries - 1

    def _in_window(self, separator: bytes, gap: int) -> Generator[ArchiveRecord, None, bool]:
        """Those that are there; whether the parser took each."""
        data, start, base = self._window.view()
        front, number = start, self._number
        is_one = True
        while (at := data.find(separator, start)) >= 0:
            raw = data[start : at + 1]
            try:
                value = orjson.loads(raw)
            except orjson.JSONDecodeError:
                is_one = False
                break
            number += 1
            if self._samples:
                self._sample(value)
            yield ArchiveRecord(raw, base + at + 1, base + start, None, number, value)
            start = at + 1 + gap
        self._number = number
        self._window.take(start - front)
        return is_one

    def _record(self) -> Iterator[ArchiveRecord | Filler]:
        """One record by its brackets."""
        window = self._window
        self._number += 1
        end, ending = (scalar_end if window.peek(1) not in _FIRST else value_end)(window, MAX_INPUT_BYTES)
        if ending is Ending.WHOLE:
            raw = window.peek(end)
            try:
                value = self._parse(raw)
            except InvalidRecordError:
                if self._is_followed(end) and raw[:1] in _FIRST and not self._is_ended_before(end):
                    yield self._broken(end)
                    return
            else:
                # What follows an object need not be waited for.
                if raw[:1] == b"{" or self._is_followed(end):
                    self._learn(end)
                    self._sample(value)
                    yield self._built(window.take(end), value)
                    return
        yield from self._unbalanced(end, ending)

    def _unbalanced(self, end: int, ending: Ending) -> Iterator[ArchiveRecord | Filler]:
        """A record whose brackets do not match: broken, cut off, or above the limit."""
        window = self._window
        behind = self._next_good()
        if behind is not None:
            yield self._broken(behind)
        elif ending in (Ending.WHOLE, Ending.UNBALANCED):
            yield self._broken(max(end, self._last_end()))
        elif ending is Ending.OPEN:
            self._is_cut = True
            yield self._built(window.take(len(window)), None, _CUT, is_open=True)
        else:
            offset = window.offset
            yield from skip_value(window)
            yield ArchiveRecord(b"", window.offset, offset, number=self._number, error=_TOO_LARGE)

    def _broken(self, end: int) -> ArchiveRecord:
        """A record that is refused."""
        raw = self._window.take(end)
        try:
            self._parse(raw)
        except InvalidRecordError as error:
            return self._built(raw, None, error)
        return self._built(raw, None, _UNMATCHED)

    def _is_followed(self, end: int) -> bool:
        """Whether what is behind a record shows that it ends there."""
        self._window.fill_to(end + _GAP_BYTES)
        rest = self._window.peek(_GAP_BYTES, end).lstrip()
        is_object = self._window.peek(1) == b"{"
        return rest[:1] == b"]" or not rest or bool(_GAP.match(rest)) or (not is_object and rest[:1] == b",")

    def _is_ended_before(self, end: int) -> bool:
        """Whether a record that has all the keys of the others begins within: a missing quote turns texts and JSON
        about, and brackets of texts are counted.
        """
        if self._keys is not None and len(self._keys) < _SURE_KEYS:
            return False
        behind = self._next_good()
        return behind is not None and behind < end

    def _next_good(self) -> int | None:
        """Where a broken record ends: before the next that is whole, or before the end of the list."""
        self._learn_ahead()
        separator, window = self._separator, self._window
        at = 0
        while separator is not None and len(window) <= MAX_INPUT_BYTES:
            at = window.find(separator.begin, at + 1)
            if at < 0:
                end = self._list_end(separator, len(window))
                at = max(0, len(window) - len(separator.begin))
                if end is not None or not window.fill():
                    return end
            elif separator.lead or (self._is_behind_comma(at) and self._is_good(at)):
                end = self._list_end(separator, at)
                return at + separator.lead if end is None else end
        return None

    def _last_end(self) -> int:
        """Where the last record ends, which nothing follows; 0 where that does not show."""
        window = self._window
        if len(window) > MAX_INPUT_BYTES or window.fill():
            return 0
        if not self._is_list:
            return len(window)
        last = window.peek(len(window)).rfind(b"]")
        return last if window.match_end(_CLOSERS, last + 1) == len(window) else 0

    def _list_end(self, separator: _Separator, most: int) -> int | None:
        """Where the list ends before a position, as far as it shows: by its indentation, or as one chat of several,
        whose next one has a list of such records. Lists within a record, of photo sizes or buttons, end as that does.
        """
        data = self._window.peek(most)
        if separator.lead:
            found = separator.list_end.search(data)
            return None if found is None else found.start(1)
        following = re.search(rb"\[\s*+" + re.escape(separator.begin), data)
        if following is None:
            return None
        ends = [found.start(1) for found in separator.list_end.finditer(data, 0, following.start())]
        return ends[-1] if ends else None

    def _is_behind_comma(self, at: int) -> bool:
        return self._window.peek(min(at, _GAP_BYTES), max(at - _GAP_BYTES, 0)).rstrip()[-1:] in (b",", b"}")

    def _is_good(self, start: int) -> bool:
        """Whether a record begins there: it is whole, it parses, and it has the keys that all have."""
        end, ending = value_end(self._window, _PROBE_BYTES, start)
        if ending is not Ending.WHOLE:
            return False
        try:
            value = self._parse(self._window.peek(end - start, start))
        except InvalidRecordError:
            return False
        if not isinstance(value, dict):
            return False
        return key_count(value) >= _SURE_KEYS if self._keys is None else self._keys <= value.keys()

    def _sample(self, value: object) -> None:
        self._samples = max(self._samples - 1, 0)
        if isinstance(value, dict):
            self._keys = frozenset(value) if self._keys is None else self._keys & value.keys()

    def _learn_ahead(self) -> None:
        """Learn from what is behind a first record that is broken: where another begins as it does."""
        window = self._window
        if self._separator is not None:
            return
        window.fill_to(_AHEAD_BYTES)
        head = window.match(_BROKEN_HEAD)
        found = head and window.search(re.compile(rb"\}\s*+,?\s*+\{\s*+" + re.escape(head[1])))
        if not found:
            found = self._first_good()
        if found:
            self._learn(found[0] + 1)

    def _first_good(self) -> tuple[int, int] | None:
        """The gap before the first whole record, where the one at the front does not even begin as one."""
        at = 0
        for _ in range(_SAMPLES):
            found = self._window.search(_GAP_BEHIND, at)
            if found is None or self._is_good(found[1] - 1):
                return found
            at = found[0] + 1
        return None

    def _learn(self, end: int) -> None:
        """Note what is between the record that ends here and the next."""
        window = self._window
        match = window.match(_GAP, end)
        if match is None or window.peek(1, end - 1) != b"}":
            return
        gap, brace, key = match.groups()
        line = gap.rfind(b"\n")
        if line >= 0:  # a line break is in no string: the indentation alone is sure
            begin, lead = gap[line:] + brace + b'"', len(gap) - line
            list_end = re.compile(rb"\n[ \t]{0,%d}(\])" % max(lead - 2, 0))
            self._separator = _Separator(b"}" + gap + brace + b'"', len(gap), begin, lead, list_end)
        else:
            self._separator = _Separator(b"}" + gap + brace + key, len(gap), brace + key, 0, _LIST_END)

    def _built(
        self, raw: bytes, value: object, error: InvalidRecordError | None = None, *, is_open: bool = False
    ) -> ArchiveRecord:
        end = self._window.offset
        return ArchiveRecord(raw, end, end - len(raw), number=self._number, value=value, error=error, is_open=is_open)

"""JSON objects out of a stream: elements of a list, or objects one after the other, of any layout and any length.

What lies between two elements is learnt from the first gap (``},{"id":`` or its indented form) and searched for; the
parser judges each cut, and where it refuses, brackets are counted outside of strings. So texts that look like the
frame and nested objects of the same form do no harm. A broken record ends where the next begins: at the indentation of
the others, or, on one line, at a first key of theirs before an object that is whole and has their keys. No string of an
intact record looks so, as quotes within it have a backslash before them.
"""

import re
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

import orjson

from ingest.sources.base import MAX_INPUT_BYTES
from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from ingest.sources.json_text import parse_json
from ingest.sources.json_tokens import json_tokens
from ingest.sources.json_values import Ending, blanks, scalar_end, skip_value, value_end
from ingest.sources.sample import key_count
from schemas import RejectReason
from schemas.plurals import counted

Parse = Callable[[bytes], object]
"""Bytes of one record -> its value; InvalidRecordError."""

_HEAD = re.compile(rb'(\{\s*+)("(?:_(?:type)?|@type)"\s*:\s*"[^"\\]{0,100}+"|"[^"\\]{0,100}+"\s*:)')
"""How an object begins: up to its first key, and its value where that names a type, which nested objects have, too."""
_NAME = re.compile(rb'("[^"\\]*+")\s*+:\s*+("[^"\\]*+")?')
_TYPE_KEYS = frozenset({"_", "_type", "@type"})
_BROKEN_HEAD = re.compile(rb'\{?\s*+("[^"\\]{0,100}+"\s*:)')
_GAP = re.compile(rb"(\s*+,?\s*+)" + _HEAD.pattern)
_STRING = rb'"(?:[^"\\\n]|\\.){0,1000}+"'
_BETWEEN_LISTS = re.compile(rb"([\]}][\s\]}]*+),((?:[\s{\[:,\w.+-]|" + _STRING + rb"){0,2000}?)\[\s*+\Z", re.DOTALL)
"""What closes one list of records, and what begins before the next."""
_LIST_HEAD = re.compile(
    rb"(?:" + _STRING + rb"\s*+:\s*+(?:" + _STRING + rb'|[\w.+-]{1,40}+)\s*+,\s*+){0,10}+"messages"\s*+:\s*+\[\s*+\Z',
    re.DOTALL,
)
"""The head of a chat before its messages."""
_LIST_HEAD_BYTES = 4096
_CLOSED = re.compile(rb"\][\s\]}]*+")
_AFTER_LIST = re.compile(rb'[{\[]|,\s*+(?:[{\[]|("(?:[^"\\\n]|\\.){0,200}+"\s*+:))', re.DOTALL)
"""What can be behind the brackets that close a list (group 1: another member)."""
_CHAT = re.compile(rb'\{[^{}\[\]]{0,400}?"messages"\s*:')
_CLOSERS = re.compile(rb"(?<![\s\]}])[\s\]}]*+\Z")
_AHEAD_BYTES = 64 << 10
_FIRST = (b"{", b"[", b'"')
_GAP_BEHIND = re.compile(rb"\}\s*+,?\s*+\{(?=\s*+\")")
_CLOSING = 0x5D
_GAP_BYTES = 512
"""Longest gap that is looked for: indentation and the first key."""
_PROBE_BYTES, _NEAR_BYTES = 1 << 20, 4 << 10
"""So far the end of a record is looked for behind a broken one; and where many are broken."""
_FAULTS = 4
"""So many broken records are followed as far as their brackets lead: with more, that takes the square of the time."""
_SAMPLES, _SURE_KEYS = 64, 3
_TOO_LARGE = InvalidRecordError(f"longer than {MAX_INPUT_BYTES} bytes", reason=RejectReason.TOO_LARGE)
_CUT = InvalidRecordError("the file ends within this record", reason=RejectReason.INVALID_JSON)
_UNMATCHED = InvalidRecordError("its brackets do not match", reason=RejectReason.INVALID_JSON)


def list_elements(
    window: ByteWindow, parse: Parse = parse_json, first_number: int = 1, depth: int | None = None
) -> Iterator[ArchiveRecord | Filler]:
    """Elements of the list whose ``[`` was just taken, each parsed (``value``) or with its ``error``; the window is
    behind ``]`` then, or before the head of another list where ``]`` is gone with a broken element.

    ``number`` counts them. ``depth`` is how many brackets are closed behind the list, where that is known.
    """
    return _Splitter(window, parse, first_number, is_list=True, depth=depth).records()


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
    begin: re.Pattern[bytes] | None
    """A record that begins a line (ends in ``{``), or what is outside of the list; None: all is on one line."""
    indent: int = -1
    """Blanks before a record that begins a line; -1: all is on one line."""


class _Splitter:
    def __init__(
        self, window: ByteWindow, parse: Parse, first_number: int, *, is_list: bool, depth: int | None = None
    ) -> None:
        self._window, self._parse, self._is_list, self._depth = window, parse, is_list, depth
        self._separator: _Separator | None = None
        self._number = first_number - 1
        self._keys: frozenset[str] | None = None
        """Keys of all records that were looked at."""
        self._heads: dict[bytes, None] = {}
        """Patterns of their first keys."""
        self._samples = _SAMPLES
        self._faults = 0
        """Broken records so far."""
        self._probe_bytes = _PROBE_BYTES
        self._seen = 0
        """Byte of the stream up to which the next good record was looked for ..."""
        self._next: int | None = None
        """... and where it, or the end of the list, was found."""
        self._is_left = False
        """Another list begins, and the end of this one is not there."""
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
                behind = self._next_good() if self._is_broken_end() else None
                if not behind:
                    yield Filler(window.take(1))
                    return
                self._number += 1
                yield self._broken_to(behind)
                if self._is_left:
                    return
                continue
            yield from self._by_separator()
            if window:
                yield from self._record()
            if self._is_left:
                return

    def _is_broken_end(self) -> bool:
        """Whether the bracket at the front, as what is behind it shows, is not the end of the list: a quote that should
        not be there has ended a text before it.
        """
        window = self._window
        window.fill_to(_GAP_BYTES)
        end = window.match_end(_CLOSED) or 1
        if end >= len(window):
            return False
        after = window.match(_AFTER_LIST, end)
        if after is None:
            return True
        if after[1]:
            closed = sum(byte in b"]}" for byte in window.peek(end)) - 1
            return self._depth is not None and closed >= self._depth
        begin = end + len(after[0]) - 1
        is_object = after[0][:1] == b"," and after[0][-1:] == b"{" and not window.match(_CHAT, begin)
        return is_object and self._keys is not None and self._is_good(begin)

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
        end, ending = self._end()
        if ending is Ending.WHOLE:
            raw = window.peek(end)
            try:
                value = self._parse(raw)
            except InvalidRecordError:
                if self._is_followed(end) and raw[:1] in _FIRST:
                    behind = self._next_good() if self._is_sure() else None
                    if behind is None and window.peek(_GAP_BYTES, end).lstrip()[:1] == b"]":
                        behind = max(end, self._last_end())  # a list within may end there
                    yield self._broken(end) if behind is None or self._is_next(end, behind) else self._broken_to(behind)
                    return
            else:
                # What follows an object need not be waited for.
                if raw[:1] == b"{" or self._is_followed(end):
                    self._learn(end)
                    self._sample(value)
                    yield self._built(window.take(end), value)
                    return
        yield from self._unbalanced(end, ending)

    def _end(self) -> tuple[int, Ending]:
        """Where the record at the front ends by its brackets."""
        window = self._window
        if window.peek(1) not in _FIRST:
            return scalar_end(window, MAX_INPUT_BYTES)
        if self._faults < _FAULTS:
            return value_end(window, MAX_INPUT_BYTES)
        end, ending = value_end(window, _NEAR_BYTES)
        return (end, ending) if ending is not Ending.FAR else value_end(window, self._next_good() or MAX_INPUT_BYTES)

    def _unbalanced(self, end: int, ending: Ending) -> Iterator[ArchiveRecord | Filler]:
        """A record whose brackets do not match: broken, cut off, or above the limit."""
        window = self._window
        behind = self._next_good()
        if behind is not None:
            yield self._broken_to(behind)
        elif ending in (Ending.WHOLE, Ending.UNBALANCED):
            yield self._broken(self._last_end() or end)
        elif ending is Ending.OPEN:
            self._is_cut = True
            yield self._built(window.take(len(window)), None, _CUT, is_open=True)
        else:
            offset = window.offset
            yield from skip_value(window)
            yield ArchiveRecord(b"", window.offset, offset, number=self._number, error=_TOO_LARGE)

    def _broken(self, end: int) -> ArchiveRecord:
        """A record that is refused."""
        self._faults += 1
        raw = self._window.take(end)
        try:
            self._parse(raw)
        except InvalidRecordError as error:
            return self._built(raw, None, error)
        return self._built(raw, None, _UNMATCHED)

    def _broken_to(self, end: int) -> ArchiveRecord:
        """The same for one that ends where the next begins, or the list ends."""
        found = self._broken(end)
        self._is_left = self._is_list and self._window.peek(1) not in (b"{", b"]")
        error = found.error
        assert error is not None
        said = f"{error.message}; left out up to what is next: {counted(end, 'byte')}"
        return found._replace(error=InvalidRecordError(said, error.field, error.reason, error.at))

    def _is_followed(self, end: int) -> bool:
        """Whether what is behind a record shows that it ends there."""
        self._window.fill_to(end + _GAP_BYTES)
        rest = self._window.peek(_GAP_BYTES, end).lstrip()
        is_object = self._window.peek(1) == b"{"
        return rest[:1] == b"]" or not rest or bool(_GAP.match(rest)) or (not is_object and rest[:1] == b",")

    def _is_sure(self) -> bool:
        """Whether records can be recognised by their indentation or their keys."""
        is_by_line = self._separator is not None and self._separator.begin is not None
        return is_by_line or self._keys is None or len(self._keys) >= _SURE_KEYS

    def _is_next(self, end: int, behind: int) -> bool:
        """Whether a broken record ends by its brackets: another begins there as they do, and none before."""
        if end > behind:
            return False
        found = self._window.search(self._begin(), end)
        ends = (behind, behind if found is None else found[1] - 1)
        return any(not self._window.peek(place - end, end).strip(b" \t\r\n,") for place in ends)

    def _begin(self) -> re.Pattern[bytes]:
        """How a record begins."""
        by_line = self._separator.begin if self._separator is not None else None
        return by_line or re.compile(rb"\{(?=\s*+(?:" + b"|".join(self._heads) + rb"))")

    def _next_good(self) -> int | None:
        """Where a broken record ends: before the next that is whole, or before the end of the list.

        What was looked at for one is not looked at again for the next: many can be broken.
        """
        front = self._window.offset
        if self._next is None or self._next <= front:
            self._learn_ahead()
            found = self._find_good(max(self._seen - front, 1)) if self._separator is not None else None
            self._next = None if found is None else front + found
            self._seen = front + (max(len(self._window) - _GAP_BYTES, 1) if found is None else found)
        return None if self._next is None else self._next - front

    def _find_good(self, at: int) -> int | None:
        window, begin = self._window, self._begin()
        is_by_line = self._separator is not None and self._separator.begin is not None
        lists: list[int] = []
        while True:
            found = window.search(begin, at)
            if found is None:
                at = max(at, len(window) - _GAP_BYTES)  # the beginning of one may be there
                if len(window) > MAX_INPUT_BYTES or not window.fill():
                    return None
                continue
            brace = found[1] - 1
            if is_by_line:
                return brace
            before = window.peek(min(brace, _GAP_BYTES), max(brace - _GAP_BYTES, 0)).rstrip()[-1:]
            at = found[1]
            if before == b"[" and self._is_list:
                end = self._list_end(brace, is_nested_too=False) if self._is_good(brace) else None
                if end is not None:
                    return end
                lists.append(brace)
            elif before != b":" and self._is_good(brace):
                ends = (self._list_end(first, is_nested_too=True) for first in lists)
                return next((end for end in ends if end is not None), brace)

    def _list_end(self, brace: int, *, is_nested_too: bool) -> int | None:
        """Where the list ends before another of such records, whose first one begins at a position: with as many
        brackets behind its own as are opened before the other; or before the head of a chat, where that is not there.

        A first record that is broken, too, may be of a list within the record (``is_nested_too``), as of photo sizes
        or buttons: that is in no other object.
        """
        front = max(brace - _LIST_HEAD_BYTES, 0)
        data = self._window.peek(brace - front, front)
        between = _BETWEEN_LISTS.search(data)
        if between is not None:
            opened = sum(token[0][:1] in (b"{", b"[") for token in json_tokens(between[2]))
            closing = [place for place, byte in enumerate(between[1]) if byte in b"]}"]
            place = closing[-1 - opened] if opened < len(closing) and (opened or not is_nested_too) else None
            if place is not None and between[1][place] == _CLOSING:
                return front + between.start() + place
        head = _LIST_HEAD.search(data)
        return front + head.start() if head is not None and front + head.start() > 0 else None

    def _last_end(self) -> int:
        """Where the last record ends, which nothing follows; 0 where that does not show."""
        window = self._window
        if len(window) > MAX_INPUT_BYTES or window.fill():
            return 0
        if not self._is_list:
            return len(window)
        closing = _CLOSERS.search(window.peek(len(window)))
        assert closing is not None  # that of nothing, at the end
        lists = [place for place, byte in enumerate(closing[0]) if byte == _CLOSING]
        if self._depth is not None:
            brackets = [place for place, byte in enumerate(closing[0]) if byte in b"]}"]
            lists = [place for place in lists if place in brackets[-1 - self._depth :][:1]]
        return closing.start() + lists[-1] if lists else 0

    def _is_good(self, start: int) -> bool:
        """Whether a record begins there: it is whole, it parses, and it has most of the keys that all have."""
        window, size, ending = self._window, _NEAR_BYTES, Ending.FAR
        while ending is Ending.FAR and size <= self._probe_bytes:
            end, ending = value_end(window, size, start)
            size *= 4
        if ending is not Ending.WHOLE:
            if ending is not Ending.UNBALANCED:  # each bracket that is missing leads as far
                self._probe_bytes = max(self._probe_bytes // 4, _NEAR_BYTES)
            return False
        self._probe_bytes = _PROBE_BYTES
        try:
            value = self._parse(window.peek(end - start, start))
        except InvalidRecordError:
            return False
        if not isinstance(value, dict):
            return False
        if self._keys is None:
            return key_count(value) >= _SURE_KEYS
        return len(self._keys & value.keys()) >= min(len(self._keys), max(_SURE_KEYS, len(self._keys) // 3))

    def _sample(self, value: object) -> None:
        self._samples = max(self._samples - 1, 0)
        if isinstance(value, dict):
            self._keys = frozenset(value) if self._keys is None else self._keys & value.keys()
            first = next(iter(value), None)
            if first is not None:
                kind = value[first] if first in _TYPE_KEYS and isinstance(value[first], str) else None
                self._add_head(orjson.dumps(first), None if kind is None else orjson.dumps(kind))

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
        if self._separator is not None and 0 <= self._separator.indent < len(gap) - line - 1:
            return  # what is indented more is of a record that was closed too early
        named = _NAME.match(key)
        if named is not None:
            self._add_head(*named.groups())
        if line >= 0 and brace[-1:] != b"\n":  # a line break is in no string: the indentation alone is sure
            outside = rb'\n[ \t]{0,%d}(?:\]|"(?=[^"\\\n]{1,100}+"\s*+:))' % max(len(gap) - line - 2, 0)
            begin = re.compile(re.escape(gap[line:]) + rb"\{" + (rb"|" + outside if self._is_list else b""))
            self._separator = _Separator(b"}" + gap + b"{", len(gap), begin, len(gap) - line - 1)
        else:
            self._separator = _Separator(b"}" + gap + brace + key, len(gap), None)

    def _add_head(self, name: bytes, kind: bytes | None) -> None:
        if len(self._heads) < _SAMPLES:
            self._heads[re.escape(name) + rb"\s*+:" + (b"" if kind is None else rb"\s*+" + re.escape(kind))] = None

    def _built(
        self, raw: bytes, value: object, error: InvalidRecordError | None = None, *, is_open: bool = False
    ) -> ArchiveRecord:
        end = self._window.offset
        return ArchiveRecord(raw, end, end - len(raw), number=self._number, value=value, error=error, is_open=is_open)

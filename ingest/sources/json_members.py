"""Members of a JSON object of any size, one by one."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.sources.base import MAX_INPUT_BYTES
from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.json_text import key_of, parse_json
from ingest.sources.json_values import Ending, blanks, scalar_end, skip_value, value_end
from schemas import RejectReason
from schemas.plurals import counted

_KEY = re.compile(rb'("(?:[^"\\]|\\.){0,2000}")\s*:\s*', re.DOTALL)
_KEY_BYTES = 4096
_GAP = re.compile(rb'\s*,\s*"')
_GAP_BYTES = 256
_NEAR_BYTES = 64 << 10
"""So far a value is followed by its brackets before what may be behind it is looked for."""
_BEHIND = re.compile(rb"\s*+[,}]")
CUT = InvalidRecordError("the file ends within an object", reason=RejectReason.INVALID_JSON)
_TOO_LARGE = InvalidRecordError(f"longer than {MAX_INPUT_BYTES} bytes", reason=RejectReason.TOO_LARGE)
_BROKEN = InvalidRecordError("broken JSON: expected a key", reason=RejectReason.INVALID_JSON)


class JsonMember(NamedTuple):
    """A member whose value is at the front of the window: it is to be read before the next is requested."""

    key: str
    offset: int
    """Byte at which its key begins."""


def members(window: ByteWindow) -> Iterator[JsonMember | InvalidRecordError]:
    """Members of the object whose ``{`` (or the comma between two members) is at the front, to behind its ``}``.

    An error ends them: CUT, or one of broken JSON.
    """
    if not window.fill_to(1) or window.peek(1) not in b"{,":
        yield _BROKEN if window else CUT
        return
    window.take(1)
    while True:
        skip_blank(window)
        if not window:
            yield CUT
            return
        if window.peek(1) == b"}":
            window.take(1)
            return
        window.fill_to(_KEY_BYTES)
        end = window.match_end(_KEY)
        if end is None:
            yield _BROKEN if len(window) >= _KEY_BYTES or window.peek(1) != b'"' else CUT
            return
        offset = window.offset
        key = window.take(end).rstrip().removesuffix(b":").rstrip()
        yield JsonMember(key_of(key), offset)


def skip_blank(window: ByteWindow) -> None:
    """Pass over blanks and commas."""
    for _ in blanks(window):
        pass


def value(window: ByteWindow, following: re.Pattern[bytes] | None = None) -> ArchiveRecord:
    """The value at the front, parsed or with its error; ``is_open`` when the stream ends within it.

    ``following`` matches what can be behind it, and is never within one that is sound: a broken one ends before that.
    """
    offset = window.offset
    if not window.fill_to(1):
        return ArchiveRecord(b"", offset + 1, offset, error=CUT, is_open=True)
    find_end = value_end if window.peek(1) in (b"{", b"[", b'"') else scalar_end
    end, ending = find_end(window, MAX_INPUT_BYTES if following is None else _NEAR_BYTES)
    if following is not None:
        fault = _fault(window.peek(end)) if ending is Ending.WHOLE else CUT
        if fault is not None:
            behind = find(window, following)
            if ending is Ending.FAR:
                end, ending = find_end(window, MAX_INPUT_BYTES if behind is None else behind)
                fault = _fault(window.peek(end)) if ending is Ending.WHOLE else CUT
            is_ended = ending is Ending.WHOLE and window.match_end(_BEHIND, end) is not None
            if fault is not None and behind is not None and (not is_ended or behind < end):
                return _broken_to(window, behind)
    if ending is Ending.FAR:
        for _ in skip_value(window):
            pass
        return ArchiveRecord(b"", window.offset, offset, error=_TOO_LARGE)
    raw = window.take(end)
    if ending is Ending.OPEN:
        return ArchiveRecord(raw, window.offset, offset, error=CUT, is_open=True)
    try:
        return ArchiveRecord(raw, window.offset, offset, value=parse_json(raw))
    except InvalidRecordError as error:
        return ArchiveRecord(raw, window.offset, offset, error=error)


def find(window: ByteWindow, following: re.Pattern[bytes], at: int = 1) -> int | None:
    """Where something begins first at or behind a position; looked for as far as a value may reach."""
    while (found := window.search(following, at)) is None:
        at = max(at, len(window) - _GAP_BYTES)
        if len(window) > MAX_INPUT_BYTES or not window.fill():
            return None
    return found[0]


def _fault(raw: bytes) -> InvalidRecordError | None:
    try:
        parse_json(raw)
    except InvalidRecordError as error:
        return error
    return None


def _broken_to(window: ByteWindow, end: int) -> ArchiveRecord:
    """A value whose brackets do not show its end."""
    offset, raw = window.offset, window.take(end)
    error = _fault(raw) or _BROKEN
    said = f"{error.message}; left out up to what is next: {counted(end, 'byte')}"
    return ArchiveRecord(raw, window.offset, offset, error=InvalidRecordError(said, reason=error.reason, at=error.at))


class AlikeValues:
    """Values of members that follow each other in one layout, as ``value``, and faster: what lies between two of them
    is learnt and searched for, and the parser judges the cut.
    """

    def __init__(self, window: ByteWindow, following: re.Pattern[bytes]) -> None:
        self._window, self._following = window, following
        self._separator: bytes | None = None

    def next(self) -> ArchiveRecord:
        """The object at the front."""
        window, separator = self._window, self._separator
        if separator is not None:
            at = window.find(separator)
            if at < 0 and window.fill():
                at = window.find(separator)
            if 0 <= at < MAX_INPUT_BYTES:
                raw = window.peek(at + 1)
                try:
                    found = parse_json(raw)
                except InvalidRecordError:
                    pass  # the separator is within a text, or the value is broken
                else:
                    offset = window.offset
                    window.take(at + 1)
                    return ArchiveRecord(raw, window.offset, offset, value=found)
        record = value(window, self._following)
        self._learn(record)
        return record

    def _learn(self, record: ArchiveRecord) -> None:
        self._window.fill_to(_GAP_BYTES)
        gap = self._window.match_end(_GAP)
        is_object = record.raw.endswith(b"}") and gap is not None
        self._separator = b"}" + self._window.peek(gap or 0) if is_object else None

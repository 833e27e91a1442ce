"""Strings in quotation marks: every common style, nested, mixed and unbalanced."""

import re

from processors.core.quotes.lines.lines import Offsets
from schemas.text import QUOTATION_MARKS

_CLOSERS = {
    "«": "»",
    "‹": "›",
    "„": '“”"',
    "“": '”"',
    "‟": '”"',
    "「": "」",
    "『": "』",
    "‚": "‘’",
    "‘": "’",
    "»": "«",
}
_PAIRS = frozenset(opened + mark for opened, closers in _CLOSERS.items() for mark in closers if mark not in '"‘’«')
"""Marks that only an opening one and its closing one can be, whatever is beside them."""
_OTHERS = "".join(map(chr, QUOTATION_MARKS))
_MARKS = re.compile(rf"[«»‹›„“”‟\"「」『』‚‘’'{_OTHERS}](?:(?<!['‘’‛＇])|(?<![^\W_].)|(?![^\W_]))")
"""Marks; no apostrophe between two letters is one."""
_STRAIGHT = '"'
_MAX_DEPTH = 6


def _is_closed_by(opened: str, mark: str) -> bool:
    if opened in _STRAIGHT:
        return mark in _STRAIGHT or mark in "»”"
    return mark in _CLOSERS.get(opened, opened) or (mark in _STRAIGHT and opened in "«„“")


_CLOSES = {
    mark: frozenset(opened for opened in (*_CLOSERS, *_STRAIGHT, "'") if _is_closed_by(opened, mark))
    for mark in "«»‹›„“”‟\"「」『』‚‘’'"
}
"""For each mark the opening ones that it may close."""


def quoted(text: str, start: int, end: int) -> list[Offsets]:
    """Offsets of the outermost strings in quotation marks within ``text[start:end]``, without their marks.

    A mark that is never closed loses its quotation, unless the piece ends on a closing mark: then the outermost
    quotation reaches to it, as where an inner mark was forgotten; or unless it opens after a colon: then it reaches to
    the end.
    """
    marks = list(_MARKS.finditer(text, start, end))
    if not marks:
        return []
    read = [(QUOTATION_MARKS.get(ord(match[0]), match[0]), match.start()) for match in marks]
    if len(read) == 2 and read[0][0] + read[1][0] in _PAIRS:  # as most
        first, after = read[0][1] + 1, read[1][1]
        return [_trim(text, first, after)] if first < after else []
    reader = _MarkReader(text, start, end)
    for mark, at in read:
        reader.read(mark, at)
    return reader.outermost()


class _MarkReader:
    """Stack of open marks over one piece of text."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text = text
        self._start = start
        self._end = end
        self._open: list[str] = []
        self._opened_at: list[int] = []
        self._closed: list[Offsets] = []
        self._last_close = -1

    def read(self, mark: str, at: int) -> None:
        before = self._text[at - 1] if at > self._start else " "
        after = self._text[at + 1] if at + 1 < self._end else " "
        if mark in "'‘’" and not self._is_single_mark(mark, before, after):
            return
        if self._open and (self._closes(mark, before, after) or self._closes_its_like(mark, before, after)):
            self._close(mark, at)
        elif self._opens(mark, before, after) and len(self._open) < _MAX_DEPTH:
            self._open.append(mark)
            self._opened_at.append(at)

    def outermost(self) -> list[Offsets]:
        """Closed quotations that no other holds, in order and without outer blanks."""
        spans = list(self._closed)
        if self._open:
            outer = self._opened_at[0]
            if self._ends_on_close(outer):
                spans.append((outer + 1, self._last_close))
            elif self._text[max(self._start, outer - 3) : outer].rstrip().endswith(":"):
                spans.append((outer + 1, self._end))
        kept: list[Offsets] = []
        reached = 0
        for start, end in sorted(spans, key=_outer_first):
            if start < end and start >= reached:
                kept.append(_trim(self._text, start, end))
                reached = end
        return kept

    def _ends_on_close(self, outer: int) -> bool:
        tail = self._text[self._last_close + 1 : self._end]
        return self._last_close > outer and not any(c.isalnum() for c in tail)

    def _closes(self, mark: str, before: str, after: str) -> bool:
        if _CLOSES[mark].isdisjoint(self._open):
            return False
        if mark in _STRAIGHT or mark == "'":
            return _may_close(before, after) or not _may_open(before, after)
        # What is no straight mark closes a straight one only where nothing else was opened since.
        return self._open[-1] in _CLOSES[mark] or any(o in _CLOSES[mark] and o not in _STRAIGHT for o in self._open)

    def _closes_its_like(self, mark: str, before: str, after: str) -> bool:
        """Whether "“" closes another one, as writers do whose keyboard has no second: it cannot open anything."""
        return mark == self._open[-1] == "“" and not _may_open(before, after)

    def _opens(self, mark: str, before: str, after: str) -> bool:
        if mark == "»":  # "»...«", as in German and Polish books
            return _may_open(before, after)
        return mark in _CLOSERS or ((mark in _STRAIGHT or mark == "'") and _may_open(before, after))

    def _close(self, mark: str, at: int) -> None:
        depth = len(self._open) - 1
        while depth and self._open[depth] not in _CLOSES[mark] and self._open[depth] != mark:
            depth -= 1
        self._closed.append((self._opened_at[depth] + 1, at))
        self._last_close = at
        del self._open[depth:], self._opened_at[depth:]

    def _is_single_mark(self, mark: str, before: str, after: str) -> bool:
        """An apostrophe is no mark: single marks count where a word starts or ends at them."""
        if mark == "‘" or (mark == "'" and not before.isalnum() and not after.isspace()):
            return not before.isalnum() and before not in ".,;!?" and after.isalnum()
        return any(opened in "'‘‚" for opened in self._open)


def _outer_first(span: Offsets) -> Offsets:
    return span[0], -span[1]


def _may_open(before: str, after: str) -> bool:
    return not after.isspace() and not before.isalnum() and after not in ".,;:!?)"


def _may_close(before: str, after: str) -> bool:
    return not before.isspace() or not after.isalnum()


def _trim(text: str, start: int, end: int) -> Offsets:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end

"""Strings in quotation marks: every common style, nested, mixed and unbalanced."""

import re

from processors.core.quotes.units import Offsets

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
}
_MARKS = re.compile("[«»‹›„“”‟\"「」『』＂‚‘’']")
_STRAIGHT = '"＂'
_MAX_DEPTH = 6


def quoted(text: str, start: int, end: int) -> list[Offsets]:
    """Offsets of the outermost strings in quotation marks within ``text[start:end]``, without their marks.

    A mark that is never closed loses its quotation, unless the piece ends on a closing mark: then the outermost
    quotation reaches to it, as where an inner mark was forgotten; or unless it opens after a colon: then it reaches to
    the end.
    """
    if _MARKS.search(text, start, end) is None:
        return []
    reader = _Reader(text, start, end)
    for match in _MARKS.finditer(text, start, end):
        reader.read(match[0], match.start())
    return [_trim(text, *span) for span in reader.outermost()]


class _Reader:
    """Stack of open marks over one piece of text."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text = text
        self._start = start
        self._end = end
        self._stack: list[tuple[str, int]] = []
        self._closed: list[Offsets] = []
        self._last_close = -1

    def read(self, mark: str, at: int) -> None:
        if mark in "'‘’" and not self._is_single_mark(mark, at):
            return
        if self._closes(mark, at):
            self._close(mark, at)
        elif self._opens(mark, at) and len(self._stack) < _MAX_DEPTH:
            self._stack.append((mark, at))

    def outermost(self) -> list[Offsets]:
        """Closed quotations that no other holds, in order."""
        spans = list(self._closed)
        if self._stack and self._ends_on_close():
            spans.append((self._stack[0][1] + 1, self._last_close))
        elif self._stack and self._text[max(self._start, self._stack[0][1] - 3) : self._stack[0][1]].rstrip().endswith(
            ":"
        ):
            spans.append((self._stack[0][1] + 1, self._end))
        kept: list[Offsets] = []
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if start < end and (not kept or start >= kept[-1][1]):
                kept.append((start, end))
        return kept

    def _ends_on_close(self) -> bool:
        tail = self._text[self._last_close + 1 : self._end]
        return self._last_close > self._stack[0][1] and not any(c.isalnum() for c in tail)

    def _closes(self, mark: str, at: int) -> bool:
        if not self._stack:
            return False
        if mark in _STRAIGHT or mark == "'":
            return self._closes_straight(mark, at)
        return any(mark in _CLOSERS.get(opened, opened) for opened, _ in self._stack) or (
            mark in "»”" and self._stack[-1][0] in _STRAIGHT
        )

    def _closes_straight(self, mark: str, at: int) -> bool:
        is_open = any(self._is_closed_by(opened, mark) for opened, _ in self._stack)
        return is_open and not (self._may_open(at) and not self._may_close(at))

    def _opens(self, mark: str, at: int) -> bool:
        if mark in _CLOSERS:
            return True
        return (mark in _STRAIGHT or mark == "'") and self._may_open(at)

    def _close(self, mark: str, at: int) -> None:
        for depth in range(len(self._stack) - 1, -1, -1):
            opened, start = self._stack[depth]
            if self._is_closed_by(opened, mark) or depth == 0:
                del self._stack[depth:]
                self._closed.append((start + 1, at))
                self._last_close = at
                return

    @staticmethod
    def _is_closed_by(opened: str, mark: str) -> bool:
        if opened in _STRAIGHT:
            return mark in _STRAIGHT or mark in "»”"
        return mark in _CLOSERS.get(opened, opened) or (mark in _STRAIGHT and opened in "«„“")

    def _before(self, at: int) -> str:
        return self._text[at - 1] if at > self._start else " "

    def _after(self, at: int) -> str:
        return self._text[at + 1] if at + 1 < self._end else " "

    def _may_open(self, at: int) -> bool:
        return not self._after(at).isspace() and not self._before(at).isalnum() and self._after(at) not in ".,;:!?)"

    def _may_close(self, at: int) -> bool:
        return not self._before(at).isspace() or not self._after(at).isalnum()

    def _is_single_mark(self, mark: str, at: int) -> bool:
        """An apostrophe is no mark: single marks count where a word starts or ends at them."""
        before, after = self._before(at), self._after(at)
        if before.isalnum() and after.isalnum():
            return False
        if mark == "‘" or (mark == "'" and not before.isalnum() and not after.isspace()):
            return not before.isalnum() and before not in ".,;!?" and after.isalnum()
        return any(opened in "'‘‚" for opened, _ in self._stack)


def _trim(text: str, start: int, end: int) -> Offsets:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end

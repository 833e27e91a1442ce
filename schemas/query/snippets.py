"""Which part of a text to show for a hit."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.query.occurrences import MarkedSpan

_LEAD = 40
"""Code points before the first mark."""


class Snippet(NamedTuple):
    """A part of a text: ``marks`` count its own code points."""

    text: str
    marks: list[MarkedSpan]
    is_cut_before: bool
    is_cut_after: bool


def snippet(text: str, found: Sequence[MarkedSpan], length: int) -> Snippet:
    """About ``length`` code points of the text, from shortly before the place with most marks; words stay whole."""
    start = _best_start(text, found, length)
    end = min(len(text), start + length)
    if end < len(text):
        blank = text.rfind(" ", start + length // 2, end + 1)
        end = blank if blank > 0 else end
    inside = [
        (max(first, start) - start, min(last, end) - start) for first, last in found if first < end and last > start
    ]
    return Snippet(text[start:end], inside, start > 0, end < len(text))


def _best_start(text: str, found: Sequence[MarkedSpan], length: int) -> int:
    if len(text) <= length or not found:
        return 0
    best, most, behind = 0, _marks_before(found, length), 0
    for at, (start, _) in enumerate(found):
        while behind < len(found) and found[behind][1] <= start + length - _LEAD:
            behind += 1
        if behind - at > most:
            best, most = start, behind - at
    wanted = max(0, best - _LEAD)
    blank = text.find(" ", wanted, best)
    return blank + 1 if wanted and blank >= 0 else wanted


def _marks_before(found: Sequence[MarkedSpan], end: int) -> int:
    return sum(1 for _, last in found if last <= end)

"""Which part of a text to show for a hit, and what to mark in it."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.query.characters import folded
from schemas.query.occurrences import places, sought
from schemas.query.tokens import MAX_TEXT, spans
from schemas.query.tree import Node

Mark = tuple[int, int]
"""Start and end, in code points."""
_LEAD = 40
"""Code points before the first mark."""


class Snippet(NamedTuple):
    """A part of a text: ``marks`` count its own code points."""

    text: str
    marks: list[Mark]
    is_cut_before: bool
    is_cut_after: bool


def marks(tree: Node, text: str) -> list[Mark]:
    """What of the text the query asks for: apart from each other and in order."""
    words = list(sought(tree))
    if not words:
        return []
    # That nothing is sought here is seen at a tenth of the cost; of a hit's headline and the rest one is mostly so.
    spelled = folded(text[:MAX_TEXT]).replace("'", "")
    if not any(each.tokens[0] in spelled for each in words):
        return []
    found = spans(text)
    tokens = [span.token for span in found]
    pieces = [(found[at].start, found[at + len(each.tokens) - 1].end) for each in words for at in places(each, tokens)]
    merged: list[Mark] = []
    for start, end in sorted(pieces):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def snippet(text: str, found: Sequence[Mark], length: int) -> Snippet:
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


def _best_start(text: str, found: Sequence[Mark], length: int) -> int:
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


def _marks_before(found: Sequence[Mark], end: int) -> int:
    return sum(1 for _, last in found if last <= end)

"""Lists that lost their line breaks: "Outlet: text. Outlet: text" and "text - Outlet - text - Outlet"."""

import re

from processors.core.quotes.lexicon.outlets import Mention
from processors.core.quotes.lines.lines import PICTURES, Line
from processors.core.quotes.lines.tokens import Tokens

_COLON = re.compile(
    r"[»\"”》」]?\s?(?:\([^()\n]{1,60}\)|,\s[^.,:;!?\n«»„“”\"]{2,60}(?=:\s))?(?:\s?:\s|：|\s[-–—]\s?[«„“\"])"
)
_DASH_BEFORE = re.compile(r"\s[-–—]\s$")
_DASH_AFTER = re.compile(r"(?:\s?\([^()\n]{1,40}\))?\s[-–—]\s")
_STOP_BEFORE = re.compile(
    rf"(?:[.!?…;:)]\s{{1,3}}|[»\"”。！？；】」』]\s{{0,3}}|[{PICTURES}]\ufe0f?\s{{0,3}})[«\"“《「]?$"
)
_OTHER_LABEL = re.compile(r"[.!?…][»\"”]?\s{1,3}(?=[A-ZÀ-ÞĀ-ſА-ЯЁІЇЄҐ][^.:!?\n]{2,40}:\s[A-ZÀ-ÞĀ-ſА-ЯЁІЇЄҐ«„“\"])")
_CALL = re.compile(r"\s[^\W\d_]+\s@\w{4,}$")
"""The channel's call to follow it, at the end of a flattened post."""
_TRAILING = re.compile(rf"[-–—\s«“\ufe0f{PICTURES}]+$")
_DASH_AFTER_LABEL = re.compile(r"[»\"”》」]?(?:\s?\([^()\n]{1,40}\))?\s[-–—]\s(?=\S)")
_MIN_LABELS = 2
_MIN_DASHED = 3
_MIN_CREDITS = 3
_MAX_TRAILING = 16
"""Marks between two items that belong to neither."""


def cut_flattened(tokens: Tokens, line: Line, mentions: list[Mention]) -> list[Line]:
    """The line, cut at its labels or after its credits where it holds several."""
    if len(mentions) < _MIN_LABELS:
        return [line]
    labels = [
        m.start
        for place, m in enumerate(mentions)
        if _is_label(tokens.text, line, m, mentions[place - 1].end if place else line.start)
    ]
    if len(labels) >= _MIN_LABELS:
        others = [m.end() for m in _OTHER_LABEL.finditer(tokens.text, labels[0], line.end)]
        call = _CALL.search(tokens.text, max(labels[-1], line.end - 60), line.end)
        places = {*labels, *others, call.start() + 1 if call else line.end}
        return _cut(tokens.text, line, sorted(place for place in places if line.start < place < line.end))
    dashed = [
        m.start
        for place, m in enumerate(mentions)
        if _is_dashed_label(tokens.text, line, m, mentions[place - 1].end if place else line.start)
    ]
    if len(dashed) >= _MIN_DASHED:
        return _cut(tokens.text, line, [place for place in dashed if place > line.start])
    closing = [m for m in mentions if _is_credit(tokens.text, line, m)]
    cuts = [cut for m in closing if (cut := _after_credit(tokens.text, line, m)) is not None]
    if len(cuts) >= _MIN_CREDITS - 1 and len(closing) >= _MIN_CREDITS:
        return _cut_credits(tokens.text, line, cuts, mentions[-1])
    return [line]


def _is_label(text: str, line: Line, mention: Mention, last_end: int) -> bool:
    """Whether a name in front of a colon opens the line, a sentence, or what follows another name at once."""
    opens = mention.start - max(line.start, last_end) <= 1 or _STOP_BEFORE.search(
        text, max(line.start, mention.start - 8), mention.start
    )
    return bool(opens and _COLON.match(text, mention.end, line.end))


def _is_dashed_label(text: str, line: Line, mention: Mention, last_end: int) -> bool:
    """Whether a name in front of a dash opens the line or a sentence: "Outlet - text. Outlet - text"."""
    before = max(line.start, mention.start - 8, last_end)
    opens = mention.start - line.start <= 1 or _STOP_BEFORE.search(text, before, mention.start)
    return bool(opens and _DASH_AFTER_LABEL.match(text, mention.end, line.end))


def _is_credit(text: str, line: Line, mention: Mention) -> bool:
    return bool(_DASH_BEFORE.search(text, max(line.start, mention.start - 3), mention.start))


def _after_credit(text: str, line: Line, mention: Mention) -> int | None:
    match = _DASH_AFTER.match(text, mention.end, line.end)
    return match.end() if match else None


def _cut_credits(text: str, line: Line, cuts: list[int], last: Mention) -> list[Line]:
    pieces = _cut(text, line, cuts)
    pieces[-1] = Line(pieces[-1].start, max(last.end, pieces[-1].start + 1), pieces[-1].marker, pieces[-1].blank_before)
    heading = text.find(" - ", line.start, cuts[0])
    first_credit = text.rfind(" - ", line.start, cuts[0] - 3)
    if line.start < heading < first_credit:
        lead = Line(line.start, heading, line.marker, line.blank_before)
        pieces[0:1] = [lead, Line(heading + 3, pieces[0].end, None, 0)]
    return pieces


def _cut(text: str, line: Line, cuts: list[int]) -> list[Line]:
    pieces: list[Line] = []
    start, marker, blank = line.start, line.marker, line.blank_before
    for cut in [*cuts, line.end]:
        trailing = _TRAILING.search(text, max(start, cut - _MAX_TRAILING), cut)
        end = trailing.start() if trailing else cut
        if end > start:
            pieces.append(Line(start, end, marker, blank))
        start, marker, blank = cut, None, 0
    return pieces

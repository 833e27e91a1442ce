"""A post's lines, each without its bullet: emoji, flags, keycaps, numbers, dashes and geometric marks."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

Offsets = tuple[int, int]

PICTURES = (
    "\u203c\u2049\u2139\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030"
    "\U0001f000-\U0001faff"
)
_JOINERS = "\ufe0e\ufe0f\u200d\u20e3\U000e0020-\U000e007f"
_BULLETS = "\u2022\u2023\u2043\u2219\u25e6\u00b7\u2027\u22c5\u2756\u30fb\u203b"
_MARK = re.compile(
    rf"(?P<picture>(?:[0-9#*]\ufe0f?\u20e3|[{PICTURES}{_BULLETS}][{_JOINERS}]*)(?:\s?[{PICTURES}{_JOINERS}{_BULLETS}]){{0,11}})"
    r"|(?P<dash>[-–—―−‒*>]{1,2})(?=\s|[^\W\d_]|[«„“\"'])"
    r"|(?P<number>(?:\(?(?:\d{1,2}[.)/、．]|\d{1,2}/\d{1,2}|[^\W\d_]\)|[IVX]{2,4}\.)(?=\s)|\d{1,2}[、．](?=\S)))"
)
_DASHES = "-–—―−"
_INLINE = re.compile(
    rf"([{PICTURES}\u2022\u2023\u2219\u25e6])(?<=\s.)[{_JOINERS}]*(?:[{PICTURES}][{_JOINERS}]*){{0,11}}(?=\s?[^\s{PICTURES}])"
)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_LINE = re.compile(r"[^\n]+")
_FORMATTING = "*_` \t\u00a0\u200b\u200e\u200f\ufeff\u2060"
_LETTER_MARKS = frozenset(").IVX")
"""What follows the first letter of "a)" or "II."; of most lines a small letter does."""
_GEORGIAN = range(0x10D0, 0x1100)
"""Letters that count as lower case, and have no capitals in use."""
_LINE_END = ".!?…:;»”\"')]"
_LABEL_OF_A_WORD = re.compile(r"[^\W\d_][\w.-]{2,20}(?::\s|\s[-–—|]\s)\S")
"""What opens a line that continues no other, although it starts in lower case: "reuters: ..."."""
_PICTURES_OF_MEDIA = frozenset("🗞📰📺📻")
_FLATTENED_MIN = 80
"""Shorter lines hold no flattened list."""


@dataclass(slots=True)
class Line:
    """A line of a post: ``text[start:end]`` without bullet and outer blanks."""

    start: int
    end: int
    marker: Offsets | None
    blank_before: int
    """Blank lines between this line and the one before."""


def shows_media(text: str, line: Line) -> bool:
    """Whether a line's bullet is the picture of a newspaper or a receiver: what the line names is an outlet."""
    return line.marker is not None and not _PICTURES_OF_MEDIA.isdisjoint(text[slice(*line.marker)])


def shows_source(text: str, marker: Offsets | None) -> bool:
    """Whether a bullet is a flag, or the picture of a newspaper or a receiver: what its line names may be an outlet."""
    if marker is None:
        return False
    return ord(text[marker[0]]) in _FLAG_LETTERS or not _PICTURES_OF_MEDIA.isdisjoint(text[slice(*marker)])


def lines(text: str) -> list[Line]:
    """The lines of a text in order.

    A bullet alone on its line belongs to the next one; a line that was broken by a link (lower case after
    no full stop) is one line again; a flattened line is cut at its inline bullets.
    """
    return [piece for line in _joined(text) for piece in _cut_at_inline_bullets(text, line)]


def _joined(text: str) -> Iterator[Line]:
    pending: Line | None = None
    marker: Offsets | None = None
    marker_blank = 0
    end_of_last = 0
    for match in _LINE.finditer(text):
        line = _strip(text, match.start(), match.end())
        if line is None:
            continue
        start, end = line
        blank = max(0, text.count("\n", end_of_last, start) - 1)
        end_of_last = end
        mark, start = _split_marker(text, start, end)
        if start >= end:
            if marker is None:
                marker, marker_blank = mark, blank
            continue
        if pending is not None and marker is None and _goes_on(text, pending, mark, (start, end), match.end(), blank):
            pending = Line(pending.start, end, pending.marker, pending.blank_before)
            continue
        if pending is not None:
            yield pending
        elif marker is not None:
            marker_blank = 1
        pending = Line(start, end, marker or mark, marker_blank if marker else blank)
        marker = None
    if pending is not None:
        yield pending


def _goes_on(text: str, line: Line, mark: Offsets | None, content: Offsets, raw_end: int, blank: int) -> bool:
    """Whether the next line goes on with a line; a dash after a comma is no bullet."""
    if mark is not None:
        return text[mark[0]] in _DASHES and text[line.end - 1] == "," and not blank
    return _is_soft(text, line.end, content[0], raw_end, blank)


def _strip(text: str, start: int, end: int) -> Offsets | None:
    while start < end and (text[start].isspace() or text[start] in _FORMATTING) and not text.startswith("* ", start):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in _FORMATTING):
        end -= 1
    return (start, end) if start < end else None


def _split_marker(text: str, start: int, end: int) -> tuple[Offsets | None, int]:
    first = text[start : start + 1]
    if first.isalpha() and first < PICTURES[0] and text[start + 1 : start + 2] not in _LETTER_MARKS:  # as most lines
        return None, start
    match = _MARK.match(text, start, end)
    if match is None:
        return None, start
    after = match.end()
    while after < end and (text[after].isspace() or text[after] in _FORMATTING):
        after += 1
    return match.span(), after


def _is_soft(text: str, end: int, start: int, raw_end: int, blank: int) -> bool:
    """Whether the break between two lines is inside a sentence, as where a page put each link on a line."""
    if text[end - 1] in _LINE_END:
        return False
    following = text[raw_end + 1 : raw_end + 2]
    if _LABEL_OF_A_WORD.match(text, start, raw_end):
        return False
    if blank:
        return blank == 1 and following == " " and text[end - 1].islower()
    if text[start] in ",.;)" or text[start - 1] == " ":
        return True
    if text[start].islower() and ord(text[start]) not in _GEORGIAN:
        return True
    return following in (" ", ",", ".")


def _cut_at_inline_bullets(text: str, line: Line) -> list[Line]:
    if line.end - line.start < _FLATTENED_MIN:
        return [line]
    found = [(m.start(), _class_of(m[1])) for m in _INLINE.finditer(text, line.start, line.end)]
    if not found:
        return [line]
    counts = Counter(mark for _, mark in found)
    if line.marker is not None:
        counts[_class_of(text[line.marker[0]])] += 1
    cuts = [offset for offset, mark in found if counts[mark] > 1]
    pieces: list[Line] = []
    marker, start, blank = line.marker, line.start, line.blank_before
    for cut in [*cuts, line.end]:
        stripped = _strip(text, start, cut)
        if stripped is not None:
            pieces.append(Line(*stripped, marker, blank))
        marker, start = _split_marker(text, cut, line.end)
        blank = 0
    return pieces


def _class_of(mark: str) -> str:
    """What marks of one list share: each flag is another picture, and all are flags."""
    return "flag" if ord(mark) in _FLAG_LETTERS else mark

"""Sentences of a line, in scripts with and without capitals; a quotation is never cut."""

import re

from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.quotation_marks import quoted

# A pattern that opens with a class is searched for in less time than one that opens with a choice.
_END = re.compile(r"[.!?…؟۔。！？](?:(?<=[.!?…؟۔])[.!?…؟۔]{0,3}[\"»”“’')\]]{0,3}\s{1,6}|(?<=[。！？])[」』”]?)")
_OPENING = "«„“\"'([‘*-–—•#@"
_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "sen",
        "gov",
        "rep",
        "gen",
        "st",
        "lt",
        "sgt",
        "col",
        "jr",
        "prof",
        "rev",
        "hon",
        "pres",
        "vs",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "no",
        "им",
        "ул",
        "г",
        "т",
        "sec",
        "capt",
        "maj",
        "adm",
        "sr",
        "sra",
        "d",
        "mme",
        "mm",
        "art",
        "nr",
        "ст",
        "гн",
        "св",
        "прим",
        "корр",
        "проф",
        "ген",
        "акад",
    ]
)
_LETTERS = re.compile(r"[^\W\d_]+$")
MAX_QUOTATION_LINE = 4096
"""Code points of a line in which quotation marks are matched: Telegram's longest message."""


def sentences(text: str, start: int, end: int, *, cut_quotations: bool = False) -> list[Offsets]:
    """Offsets of the sentences in ``text[start:end]``, which is one line; quotations are not cut unless asked for."""
    found: list[Offsets] = []
    begin = start
    quotations: list[Offsets] | None = None
    waiting = 0
    for match in _END.finditer(text, start, end):
        cut = match.end()
        if cut >= end or not _starts_sentence(text[cut]) or _is_abbreviation(text, match.start(), begin):
            continue
        if quotations is None and not cut_quotations:
            quotations = quoted(text, start, min(end, start + MAX_QUOTATION_LINE))
        while quotations and waiting < len(quotations) and quotations[waiting][1] <= match.start():
            waiting += 1
        is_inside = quotations and waiting < len(quotations) and quotations[waiting][0] <= match.start()
        if quotations and is_inside and cut < quotations[waiting][1]:
            continue
        found.append((begin, match.start() + len(match[0].rstrip())))
        begin = cut
    found.append((begin, end))
    return found


def _starts_sentence(char: str) -> bool:
    """A capital, a digit, a quotation mark, an emoji, or a letter of a script without capitals."""
    if char.isalpha():
        return not char.islower()
    return char.isdigit() or char in _OPENING or ord(char) > 0x2100


def _is_abbreviation(text: str, stop: int, begin: int) -> bool:
    """Whether the stop ends an initial or a title, not a sentence."""
    if text[stop] != ".":
        return False
    word = _LETTERS.search(text, max(begin, stop - 6), stop)
    if word is None:
        return False
    if word.end() - word.start() == 1:
        return not text[word.start()].islower() or text[word.start()] in "гтду"
    return word[0].lower() in _TITLES

"""Sentences of a line; a quotation is never cut."""

import re

from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.quotation_marks import quoted

# A pattern that opens with a class is searched for in less time than one that opens with a choice.
_END = re.compile(
    r"[.!?…。！？।](?:(?<=[.!?…])[.!?…]{0,2}[\"»”“’')\]]{0,3}(?:\s{1,4}|(?=[«„])|(?<=[»”\"]\.)(?=[^\W\d_]))|(?<=[。！？।])[」』”》）]{0,3}\s{0,4})"
)
_OPENING = "«„“\"‘'「『《(["
_FULL_WIDTH = "。！？।"


def sentences(text: str, start: int, end: int) -> list[Offsets]:
    """Offsets of the sentences in ``text[start:end]``."""
    found: list[Offsets] = []
    begin = start
    quotations: list[Offsets] | None = None
    waiting = 0
    for match in _END.finditer(text, start, end):
        cut = match.end()
        is_start = cut < end and (_starts_sentence(text[cut]) or text[match.start()] in _FULL_WIDTH)
        if not is_start or _is_abbreviation(text, match.start(), begin):
            continue
        if quotations is None:
            quotations = quoted(text, start, end)
        while waiting < len(quotations) and quotations[waiting][1] <= match.start():
            waiting += 1
        if waiting < len(quotations) and quotations[waiting][0] <= match.start() and cut < quotations[waiting][1]:
            continue
        found.append((begin, match.start() + len(match[0].rstrip())))
        begin = cut
    found.append((begin, end))
    return found


def _starts_sentence(char: str) -> bool:
    if char.isalpha():  # letters of scripts without capitals are neither; those of Georgian count as lower case
        return not char.islower() or "\u10d0" <= char <= "\u10ff"
    return char in _OPENING or char.isdigit()


def _is_abbreviation(text: str, stop: int, begin: int) -> bool:
    """Whether the stop ends an initial or a one-letter abbreviation ("U.S.", "г.")."""
    return text[stop] == "." and stop - 2 >= begin and text[stop - 1].isalpha() and not text[stop - 2].isalnum()

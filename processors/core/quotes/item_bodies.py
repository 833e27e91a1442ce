"""What the statements of a run have in common: tables, timetables and price lists have figures or one pattern."""

import re
from collections import Counter

from processors.core.quotes.attribution.shapes import Shape
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.tokens import Tokens
from processors.core.quotes.tagging.assembly import RunItem

_CLOCK = re.compile(r"(?<![\d.,:])(?:[01]?\d|2[0-4])(?:[:.h]|\s[hч]\s)[0-5]\d(?![\d.,:%])|\d(?:\s?Uhr|\s?am|\s?pm)\b")
"""A time of day."""
_AMOUNT = re.compile(r"[$€£¥₽₴₺]|\d\s?(?:%|zł|руб|грн|kr\b)")
_FEW_WORDS = 8
_SHORTEST_WORD = 4
_SHARED_BY = 0.75
_MANY_FIGURES = 0.25
_HEAD = 160
"""Code points of a statement that are looked at."""


def body_evidence(tokens: Tokens, items: list[RunItem], quoted: float, lead: Offsets) -> dict[str, float]:
    """Shares of 0 to 1 by name; ``quoted`` is the share of statements with quotation marks, ``lead`` the
    introduction, whose subject the statements may share.
    """
    size = len(items)
    bounds = [(tokens.at(_start(item)), tokens.at(min(item.end, _start(item) + _HEAD))) for item in items]
    bodies = [tokens.words[first:after] for first, after in bounds]
    texts = [tokens.text[_start(item) : min(item.end, _start(item) + _HEAD)] for item in items]
    clocks = sum(_CLOCK.search(text) is not None for text in texts) / size
    amounts = sum(_AMOUNT.search(text) is not None for text in texts) / size
    figures = sum(map(_is_of_figures, bodies)) / size
    short = sum(len(body) < _FEW_WORDS for body in bodies) / size
    return {
        "times of day": clocks,
        "amounts": amounts,
        "figures": figures,
        "figures, no quotations": figures * (1 - quoted),
        "few words": short,
        "few words, no quotations": short * (1 - quoted),
        "one word in most": _shared(bodies, set(tokens.words[tokens.at(lead[0]) : tokens.at(lead[1])])) * short,
    }


def _start(item: RunItem) -> int:
    attribution = item.attribution
    return attribution.body if attribution.shape in (Shape.LABEL, Shape.ALONE) else item.start


def _is_of_figures(body: list[str]) -> bool:
    return sum(word[0].isdigit() for word in body) > _MANY_FIGURES * len(body)


def _shared(bodies: list[list[str]], subject: set[str]) -> float:
    """Whether one longer word is in most of three or more statements."""
    if len(bodies) < 3:
        return 0.0
    counts = Counter(word for body in bodies for word in set(body) - subject if len(word) >= _SHORTEST_WORD)
    return float(max(counts.values(), default=0) >= _SHARED_BY * len(bodies))

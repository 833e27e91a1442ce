"""The part of a text that carries the link in a list, and how much of the rest is shown."""

import re
from dataclasses import dataclass
from typing import Final

from web.presentation.words import width, without_controls

_MOST: Final = 160
_SHOWN: Final = 1_000
_END: Final = re.compile(r"[.!?…:](?=\s)|[。！？]")
LENGTHS: Final = ((220, "len1"), (420, "len2"), (900, "len3"))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The headline and the beginning of a text, as a list shows it."""

    headline: str
    rest: str
    length_class: str
    length: int
    """Code points of the whole text."""
    is_cut: bool


def excerpt(text: str) -> Excerpt:
    """The headline of a text and what follows it, on one line."""
    begin = without_controls(text[: _SHOWN * 2])
    shown = " ".join(begin.split())
    end = headline_end(begin, shown)
    cut = len(text) > _SHOWN * 2 or len(shown) > _SHOWN
    cells = width(shown) if not cut else LENGTHS[-1][0] + 1
    name = next((name for bound, name in LENGTHS if cells <= bound), "len4")
    return Excerpt(shown[:end], shown[end:_SHOWN] + ("…" if cut else ""), name, len(text), name == "len4")


def headline_end(text: str, shown: str) -> int:
    """The end of the headline in a text on one line: that of its first line, else of its first sentence."""
    first_line = " ".join(text.partition("\n")[0].split())
    if 0 < len(first_line) <= _MOST and len(first_line) < len(shown):
        return len(first_line)
    sentence = _END.search(shown, 12, _MOST + 1)
    if sentence is not None:
        return sentence.end()
    if len(shown) <= _MOST:
        return len(shown)
    blank = shown.rfind(" ", 40, 90)
    return blank if blank > 0 else 60

"""Texts with their usual letters, for what reads words: each letter keeps its case, its accents and what it means."""

import re
import unicodedata
from collections.abc import Callable, Collection
from itertools import groupby

from schemas.text.diacritics import LOOSE_MARKS, OPTIONAL_MARKS
from schemas.text.emoji_letters import PICTURED, PICTURED_RUN, spelled
from schemas.text.letters import SPELLED_ALIKE
from schemas.text.normalization import nfkc
from schemas.text.styled_letters import SMALL_CAPITALS, STYLED

_LIGATURES = {
    code: nfkc(chr(code))
    for block in (range(0xFB00, 0xFB07), range(0xFB1D, 0xFDFC), range(0xFE76, 0xFEFD))
    for code in block
    if unicodedata.decomposition(chr(code))
}
"""Latin ones, and Hebrew and Arabic letters in a fixed shape."""


def _inside(codes: Collection[int]) -> str:
    """Code points as the inside of a regex class, those above 0xFFFF with what is between them on their pages: ``re``
    looks up only the lower ones in a table, and tries the rest one by one.
    """
    low = "".join(f"\\u{code:04x}" for code in sorted(codes) if code < 0x10000)
    pages = groupby(sorted(code for code in codes if code >= 0x10000), lambda code: code >> 8)
    return low + "".join(f"\\U{min(page):08x}-\\U{max(page):08x}" for page in (list(page) for _, page in pages))


_SCHWAS = {0x1DD: "ə", 0x18E: "Ə"}
"""Azerbaijani typed with a turned e."""
_MARKS_IN = re.compile(f"[{OPTIONAL_MARKS}]+")
UNUSUAL = LOOSE_MARKS + "\U000e0100-\U000e01ef" + _inside(STYLED | _LIGATURES | _SCHWAS | PICTURED)
"""The inside of a regex class: what :func:`plain` may change."""
_UNUSUAL = re.compile(f"[{LOOSE_MARKS}\U000e0100-\U000e01ef{_inside(STYLED | _LIGATURES | _SCHWAS)}]")
_LOWER = "".join(map(chr, range(0x10000)))
_SELECTORS = range(0xE0100, 0xE01F0)
_MARKS = dict.fromkeys((*map(ord, "".join(_MARKS_IN.findall(_LOWER))), *_SELECTORS), "")
_PLAIN: dict[int, str] = STYLED | _LIGATURES | _SCHWAS | _MARKS

ALIKE: dict[int, str] = STYLED | SPELLED_ALIKE
"""Each letter as one that is looked up in its place, in its case: one code point for one."""
SELDOM = _inside(ALIKE.keys() - set(map(ord, "’‘´ёЁ`ıİ")) | PICTURED.keys())
"""The inside of a regex class: what :func:`alike` changes beyond :func:`usual`."""
_SELDOM = re.compile(f"[{SELDOM}]")
_ALIKE = re.compile(f"[{_inside(ALIKE)}]")
_SMALL_CAPITAL = re.compile(f"[{SMALL_CAPITALS}]")
_WORD = re.compile(r"[^\W_]+")
# Halfwidth kana have their marks beside them.
_HALFWIDTH = re.compile("[\uff65-\uff9f]+")
_PICTURED = re.compile(f"[{_inside(PICTURED)}]")
_EITHER = re.compile(f"[{SELDOM}{LOOSE_MARKS}\\u0370-\\u03ff\\u1f00-\\u1fff]")
# Those above 0xFFFF are sought as bytes, in a tenth of the time: mathematical letters, and letters in boxes.
_LOW = re.compile(f"[{''.join(_EITHER.findall(_LOWER))}]")
_HIGH = re.compile(b"\xf0(?:[\x9d\x9e]|\x9f[\x84-\x87])")
_LOOSE = re.compile(f"[{LOOSE_MARKS}]")


def plain(text: str) -> str:
    """A text in NFC without styles and without marks that are no part of a letter."""
    if text.isascii():
        return text
    if _PICTURED.search(text) is not None:
        text = _unpictured(text)
    # Some emoji are between styled letters, and change nothing.
    if _PLAIN.keys().isdisjoint(ord(match[0]) for match in _UNUSUAL.finditer(text)):
        return text
    # There was no small capital Q until lately: an o with an ogonek is used as one.
    text = _in_small_capitals(text, _with_q) if "ǫ" in text else text
    return _HALFWIDTH.sub(_composed, text).translate(_PLAIN)


def alike(text: str) -> str:
    """A text in NFC with one letter where several are written for one; of equal length.

    A word in small capitals begins with a capital, as a name does.
    """
    if text.isascii():
        return text
    text = usual(text)
    if _SELDOM.search(text) is None:
        return text
    text = _in_small_capitals(_unpictured(text), _capitalised)
    # Most of these texts have but flags: to translate takes ten times as long as to look.
    return text if ALIKE.keys().isdisjoint(ord(match[0]) for match in _ALIKE.finditer(text)) else text.translate(ALIKE)


def usual(text: str) -> str:
    """The form of a usual text that :func:`alike` gives."""
    return text.replace("ё", "е").replace("Ё", "Е").replace("’", "'").replace("ı", "i").replace("İ", "I")


def is_usual(text: str) -> bool:
    """Whether a text has no letter that :func:`alike` changes but ё, ı, İ and apostrophes, no loose marks and no
    Greek: one look in place of several.
    """
    if _LOW.search(text) is not None:
        return False
    return _HIGH.search(text.encode("utf-8", "surrogatepass")) is None


def loose_marks(text: str) -> list[int]:
    """Offsets of the marks that are no part of a letter."""
    return [] if text.isascii() else [match.start() for match in _LOOSE.finditer(text)]


def _in_small_capitals(text: str, written: Callable[[str], str]) -> str:
    """The text with words in small capitals written otherwise."""
    if _SMALL_CAPITAL.search(text) is None:
        return text
    return _WORD.sub(lambda match: written(match[0]) if _SMALL_CAPITAL.search(match[0]) else match[0], text)


def _with_q(word: str) -> str:
    return word.replace("ǫ", "q")


def _composed(match: re.Match[str]) -> str:
    return nfkc(match[0])


def _capitalised(word: str) -> str:
    return STYLED.get(ord(word[0]), word[0]).upper()[0] + word[1:]


def _unpictured(text: str) -> str:
    return PICTURED_RUN.sub(lambda match: spelled(match[0]), text)

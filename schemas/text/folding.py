"""The table by which texts are compared: every equivalence at once, without regard to the language."""

import re
import unicodedata
from itertools import chain, compress
from operator import ne

from schemas.text.diacritics import OPTIONAL_MARKS, STROKED, without_marks
from schemas.text.letters import APOSTROPHES, DIGITS, SPELLED_ALIKE, SPELLED_OUT, respelled
from schemas.text.lookalikes import in_main_script
from schemas.text.normalization import nfc, nfkc
from schemas.text.styled_letters import STYLED
from schemas.text.usual_letters import plain

_SIGNS = dict.fromkeys("\u2120\u2122\u2139\u3297\u3299", " ")
"""Signs that are decoration, as an emoji is; Unicode may classify them as letters."""
_PLACES = (
    *(range(0x80, 0x3400), range(0xA000, 0xAC00), range(0xF900, 0x11000), range(0x1D400, 0x1D800)),
    *(range(0x1E800, 0x1F250), range(0x2F800, 0x2FA20), range(0xE0100, 0xE01F0)),
)
"""Where a character may be compared as another: no unified Chinese characters, no syllables of Hangul."""
_MARK = re.compile(f"[{OPTIONAL_MARKS}]")


def compared(character: str) -> str:
    """What a character is compared as: no, one or several small letters or digits, in NFC; punctuation as it is."""
    if _MARK.fullmatch(character):
        return ""
    if character in _SIGNS:
        return _SIGNS[character]
    code = ord(character)
    if code in APOSTROPHES:
        return "'"
    if character == "\u05f4":  # gershayim, in Hebrew abbreviations
        return '"'
    whole = STYLED.get(code) or DIGITS.get(code) or nfkc(character)
    bare = "".join(map(without_marks, whole)).casefold()
    # Once more: case folding takes letters and marks apart (İ).
    return "".join(map(_letter, "".join(map(without_marks, bare))))


def _letter(small: str) -> str:
    letter = STROKED.get(ord(small)) or SPELLED_ALIKE.get(ord(small), small)
    return SPELLED_OUT.get(ord(letter), letter)


def _table() -> dict[int, str]:
    named = SPELLED_ALIKE.keys() | SPELLED_OUT.keys() | STYLED.keys() | DIGITS.keys()
    named |= STROKED.keys() | set(map(ord, ["\u05f4", *_SIGNS, *_MARK.findall("".join(map(chr, chain(*_PLACES))))]))
    found = {ord(capital): capital.lower() for capital in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} | {ord("`"): "'"}
    characters = list(map(chr, chain(*_PLACES)))
    # Most characters are compared as themselves, and a quick look shows it.
    others = set(map(chr, named.intersection(chain(*_PLACES))))
    others.update(filter(unicodedata.decomposition, characters))
    others.update(compress(characters, map(ne, map(str.casefold, characters), characters)))
    for character in sorted(others):
        letters = compared(character)
        if letters != character:
            found[ord(character)] = letters
    return found


FOLDED: dict[int, str] = _table()
"""Each character that is compared as something else, for ``str.translate``."""


def fold(text: str) -> str:
    """A text in the form in which it is compared; its lines and its punctuation stay."""
    return respelled(in_main_script(plain(nfc(text)))).translate(FOLDED)

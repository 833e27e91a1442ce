"""Styled letters, which Unicode encodes as characters of their own (bold, fullwidth, small capitals)."""

import re
import unicodedata
from itertools import chain

from schemas.text.normalization import nfkc

_DRESSES = frozenset({"<font>", "<wide>", "<narrow>", "<circle>", "<square>", "<super>", "<sub>"})
"""Tags of decompositions; <compat> makes other letters of ligatures and digraphs."""
_DECOMPOSED = tuple(
    chain(
        *(range(0xAA, 0xC0), range(0x2B0, 0x2F0), range(0x1D2C, 0x1DC0), range(0x2070, 0x2150), range(0x2460, 0x2500)),
        *(range(0x2C7C, 0x2C7E), range(0x3192, 0x3400), range(0xA69C, 0xA69E), range(0xA770, 0xA800)),
        *(range(0xAB5C, 0xAB6A), range(0xFF00, 0xFFE0), range(0x1D400, 0x1D800), range(0x1EE00, 0x1F200)),
    )
)
"""Where they are: no Chinese, no Hangul, no private characters."""
_UNDECOMPOSED = (*range(0x250, 0x2B0), *range(0x1D00, 0x1D80), *range(0x249C, 0x24B6), *range(0xA720, 0xA800))
_PICTURED_CAPITALS = (0x1F110, 0x1F150, 0x1F170)
"""The first in brackets, on a circle and on a square; four of the last are emoji (pictured.py)."""
# A small capital that is turned or reversed is another letter.
_NAME = re.compile(r"(?:LATIN LETTER SMALL CAPITAL|PARENTHESIZED LATIN SMALL LETTER) ([A-Z])(?: WITH STROKE)?")
_EMOJI = "\u2122\u2139\u3297\u3299"
"""Signs that are seen as emoji."""


def _named(character: str) -> str | None:
    match = _NAME.fullmatch(unicodedata.name(character, ""))
    return None if match is None else match[1].lower()


def _undressed(character: str) -> str | None:
    decomposition = unicodedata.decomposition(character)
    if decomposition.partition(" ")[0] not in _DRESSES:
        return None
    found = nfkc(character)
    return found if len(found) == 1 and found.isalnum() and character not in _EMOJI else None


_SMALL = {code: letter for code in _UNDECOMPOSED if (letter := _named(chr(code))) is not None}

STYLED: dict[int, str] = _SMALL | {
    code: _SMALL.get(ord(letter), letter) for code in _DECOMPOSED if (letter := _undressed(chr(code))) is not None
}
STYLED.update(
    (first + place, letter)
    for first in _PICTURED_CAPITALS
    for place, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if first != _PICTURED_CAPITALS[-1] or letter not in "ABOP"
)
"""Each styled letter or digit as the plain one, in its case; a small capital is a small letter."""

SMALL_CAPITALS = "".join(chr(code) for code in _SMALL if not 0x249C <= code < 0x24B6)
"""Those letters of STYLED whose dress is a capital's."""

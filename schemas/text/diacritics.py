"""Marks that writers set or leave out as they like, and those that make another letter of the one before them."""

import re
import unicodedata

from schemas.text.normalization import nfc

_DIACRITICS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\ufe20-\ufe2f"
"""Accents, strokes through a text, what is piled up on letters."""
_HEBREW = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
"""Points and signs of cantillation."""
_ARABIC = "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08ca-\u08e1\u08e3-\u08ff"
"""Vowels, doubling, the hamza over or under a letter, signs of recitation."""
_STRETCH = "\u0640"
"""Kashida, which makes a word wider."""
_EMOJI = "\u20d0-\u20ff\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Frames and strokes around symbols, and what asks for one of two shapes: most belong to emoji."""

LOOSE_MARKS = _DIACRITICS + _HEBREW + _ARABIC + _STRETCH
OPTIONAL_MARKS = LOOSE_MARKS + _EMOJI
"""The inside of a regex class. In composed text (NFC) none of them makes another letter."""

_OPTIONAL = re.compile(f"[{OPTIONAL_MARKS}]")
# Cyrillic letters with marks are letters of their own (й, ї, ў, ѓ, ќ), but for vowels with an accent.
_CYRILLIC_LETTER = re.compile(r"[\u0400-\u052f][\u0300-\u036f]")
_ACCENTED = re.compile(r"(?![гкГК])[\u0400-\u052f][\u0300\u0301]")


_STROKED = re.compile(r"LATIN (SMALL|CAPITAL) LETTER ([A-Z]) WITH .*")
STROKED: dict[int, str] = {
    code: match[2] if match[1] == "CAPITAL" else match[2].lower()
    for block in (range(0xC0, 0x2B0), range(0x1D6C, 0x1D9B), range(0x2C60, 0x2C80), range(0xA740, 0xA7D0))
    for code in block
    if (match := _STROKED.fullmatch(unicodedata.name(chr(code), ""))) and not unicodedata.decomposition(chr(code))
}
"""Letters with a stroke or a hook, which by Unicode is no mark of its own, without it (ł, đ, ø)."""


def unaccented(text: str) -> str:
    """A text whose Latin and Greek letters have no accents."""
    if text.isascii():
        return text
    return "".join(STROKED.get(ord(character)) or without_marks(character) for character in text)


def without_marks(character: str) -> str:
    """A character without optional marks, in NFC; a Latin or Greek letter loses its accents, too."""
    apart = unicodedata.normalize("NFD", character)
    if _CYRILLIC_LETTER.fullmatch(apart) and not _ACCENTED.fullmatch(apart):
        return nfc(apart)
    return nfc(_OPTIONAL.sub("", apart))

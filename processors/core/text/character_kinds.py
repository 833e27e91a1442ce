"""Kinds of characters, looked up once for many texts, in arrays: few texts need a closer look in some stage."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from processors.core.text.characters import (
    BLANKS,
    JOINERS,
    JUNK,
    LINE_ENDS,
    SCRIPTS,
    SELECTORS,
    all_characters,
)
from processors.core.text.words import code_points
from schemas.text import OWN, SELDOM, SHARED_LATIN, UNUSUAL, Script
from schemas.text.normalization import COMPOSING

LATIN, CYRILLIC, GREEK = 1, 2, 4
OWN_LETTER = 8
"""A letter that no other of those scripts has."""
SELDOM_LETTER = 0x10
"""What ``schemas.text.alike`` changes in few texts."""
LIGATURE = 0x20
"""A letter that is compared as two, and frequent."""
LIGATURES = {"ß": "ss", "æ": "ae", "œ": "oe"}
UNUSUAL_LETTER = 0x80
"""What ``schemas.text.plain`` may change."""
NOT_LATIN = 0x40
"""Of ``processors.core.text.characters.SCRIPTS``."""
SHARED_LETTER = 0x100
"""A Latin letter of which words in another of them may be written."""
UNTIDY = 0x200
"""What ``processors.core.text.clean`` may change: a suspect, a mark, or what is composed with others."""
UNCASED = 0x400
"""Of a script without capitals, or near one in Unicode: what the lists of quotes read otherwise."""
BESIDE_OTHER = 0x800
"""A letter of one of those alphabets may be beside one of another; known of texts, not of letters."""
ANY = 0xFFFF
"""The kinds of a text of which nothing is known."""
_SCRIPTS = LATIN | CYRILLIC | GREEK
_MANY = 4
"""Texts from which on a look at all neighbours takes less time than what it spares."""

Letters = NDArray[np.uint16]


def _table() -> Letters:
    everything = all_characters(0x20000)
    # The last: all above.
    found = np.full(0x20001, UNUSUAL_LETTER | SELDOM_LETTER | NOT_LATIN | UNTIDY, np.uint16)
    found[:-1] = 0
    for script, letter in ((Script.LATIN, LATIN), (Script.CYRILLIC, CYRILLIC), (Script.GREEK, GREEK)):
        found[_codes(script.value, everything)] = letter
        found[code_points(OWN[script])] |= OWN_LETTER
    found[_codes(UNUSUAL, everything)] = UNUSUAL_LETTER
    found[_codes(SELDOM, everything)] |= SELDOM_LETTER
    found[code_points("".join(LIGATURES))] |= LIGATURE
    found[code_points(SHARED_LATIN)] |= SHARED_LETTER
    found[_codes("".join(SCRIPTS.values()), everything)] |= NOT_LATIN
    found[0x590:0x2000] |= UNCASED
    found[0x2C80:0xD800] |= UNCASED
    found[_codes(LINE_ENDS + BLANKS + JUNK + SELECTORS + JOINERS, everything)] |= UNTIDY
    found[code_points("".join(COMPOSING))] |= UNTIDY
    return found


def _codes(inside: str, everything: str) -> NDArray[np.uint32]:
    return code_points("".join(re.findall(f"[{inside}]+", everything)))


_TABLE = _table()


def together(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """The code points of all texts, each with a line's end before it, and where each begins with that."""
    starts = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])
    return code_points("\n".join(["", *texts, ""])), starts


def letters_at(codes: NDArray[np.uint32]) -> Letters:
    """The kind of each of some code points; 0 for what is no letter of these scripts, and usual."""
    return _TABLE.take(codes, mode="clip")


def letters_of_each(texts: Sequence[str]) -> list[int]:
    """For each text the kinds of its letters."""
    if not texts:
        return []
    codes, starts = together(texts)
    letters = letters_at(codes)
    if len(texts) >= _MANY:
        letters[1:] |= is_mixed(letters[1:] | letters[:-1]) * np.uint16(BESIDE_OTHER)
    found: list[int] = np.bitwise_or.reduceat(letters, starts).tolist()
    return found if len(texts) >= _MANY else [own | BESIDE_OTHER if has_several(own) else own for own in found]


def letters_of_parts(parts: Sequence[str], wholes: Sequence[int]) -> list[int]:
    """The same for parts of texts whose kinds of letters are known: all of the text's, where these are usual and of one
    script, so that few parts are looked up.
    """
    found = list(wholes)
    unsure = [number for number, letters in enumerate(wholes) if letters & UNUSUAL_LETTER or has_several(letters)]
    for number, letters in zip(unsure, letters_of_each([parts[number] for number in unsure]), strict=True):
        found[number] = letters
    return found


def has_several(letters: int) -> bool:
    """Whether kinds of letters are of several scripts."""
    scripts = letters & _SCRIPTS
    return scripts & (scripts - 1) != 0


def is_mixed(letters: Letters) -> NDArray[np.bool_]:
    """The same of each of an array."""
    scripts = letters & _SCRIPTS
    mixed: NDArray[np.bool_] = (scripts & (scripts - 1)) > 0
    return mixed

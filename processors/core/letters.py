"""Kinds of letters, looked up in arrays for many texts: few of them need a look at their words."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from processors.core.words import code_points
from schemas.text import OWN, SELDOM, UNUSUAL, Script

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
_SCRIPTS = LATIN | CYRILLIC | GREEK

Letters = NDArray[np.uint8]


def _table() -> Letters:
    everything = "".join(map(chr, range(0x20000)))
    found = np.full(0x20001, UNUSUAL_LETTER | SELDOM_LETTER, np.uint8)  # the last: all above
    found[:-1] = 0
    for script, letter in ((Script.LATIN, LATIN), (Script.CYRILLIC, CYRILLIC), (Script.GREEK, GREEK)):
        found[_codes(script.value, everything)] = letter
        found[code_points(OWN[script])] |= OWN_LETTER
    found[_codes(UNUSUAL, everything)] = UNUSUAL_LETTER
    found[_codes(SELDOM, everything)] |= SELDOM_LETTER
    found[code_points("".join(LIGATURES))] |= LIGATURE
    return found


def _codes(inside: str, everything: str) -> NDArray[np.uint32]:
    return code_points("".join(re.findall(f"[{inside}]", everything)))


_TABLE = _table()


def together(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """The code points of all texts, each with a line's end before it, and where each begins with that."""
    starts = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])
    return code_points("\n".join(["", *texts, ""])), starts


def letters_at(codes: NDArray[np.uint32]) -> Letters:
    """The kind of each of some code points; 0 for what is no letter of these scripts, and usual."""
    return _TABLE.take(codes, mode="clip")


def letters_of_each(texts: Sequence[str]) -> Letters:
    """For each text the kinds of its letters."""
    if not texts:
        return _TABLE[:0]
    codes, starts = together(texts)
    found: Letters = np.bitwise_or.reduceat(letters_at(codes), starts)
    return found


def is_mixed(letters: Letters) -> NDArray[np.bool_]:
    """Of kinds of letters, whether they are of several scripts."""
    scripts = letters & _SCRIPTS
    mixed: NDArray[np.bool_] = (scripts & (scripts - 1)) > 0
    return mixed

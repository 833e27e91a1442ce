"""Scripts in which a name or a phrase is no run of words with a capital."""

import re
from typing import Final

_UNPARTED: Final = (
    "\u0900-\u0963\u0966-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
)
"""Indic scripts, whose vowels are marks that end a word for ``re``; Thai, Lao, Tibetan, Burmese, Khmer, kana and Han,
which put no blanks between words. Not the danda, the full stop of India."""

FIRST_UNCASED: Final = "\u0590"
"""No letter before it is of a script without capitals."""
FIRST_HANGUL: Final = "\uac00"
"""The first syllable of Korean in the order of Unicode."""
FIRST_UNPARTED: Final = "\u0900"
"""No letter before it is of a script that parts no words."""
UNPARTED: Final = re.compile(f"[{_UNPARTED}]")
"""A letter of a script that parts no words."""
UNSPACED: Final = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
"""A letter of a script that puts no blanks between words."""
UNPARTED_RUN: Final = re.compile(f"[{_UNPARTED}]+")
_AND: Final = "وفו"
"""Letters that Arabic and Hebrew write together with the word behind them."""
_LEAST_BEHIND_AND: Final = 2


def without_and(word: str) -> str:
    """A word without the Arabic or Hebrew "and" that is written together with it, where two letters are left; any other
    as it is.
    """
    return word[1:] if word[0] in _AND and len(word) > _LEAST_BEHIND_AND else word


def is_spaced(letter: str) -> bool:
    """Whether a letter of ``UNPARTED`` belongs to a script that puts blanks between words: those of India."""
    return letter < "\u0e00"

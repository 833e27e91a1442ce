"""A post's words without the decoration that channels add, in one spelling: what sameness is judged by."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from processors.core.characters import IS_WORD
from processors.core.letters import (
    CYRILLIC,
    GREEK,
    LATIN,
    LIGATURE,
    LIGATURES,
    OWN_LETTER,
    UNUSUAL_LETTER,
    Letters,
    is_mixed,
    letters_at,
    letters_of_each,
    together,
)
from processors.core.words import code_points, kinds, words_alone
from schemas.text import FOLDED, SHARED_LATIN, in_main_script, plain, respelled

# One set of characters first: a pattern that starts with a choice is tried at every character. What follows starts with
# the next character, by which most of the choice is ruled out at once.
_ADDRESS = re.compile(
    r"[hHwWtT@](?:[tT](?<=[hH].)[tT][pP][sS]?://\S+|[wW](?<=[wW].)[wW]\.\S+|\.(?<=[tT].)[mM][eE]/\S+|\w(?<=@.)\w*)"
)
_KINDS = kinds(IS_WORD)
_BLESSING, _SHORT_BLESSING = "\ufdfa", "ص"
"""The one character that compatibility makes 18 of, and its usual abbreviation."""
_MAX_BLESSINGS = 1_000

_SIZE = 0x40000
_DROPPED, _SEVERAL = 0x110000, 0x110001
"""Instead of a code point: none, and what only the text shows."""


def _letters() -> NDArray[np.uint32]:
    found = np.arange(_SIZE, dtype=np.uint32)
    for code, letters in FOLDED.items():
        if code < _SIZE:
            found[code] = _SEVERAL if len(letters) > 1 else ord(letters) if letters else _DROPPED
    # The last stands for all above, of which none is of a word; selectors of shapes are among them.
    found[-1] = ord(" ")
    return found


def _shared() -> NDArray[np.uint8]:
    found = np.append(IS_WORD[:0x2000], False).astype(np.uint8) * _OTHER
    found[code_points(SHARED_LATIN)] = _SHARED
    return found


_LETTERS = _letters()
"""FOLDED as an array: a tenth of the time that ``str.translate`` takes."""
_SHARED, _OTHER = 1, 2
_OF_WORDS = _shared()
"""Of characters of words: Latin letters that look like others, and all others."""


def fold(text: str) -> str:
    """The words of a clean text, as :func:`fold_all`."""
    (folded,) = fold_all([text])
    return folded


def fold_all(texts: Sequence[str]) -> list[str]:
    """Of each line of clean texts the words, folded as by ``schemas.text.fold``, with one blank between them; links and
    @names are gone, numbers and tags stay: posts made from one template (rates, counts) differ in nothing else.
    """
    bare = [_without_addresses(_bounded(text)) for text in texts]
    letters = letters_of_each(bare)
    found = _in_main_script(bare, letters)
    for number in (letters & LIGATURE).nonzero()[0].tolist():
        found[number] = _spelled_out(found[number])
    return words_alone(map(respelled, found), _KINDS, _folded)


def _bounded(text: str) -> str:
    """The text, without what would make it many times as long."""
    return text.replace(_BLESSING, _SHORT_BLESSING) if text.count(_BLESSING) > _MAX_BLESSINGS else text


def _spelled_out(text: str) -> str:
    """The text with two letters for the most frequent of those that are compared as several."""
    for ligature, letters in LIGATURES.items():
        text = text.replace(ligature, letters)
    return text


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub(" ", text) if "@" in text or "/" in text or "w." in text or "W." in text else text


def _in_main_script(texts: list[str], letters: Letters) -> list[str]:
    """The texts with plain letters, as by ``in_main_script``; all are looked at together, for few need it."""
    mixed = is_mixed(letters).nonzero()[0].tolist()
    needed = {mixed[number] for number in _mixing([texts[number] for number in mixed])} if mixed else set()
    unusual = set((letters & UNUSUAL_LETTER).nonzero()[0].tolist())
    for number in needed | unusual:
        text = plain(texts[number]) if number in unusual else texts[number]
        # Letters of another script may come with the plain ones; most of these texts have but flags.
        if number in needed or text != texts[number]:
            texts[number] = in_main_script(text)
    return texts


def _mixing(texts: Sequence[str]) -> list[int]:
    """Numbers of those texts of several scripts in which ``in_main_script`` may change a word."""
    codes, starts = together(texts)
    letters = letters_at(codes)
    own = letters & (OWN_LETTER | LATIN | CYRILLIC | GREEK)
    own_latin = np.add.reduceat(own == OWN_LETTER | LATIN, starts, dtype=np.intp)
    own_others = np.add.reduceat(own > OWN_LETTER | LATIN, starts, dtype=np.intp)
    others = np.bitwise_or.reduceat(letters, starts) & (CYRILLIC | GREEK)
    is_mixing = (own_latin >= own_others) | (others == CYRILLIC | GREEK)
    beside = is_mixed(letters[:-1] | letters[1:]).nonzero()[0]
    found = np.append(beside, _words_of_shared_letters(codes))
    is_mixing[np.searchsorted(starts, found, "right") - 1] = True
    numbers: list[int] = is_mixing.nonzero()[0].tolist()
    return numbers


def _words_of_shared_letters(codes: NDArray[np.uint32]) -> NDArray[np.intp]:
    """Places before words that have no other letters."""
    kinds_of = _OF_WORDS.take(codes, mode="clip")
    bounds = (kinds_of != _SHARED).nonzero()[0]
    is_apart = kinds_of[bounds] == 0
    is_word = is_apart[:-1] & is_apart[1:] & (np.diff(bounds) > 1)
    places: NDArray[np.intp] = bounds[:-1][is_word]
    return places


def _folded(text: str, codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """What the characters of a text are compared as."""
    found = _LETTERS.take(codes, mode="clip")
    others = (found >= _DROPPED).nonzero()[0]
    if not len(others):
        return found
    several = others[found[others] == _SEVERAL]
    if len(several):
        found = _LETTERS.take(code_points(_all_spelled_out(text, several.tolist())), mode="clip")
    kept: NDArray[np.uint32] = found[found != _DROPPED]
    return kept


def _all_spelled_out(text: str, places: Sequence[int]) -> str:
    """The text with several characters for each of some."""
    pieces: list[str] = []
    done = 0
    for place in places:
        pieces += text[done:place], FOLDED[ord(text[place])]
        done = place + 1
    return "".join(pieces) + text[done:]

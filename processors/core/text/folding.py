"""A post's words without the decoration that channels add, in one spelling: what sameness is judged by."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from processors.core.text.character_kinds import (
    CYRILLIC,
    GREEK,
    LATIN,
    LIGATURE,
    LIGATURES,
    OWN_LETTER,
    SHARED_LETTER,
    UNUSUAL_LETTER,
    Letters,
    has_several,
    is_mixed,
    letters_at,
    letters_of_each,
    letters_of_parts,
    together,
)
from processors.core.text.characters import IS_WORD
from processors.core.text.words import code_points, kinds, words_alone
from schemas.text import FOLDED, Script, in_main_script, plain, respelled

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
    # The last represents all above, of which none is of a word; selectors of shapes are among them.
    found[-1] = ord(" ")
    return found


_LETTERS = _letters()
"""FOLDED as an array: a tenth of the time that ``str.translate`` takes."""
_SPELLED_OUT = {code: letters for code, letters in sorted(FOLDED.items()) if code < _SIZE and len(letters) > 1}
_SPELLED_CODES = np.array(list(_SPELLED_OUT), np.uint32)
_SPELLED_STARTS = np.cumsum([0, *map(len, _SPELLED_OUT.values())])
_SPELLED = _LETTERS[code_points("".join(_SPELLED_OUT.values()))]
"""All letters of the characters that are compared as several, one after the other."""
_OF_WORDS = np.append(IS_WORD[:0x2000], False)
"""Whether a character is of a word in which letters of several scripts are distinguished."""
_NO_LATIN = CYRILLIC | GREEK
_ALL = LATIN | _NO_LATIN
_BITS = {Script.LATIN: LATIN, Script.CYRILLIC: CYRILLIC, Script.GREEK: GREEK}


def fold(text: str) -> str:
    """The words of a clean text, as :func:`fold_all`."""
    (folded,) = fold_all([text])
    return folded


def fold_all(texts: Sequence[str], letters: Sequence[int] | None = None) -> list[str]:
    """Of each line of clean texts the words, folded as by ``schemas.text.fold``, with one blank between them; links and
    @names are gone, numbers and tags stay: posts made from one template (rates, counts) differ in nothing else.
    ``letters`` are the kinds of letters in each text, if they are known.
    """
    letters = letters_of_each(texts) if letters is None else letters
    bare = [
        _without_addresses(_bounded(text) if own & UNUSUAL_LETTER else text)
        for text, own in zip(texts, letters, strict=True)
    ]
    found = _in_main_script(bare, letters_of_parts(bare, letters))
    for number, own in enumerate(letters):
        if own & LIGATURE:
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


def _in_main_script(texts: list[str], letters: Sequence[int]) -> list[str]:
    """The texts with plain letters, as by ``in_main_script``; all are looked at together, for few need it."""
    mixed = [number for number, own in enumerate(letters) if has_several(own)]
    needed = {number for number in mixed if letters[number] & _NO_LATIN == _NO_LATIN}
    needed.update(mixed[number] for number in _mixing([texts[number] for number in mixed]))
    unusual = {number for number, own in enumerate(letters) if own & UNUSUAL_LETTER}
    for number in unusual:
        text = plain(texts[number])
        # Letters of another script may come with the plain ones; most of these texts have but flags.
        if text != texts[number]:
            needed.add(number)
            texts[number] = text
    asked = list(needed)
    for number, order in zip(asked, _scripts_by_share([texts[number] for number in asked]), strict=True):
        texts[number] = in_main_script(texts[number], order)
    return texts


def _scripts_by_share(texts: Sequence[str]) -> list[list[Script]]:
    """The scripts of each text by its letters, as ``in_main_script`` orders them."""
    if not texts:
        return []
    codes, starts = together(texts)
    letters = letters_at(codes)

    def count(kind: int) -> list[int]:
        counts: list[int] = np.add.reduceat(letters & kind == kind, starts, dtype=np.int32).tolist()
        return counts

    shares = zip(*(zip(count(bit | OWN_LETTER), count(bit), strict=True) for bit in _BITS.values()), strict=True)
    return [sorted(_BITS, key=dict(zip(_BITS, share, strict=True)).__getitem__, reverse=True) for share in shares]


def _mixing(texts: Sequence[str]) -> list[int]:
    """Numbers of those texts in Latin and another script in which ``in_main_script`` may change a word."""
    if not texts:
        return []
    codes, starts = together(texts)
    letters = letters_at(codes)
    own = letters & (OWN_LETTER | _ALL)
    lead = np.subtract(own > OWN_LETTER | LATIN, own == OWN_LETTER | LATIN, dtype=np.int8)
    is_mixing = np.add.reduceat(lead, starts, dtype=np.int32) <= 0
    beside = is_mixed(letters[:-1] | letters[1:]).nonzero()[0]
    found = np.append(beside, _words_of_shared_letters(codes, letters))
    is_mixing[np.searchsorted(starts, found, "right") - 1] = True
    numbers: list[int] = is_mixing.nonzero()[0].tolist()
    return numbers


def _words_of_shared_letters(codes: NDArray[np.uint32], letters: Letters) -> NDArray[np.intp]:
    """Places before words that have no other letters."""
    is_shared = letters & SHARED_LETTER > 0
    edges = (is_shared[1:] != is_shared[:-1]).nonzero()[0]
    before, last = edges[::2], edges[1::2]
    is_joined = _OF_WORDS.take(codes[before], mode="clip") | _OF_WORDS.take(codes[last + 1], mode="clip")
    places: NDArray[np.intp] = before[~is_joined]
    return places


def _folded(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """What characters are compared as."""
    found = _LETTERS.take(codes, mode="clip")
    others = (found >= _DROPPED).nonzero()[0]
    if not len(others):
        return found
    several = others[found[others] == _SEVERAL]
    if len(several):
        found = _with_several(found, codes, several)
    kept: NDArray[np.uint32] = found[found != _DROPPED]
    return kept


def _with_several(found: NDArray[np.uint32], codes: NDArray[np.uint32], places: NDArray[np.intp]) -> NDArray[np.uint32]:
    """The letters of a text with several for each of the characters at some places."""
    rows = np.searchsorted(_SPELLED_CODES, codes[places])
    lengths = _SPELLED_STARTS[rows + 1] - _SPELLED_STARTS[rows]
    counts = np.ones(len(found), np.intp)
    counts[places] = lengths
    found = found.repeat(counts)
    before = lengths.cumsum() - lengths
    within = np.arange(lengths.sum()) - before.repeat(lengths)
    firsts = places + before - np.arange(len(places))
    found[firsts.repeat(lengths) + within] = _SPELLED[_SPELLED_STARTS[rows].repeat(lengths) + within]
    return found

"""Words of a post with their offsets, folded so that look-alike letters do not hide a name."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from processors.core.text.character_kinds import (
    ANY,
    BESIDE_OTHER,
    GREEK,
    SELDOM_LETTER,
    UNUSUAL_LETTER,
    letters_of_each,
)
from processors.core.text.characters import IS_WORD
from processors.core.text.words import text_of
from schemas.text import Script, alike, in_one_script, is_usual, loose_marks, usual

_WORD = re.compile(r"[^\W_]+")
_BLANK = np.uint32(ord(" "))
_ORDER = (Script.LATIN, Script.CYRILLIC)
"""Most names that are written in look-alikes of both are Latin."""
_SEVERAL = SELDOM_LETTER | UNUSUAL_LETTER | GREEK


class Spelling:
    """A text with one letter where several are written for one, in which names and words are looked up."""

    __slots__ = ("letters", "lower", "offsets", "text")

    def __init__(self, text: str, offsets: Sequence[int] | None = None, letters: int = ANY) -> None:
        """``offsets`` are each character's and the end's in the text as it was; none where they are the same."""
        self.text = text
        self.offsets = offsets
        self.letters = letters
        """The kinds of its letters; it may hold more."""
        self.lower = lowered(text)
        """In lower case, with the same offsets."""

    def at(self, offset: int) -> int:
        """The offset in the text as it was."""
        return offset if self.offsets is None else self.offsets[offset]


@dataclass(slots=True)
class Tokens:
    """The words of a text: lower case, with parallel code point offsets."""

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    press_candidates: frozenset[str] | None = None
    """Those of ``PressLexicon.press_candidates``, once they were looked up."""

    def at(self, offset: int) -> int:
        """Index of the first word that starts at or after an offset."""
        return bisect_left(self.starts, offset)

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Offsets of the words ``first`` to ``after - 1``."""
        return self.starts[first], self.ends[after - 1]

    def between(self, left: int, right: int) -> str:
        """The text between the end of word ``left`` and the start of word ``right``."""
        return self.text[self.ends[left] : self.starts[right]]

    def is_capitalised(self, index: int) -> bool:
        """Whether the word starts with a capital or a digit."""
        first = self.text[self.starts[index]]
        return first.isupper() or first.isdigit()


def tokenize(text: str, spelling: Spelling) -> Tokens:
    """The words of a text as its spelling has them, at their offsets in the text."""
    # All at once in arrays, which takes half the time of a pattern.
    codes = np.frombuffer(f" {spelling.lower} ".encode("utf-32-le", "surrogatepass"), "<u4")
    is_word = IS_WORD.take(codes, mode="clip")
    bounds = (is_word[1:] != is_word[:-1]).nonzero()[0].tolist()
    words = text_of(np.where(is_word, codes, _BLANK)).split()
    if spelling.offsets is not None:
        bounds = [spelling.offsets[bound] for bound in bounds]
    return Tokens(text, words, bounds[::2], bounds[1::2])


def words_of(text: str) -> list[str]:
    """The words of a text as its spelling has them, in lower case, without offsets."""
    return words_in(spell(text))


def words_in(spelling: Spelling) -> list[str]:
    """The words of a spelling in lower case, without offsets."""
    return _WORD.findall(spelling.lower)


def lowered(text: str) -> str:
    """A text in lower case with the same offsets: what grows in lower case (İ) keeps its form."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)


def spell_all(texts: Sequence[str], letters: Sequence[int] | None = None) -> list[Spelling]:
    """The spellings of texts, as :func:`spell`, in less time: most are usual, and in one alphabet. ``letters`` are the
    kinds of letters in each, if known; they may hold more.
    """
    if letters is None and len(texts) == 1:
        return [spell(texts[0])]  # arrays are slow to make for one
    return [
        spell(text) if own & _SEVERAL else _usual(text, own)
        for text, own in zip(texts, letters_of_each(texts) if letters is None else letters, strict=True)
    ]


def spell(text: str) -> Spelling:
    """The spelling of a text: plain letters for styled ones, no mixed alphabets, no marks beside the letters."""
    if text.isascii():
        return Spelling(text)
    if is_usual(text):  # as nearly all are
        return _usual(text, ANY)
    marks = loose_marks(text)
    offsets: list[int] | None = None
    if marks:
        left_out = frozenset(marks)
        offsets = [offset for offset in range(len(text) + 1) if offset not in left_out]
        text = "".join([text[offset] for offset in offsets[:-1]])
    return Spelling(in_one_script(alike(text), _ORDER), offsets)


def _usual(text: str, letters: int) -> Spelling:
    """The spelling of a text that is usual."""
    text = usual(text)
    if letters & BESIDE_OTHER:
        text = in_one_script(text, _ORDER, may_be_greek=False)
    return Spelling(text, None, letters)

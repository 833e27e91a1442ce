"""Words of a post with their offsets, folded so that look-alike letters do not hide a name."""

import re
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from processors.core.characters import IS_WORD

_WORD = re.compile(r"[^\W_]+")
_BLANK = np.uint32(ord(" "))
_MIXED_SCRIPT = re.compile(r"[A-Za-z](?:(?<=[\u0400-\u04ff][A-Za-z])|(?=[\u0400-\u04ff]))")
_CYRILLIC_LETTER = re.compile(r"[\u0400-\u04ff]")
_CYRILLIC = "авекмнорстухіјѕһ"
_LATIN = "abekmhopctyxijsh"
_TO_LATIN = str.maketrans(_CYRILLIC + _CYRILLIC.upper(), _LATIN + _LATIN.upper())
_TO_CYRILLIC = str.maketrans(_LATIN + _LATIN.upper(), _CYRILLIC + _CYRILLIC.upper())


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a text: lower case, with parallel code point offsets."""

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]

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


def tokenize(text: str, one_script: str) -> Tokens:
    """The words of a text, spelled as in its ``in_one_script`` form."""
    lowered = one_script.lower()
    if len(lowered) != len(text):
        # A dotted capital I grows in lower case: it alone keeps its form, so that the offsets hold.
        lowered = "".join(char.lower() if len(char.lower()) == 1 else char for char in one_script)
    # All at once in arrays, which takes half the time of a pattern.
    codes = np.frombuffer(f" {lowered} ".encode("utf-32-le", "surrogatepass"), "<u4")
    is_word = IS_WORD.take(codes, mode="clip")
    bounds = (is_word[1:] != is_word[:-1]).nonzero()[0].tolist()
    words = np.where(is_word, codes, _BLANK).astype("<u4").tobytes().decode("utf-32-le").split()
    return Tokens(text, words, bounds[::2], bounds[1::2])


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without offsets."""
    return _WORD.findall(text.lower())


def in_one_script(text: str) -> str:
    """The text with every word that mixes Latin and Cyrillic look-alikes brought to one script; of equal length."""
    if text.isascii() or _CYRILLIC_LETTER.search(text) is None or _MIXED_SCRIPT.search(text) is None:
        return text
    return _WORD.sub(lambda match: _unmixed(match[0]), text)


def _unmixed(word: str) -> str:
    if _MIXED_SCRIPT.search(word) is None:
        return word
    latin = word.translate(_TO_LATIN)
    return latin if latin.isascii() else word.translate(_TO_CYRILLIC)

"""Names that are nearly right: a letter wrong, missing, doubled or swapped; acronyms in lower case."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from processors.core.quotes.lexicon.name_tree import Alias, NameNode, NameTree

MIN_LETTERS: Final = 7
"""Letters of the shortest name that may have one wrong: in a shorter one this makes another word."""
_HALF: Final = 3
"""An error leaves this many letters whole at one end of a name."""
_MAX_WORDS: Final = 4
_MAX_PLACES: Final = 100
"""Places of a text that are looked at."""
_LETTER: Final = "[A-ZÀ-ÞĀ-ſЀ-ЯҐΑ-Ω]"
_PHRASE: Final = re.compile(rf"{_LETTER}[^\W_]+(?:[ \u00a0'’-](?:of|the|de|la|el|{_LETTER})[^\W_]*){{0,3}}")
_WORD: Final = re.compile(r"[^\W_]+")
_ACRONYM: Final = re.compile("[a-zа-яі]{3,5}")
_LOWER: Final = re.compile(r"(?<![^\W_])[a-zа-яі]{3,5}(?![^\W_])")
_SHORT: Final = 3
"""Letters up to which an acronym with a vowel is a word as often."""
_VOWEL: Final = re.compile("[aeiouyаеиоуыэюяієї]")
_Found = tuple[int, int, Alias]


class LooseNames:
    """An index of the names by their length with their first or last letters. Immutable once built."""

    def __init__(self, tree: NameTree) -> None:
        self._by_start: dict[tuple[int, str], list[tuple[str, Alias]]] = {}
        self._by_end: dict[tuple[int, str], list[tuple[str, Alias]]] = {}
        self._acronyms: dict[str, Alias] = {}
        for letters, alias in _letters(tree):
            if len(letters) >= MIN_LETTERS and not alias.is_ambiguous and letters[0] < "\u0590":
                self._by_start.setdefault((len(letters), letters[:_HALF]), []).append((letters, alias))
                self._by_end.setdefault((len(letters), letters[-_HALF:]), []).append((letters, alias))
        for word in tree.words:
            node = tree.node(word)
            acronym = node.alias
            if acronym is None or acronym.is_ambiguous or not _ACRONYM.fullmatch(word):
                continue
            vowels = len(_VOWEL.findall(word))
            # One with a vowel is an acronym where the tree takes it for none in other letters than capitals.
            if not vowels or (len(word) > _SHORT and vowels == 1 and tree.heads.get(word.capitalize()) != word):
                self._acronyms[word] = acronym

    def nearest(self, letters: str) -> Alias | None:
        """The name at a distance of one letter, if only one outlet has such a name."""
        if len(letters) < MIN_LETTERS:
            return None
        near: dict[str, Alias] = {}
        start, end = letters[:_HALF], letters[-_HALF:]
        for length in range(len(letters) - 1, len(letters) + 2):
            for known, alias in (*self._by_start.get((length, start), ()), *self._by_end.get((length, end), ())):
                if is_near(letters, known):
                    near[alias.id] = alias
        return next(iter(near.values())) if len(near) == 1 else None

    def find(self, text: str, taken: Sequence[tuple[int, int]]) -> list[_Found]:
        """The nearly right names in a text, in order, outside of the places that are taken."""
        found: list[_Found] = []
        blocked = sorted(taken)
        for place in _phrases(text):
            for phrase in _shortened(place):
                start, end = phrase[0].start(), phrase[-1].end()
                if _is_free(start, end, blocked):
                    alias = self.nearest("".join([word[0].lower() for word in phrase]))
                    if alias is not None:
                        found.append((start, end, alias))
                        break
        acronyms = (match for match in _LOWER.finditer(text) if match[0] in self._acronyms)
        for match in islice(acronyms, _MAX_PLACES):
            alias = self._acronyms[match[0]]
            if _is_free(*match.span(), blocked):
                found.append((*match.span(), alias))
        return sorted(found, key=lambda one: one[0])


def is_near(left: str, right: str) -> bool:
    """Whether one letter added, left out, replaced, or swapped with the next makes one word of the other."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    if len(left) > len(right):
        left, right = right, left
    at = next((at for at, letter in enumerate(left) if letter != right[at]), len(left))
    if len(left) < len(right):
        return left[at:] == right[at + 1 :]
    swapped = left[at : at + 2] == right[at + 1 : at - 1 if at else None : -1]
    return left[at + 1 :] == right[at + 1 :] or (swapped and left[at + 2 :] == right[at + 2 :])


def _letters(tree: NameTree) -> Iterator[tuple[str, Alias]]:
    """Every name without its blanks."""
    stack = [(word, tree.node(word)) for word in tree.words]
    while stack:
        letters, node = stack.pop()
        if node.alias is not None:
            yield letters, node.alias
        stack += _deeper(letters, node)


def _deeper(letters: str, node: NameNode) -> Iterable[tuple[str, NameNode]]:
    return () if node.following is None else [(letters + word, child) for word, child in node.following.items()]


def _phrases(text: str) -> Iterator[list[re.Match[str]]]:
    """Runs of words that a name may be."""
    for number, match in enumerate(_PHRASE.finditer(text)):
        if number == _MAX_PLACES:
            return
        yield list(_WORD.finditer(text, *match.span()))


def _shortened(words: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """A run and the shorter ones in it, the longest first."""
    words = words[: _MAX_WORDS + 1]
    for length in range(min(len(words), _MAX_WORDS), 0, -1):
        for first in range(len(words) - length + 1):
            yield words[first : first + length]


def _is_free(start: int, end: int, blocked: Sequence[tuple[int, int]]) -> bool:
    """Whether none of the places, which are in order and without overlap, is in ``text[start:end]``."""
    place = bisect_left(blocked, (end,))
    return place == 0 or blocked[place - 1][1] <= start

"""Names that are nearly right: a letter wrong, missing, doubled or swapped; acronyms in lower case."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from processors.core.quotes.lexicon.name_tree import Alias, NameNode, NameTree
from processors.core.quotes.lexicon.scripts import FIRST_UNCASED
from processors.core.quotes.lines.lines import Offsets

MIN_LETTERS: Final = 7
"""Letters of the shortest name that may have one wrong: in a shorter one this makes another word."""
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
_NOTHING: Final = (None, None, None, None)
_LooseMatch = tuple[int, int, Alias]


class LooseNames:
    """An index of the names by either half of their letters. Immutable once built."""

    def __init__(self, tree: NameTree) -> None:
        self._by_start: defaultdict[str, list[tuple[str, Alias]]] = defaultdict(list)
        self._by_end: defaultdict[str, list[tuple[str, Alias]]] = defaultdict(list)
        """Names by the half of their letters that an error in the other one leaves whole."""
        self._acronyms: dict[str, Alias] = {}
        for word, node in tree.nodes():
            for letters, alias in _names(word, node):
                if len(letters) >= MIN_LETTERS and not alias.is_ambiguous and letters[0] < FIRST_UNCASED:
                    whole = (len(letters) - 1) // 2
                    self._by_start[letters[:whole]].append((letters, alias))
                    self._by_end[letters[-whole:]].append((letters, alias))
            if node.alias is not None and not node.alias.is_ambiguous and _is_acronym(word, tree):
                self._acronyms[word] = node.alias

    def nearest(self, letters: str) -> Alias | None:
        """The name at a distance of one letter, if only one outlet has such a name."""
        length = len(letters)
        if length < MIN_LETTERS:
            return None
        half = length // 2  # what an error leaves whole of a name with a letter more; of a shorter one a letter less
        by_start, by_end = self._by_start, self._by_end
        found = (
            by_start.get(letters[: half - 1]),
            by_start.get(letters[:half]),
            by_end.get(letters[1 - half :]),
            by_end.get(letters[-half:]),
        )
        if found == _NOTHING:  # as most
            return None
        near: dict[str, Alias] = {}
        for names in found:
            for known, alias in names or ():
                if is_near(letters, known):
                    near[alias.id] = alias
        return next(iter(near.values())) if len(near) == 1 else None

    def find(self, text: str, words: Sequence[str], taken: Sequence[Offsets]) -> list[_LooseMatch]:
        """The nearly right names in a text, in order, between the places that are taken, which are in order; ``words``
        are the text's in lower case.
        """
        gaps = list(zip((0, *(end for _, end in taken)), (*(start for start, _ in taken), len(text)), strict=True))
        found: list[_LooseMatch] = []
        for match in islice((match for gap in gaps for match in _PHRASE.finditer(text, *gap)), _MAX_PLACES):
            phrase = match[0]
            near = self._in_phrase(phrase) if len(phrase) >= MIN_LETTERS else None
            if near is not None:
                start = match.start()
                found.append((start + near[0], start + near[1], near[2]))
        if not self._acronyms.keys().isdisjoint(words):  # of most texts they are
            found += self._acronyms_in(text, gaps)
        return sorted(found, key=lambda one: one[0])

    def _acronyms_in(self, text: str, gaps: Iterable[Offsets]) -> Iterator[_LooseMatch]:
        acronyms = (match for gap in gaps for match in _LOWER.finditer(text, *gap) if match[0] in self._acronyms)
        return ((*match.span(), self._acronyms[match[0]]) for match in islice(acronyms, _MAX_PLACES))

    def _in_phrase(self, phrase: str) -> _LooseMatch | None:
        """The longest of the nearly right names in a run of words, the first of several."""
        if phrase.isalnum():  # one word, as most
            alias = self.nearest(phrase.lower())
            return None if alias is None else (0, len(phrase), alias)
        words = [word.lower() for word in _WORD.findall(phrase)]
        for length in range(len(words), 0, -1):
            for first in range(len(words) - length + 1):
                alias = self.nearest("".join(words[first : first + length]))
                if alias is not None:
                    spans = [match.span() for match in _WORD.finditer(phrase)]
                    return spans[first][0], spans[first + length - 1][1], alias
        return None


def is_near(left: str, right: str) -> bool:
    """Whether one letter added, left out, replaced, or swapped with the next makes one word of the other."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    if len(left) > len(right):
        left, right = right, left
    if left[-1] != right[-1] and left[:-2] != right[: len(left) - 2]:  # as most: the end is wrong, and more
        return False
    at = 0
    while at < len(left) and left[at] == right[at]:
        at += 1
    if len(left) < len(right):
        return left[at:] == right[at + 1 :]
    swapped = left[at : at + 2] == right[at + 1 : at - 1 if at else None : -1]
    return left[at + 1 :] == right[at + 1 :] or (swapped and left[at + 2 :] == right[at + 2 :])


def _names(letters: str, node: NameNode) -> Iterator[tuple[str, Alias]]:
    """The names of a node and those below it, without their blanks."""
    if node.alias is not None:
        yield letters, node.alias
    for word, child in (node.following or {}).items():
        yield from _names(letters + word, child)


def _is_acronym(word: str, tree: NameTree) -> bool:
    """Whether a name of one word counts in lower case. One with a vowel is an acronym where the tree takes it for none
    in other letters than capitals.
    """
    if not _ACRONYM.fullmatch(word):
        return False
    vowels = len(_VOWEL.findall(word))
    return not vowels or (len(word) > _SHORT and vowels == 1 and tree.heads.get(word.capitalize()) != 0)

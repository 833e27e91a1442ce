"""Phrases by the word that opens or closes them, as the built files hold them: a number where that word is the whole
phrase, as most are, else a text of the phrases, which is parted when a post has the word. To part all of them at the
start takes ten times as long as to read the file.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final, TypeAlias

_ALONE: Final = ""
_FIRST, _LAST, _SECOND, _LAST_BUT_ONE = 0, -1, 1, -2
Phrases: TypeAlias = dict[str, list[tuple[list[str], int]]]
"""Phrases by the word next to the one that they are looked up by, the longest first, with bits of what each may be; for
that word alone none is next to it."""
PhraseTable: TypeAlias = dict[str, int | str | Phrases]
"""The bits of a word that is a phrase of its own, or the phrases that have the word: as a text, a phrase and its bits a
line, until they are looked up."""
FoundPhrase: TypeAlias = tuple[int, int]
"""How many words a phrase has, and its bits."""


def by_first_word(phrases: Iterable[tuple[str, int]]) -> PhraseTable:
    """The table of phrases, those of most words first, by the word that opens them."""
    return _by_word(phrases, _FIRST)


def by_last_word(phrases: Iterable[tuple[str, int]]) -> PhraseTable:
    """The same by the word that closes them."""
    return _by_word(phrases, _LAST)


def longest_from(table: PhraseTable, words: Sequence[str], first: int, stop: int) -> FoundPhrase | None:
    """The longest phrase of a table by first words that opens ``words[first:stop]``."""
    found = table.get(words[first]) if first < stop else None
    if isinstance(found, str):
        found = table[words[first]] = _parted(found, _SECOND)
    if found is None or isinstance(found, int):
        return None if found is None else (1, found)
    for phrase, bits in found.get(words[first + 1], ()) if first + 1 < stop else ():
        after = first + len(phrase)
        if after <= stop and words[first:after] == phrase:
            return len(phrase), bits
    return _alone(found)


def longest_to(table: PhraseTable, words: Sequence[str], after: int) -> FoundPhrase | None:
    """The longest phrase of a table by last words that closes ``words[:after]``."""
    found = table.get(words[after - 1]) if after > 0 else None
    if isinstance(found, str):
        found = table[words[after - 1]] = _parted(found, _LAST_BUT_ONE)
    if found is None or isinstance(found, int):
        return None if found is None else (1, found)
    for phrase, bits in found.get(words[after - 2], ()) if after > 1 else ():
        first = after - len(phrase)
        if first >= 0 and words[first:after] == phrase:
            return len(phrase), bits
    return _alone(found)


def _alone(phrases: Phrases) -> FoundPhrase | None:
    alone = phrases.get(_ALONE)
    return None if alone is None else (1, alone[0][1])


def _by_word(phrases: Iterable[tuple[str, int]], end: int) -> PhraseTable:
    def word(phrase: tuple[str, int]) -> str:
        return phrase[0].split(" ")[end]

    table: PhraseTable = {}
    for key, group in groupby(sorted(phrases, key=word), key=word):  # a stable sort: the longest stay first
        found = list(group)
        is_alone = found[0][0] == key
        table[key] = found[0][1] if is_alone else "\n".join(f"{phrase} {bits}" for phrase, bits in found)
    return table


def _parted(text: str, beside: int) -> Phrases:
    phrases: Phrases = {}
    for line in text.split("\n"):
        *phrase, bits = line.split(" ")
        next_to = phrase[beside] if len(phrase) > 1 else _ALONE
        phrases.setdefault(next_to, []).append((phrase, int(bits)))
    return phrases

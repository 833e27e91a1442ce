"""Phrases by the word that opens or closes them: a number where that word is the whole phrase, as most are, which takes
a quarter of the time and memory of a table for each.
"""

from collections.abc import Iterable, Iterator, Sequence
from sys import intern
from typing import TypeAlias

_ALONE = ""
Phrases: TypeAlias = dict[str, list[tuple[list[str], int]]]
"""Phrases by the word next to the one that they are looked up by, the longest first, with bits of what each may be; for
that word alone none is next to it."""
PhraseTable: TypeAlias = dict[str, int | Phrases]
"""The bits of a word that is a phrase of its own, or the phrases that have the word."""
FoundPhrase: TypeAlias = tuple[int, int]
"""How many words a phrase has, and its bits."""


def by_first_word(phrases: Iterable[tuple[str, int]]) -> PhraseTable:
    """The table of phrases, those of most words first, by the word that opens them."""
    table: PhraseTable = {}
    for words, bits in _parted(phrases):
        _add(table, words[0], words[1] if len(words) > 1 else _ALONE, words, bits)
    return table


def by_both_ends(phrases: Iterable[tuple[str, int]]) -> tuple[PhraseTable, PhraseTable]:
    """The same, and the table by the word that closes them; both share the phrases."""
    first: PhraseTable = {}
    last: PhraseTable = {}
    for words, bits in _parted(phrases):
        is_alone = len(words) == 1
        _add(first, words[0], _ALONE if is_alone else words[1], words, bits)
        _add(last, words[-1], _ALONE if is_alone else words[-2], words, bits)
    return first, last


def _parted(phrases: Iterable[tuple[str, int]]) -> Iterator[tuple[list[str], int]]:
    """The phrases in words, which most have in common."""
    return ((list(map(intern, phrase.split(" "))), bits) for phrase, bits in phrases)


def longest_from(table: PhraseTable, words: Sequence[str], first: int, stop: int) -> FoundPhrase | None:
    """The longest phrase of a table by first words that opens ``words[first:stop]``."""
    found = table.get(words[first]) if first < stop else None
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


def _add(table: PhraseTable, word: str, beside: str, phrase: list[str], bits: int) -> None:
    held = table.get(word)
    if isinstance(held, dict):
        held.setdefault(beside, []).append((phrase, bits))
    elif beside == _ALONE:
        table[word] = bits
    else:
        table[word] = {beside: [(phrase, bits)]}

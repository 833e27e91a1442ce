"""Phrases by one of their words: a number where the word is the whole phrase, as most are, which takes a quarter of the
time and memory of a list for each.
"""

from collections.abc import Iterable
from typing import TypeAlias

Phrases: TypeAlias = list[tuple[tuple[str, ...], int]]
"""Phrases, the longest first, with bits of what each may be."""
PhraseTable: TypeAlias = dict[str, int | Phrases]
"""The bits of a word that is a phrase of its own, or the phrases that have the word."""


def by_first_word(phrases: Iterable[tuple[str, int]]) -> PhraseTable:
    """The table of phrases, those of most words first, by the word that opens them."""
    table: PhraseTable = {}
    for phrase, bits in phrases:
        _add(table, phrase.partition(" ")[0], phrase, bits)
    return table


def by_last_word(phrases: Iterable[tuple[str, int]]) -> PhraseTable:
    """The same by the word that closes them."""
    table: PhraseTable = {}
    for phrase, bits in phrases:
        _add(table, phrase.rpartition(" ")[2], phrase, bits)
    return table


def _add(table: PhraseTable, word: str, phrase: str, bits: int) -> None:
    held = table.get(word)
    if isinstance(held, list):
        held.append((tuple(phrase.split(" ")), bits))
    elif word == phrase:
        table[word] = bits
    else:
        table[word] = [(tuple(phrase.split(" ")), bits)]

"""Phrases are found at either end, the longest first, and never beyond the words that are looked at."""

from processors.core.quotes.lexicon.phrase_table import by_first_word, by_last_word, longest_from, longest_to

PHRASES = (("as told to", 1), ("as told", 2), ("as", 4), ("told", 8), ("in it", 16))
WORDS = ["as", "told", "to", "in", "as", "told"]


def test_the_longest_phrase_that_a_word_opens() -> None:
    table = by_first_word(PHRASES)
    assert longest_from(table, WORDS, 0, 6) == (3, 1)
    assert longest_from(table, WORDS, 0, 2) == (2, 2)
    assert longest_from(table, WORDS, 0, 1) == (1, 4)
    assert longest_from(table, WORDS, 4, 6) == (2, 2)
    assert longest_from(table, WORDS, 1, 6) == (1, 8)
    assert longest_from(table, WORDS, 3, 6) is None
    assert longest_from(table, WORDS, 6, 6) is None


def test_the_longest_phrase_that_a_word_closes() -> None:
    table = by_last_word(PHRASES)
    assert longest_to(table, WORDS, 3) == (3, 1)
    assert longest_to(table, WORDS, 2) == (2, 2)
    assert longest_to(table, ["told"], 1) == (1, 8)
    assert longest_to(table, WORDS, 1) == (1, 4)
    assert longest_to(table, ["it"], 1) is None
    assert longest_to(table, WORDS, 0) is None

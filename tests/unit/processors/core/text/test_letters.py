"""Kinds of letters: one look-up must show every text that some stage has to look at more closely."""

import random
import unicodedata

import pytest

from processors.core.text.character_kinds import (
    BESIDE_OTHER,
    CYRILLIC,
    LATIN,
    NOT_LATIN,
    UNCASED,
    UNTIDY,
    UNUSUAL_LETTER,
    has_several,
    letters_of_each,
    letters_of_parts,
)


def test_characters_that_need_no_cleaning_are_in_nfc_in_any_order() -> None:
    every = [chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000]
    tidy = [one for one, letters in zip(every, letters_of_each(every), strict=True) if not letters & UNTIDY]
    assert len(tidy) > 100_000
    for seed in range(3):
        random.Random(seed).shuffle(tidy)
        assert unicodedata.is_normalized("NFC", "".join(tidy))


@pytest.mark.parametrize(
    "text",
    ["e\u0301", "\u1112\u1161", "\u09c7\u09be", "\u212b", "a\u200b", "a\xa0b", "☀\ufe0f", "a\r\n", "\U0002f800"],
    ids=ascii,
)
def test_a_text_that_may_be_changed_is_untidy(text: str) -> None:
    assert letters_of_each([text])[0] & UNTIDY


@pytest.mark.parametrize(
    ("text", "kinds"),
    [("plain", LATIN), ("мир", CYRILLIC | NOT_LATIN), ("漢字", NOT_LATIN), ("𝐛", UNUSUAL_LETTER), ("1, 2 – 3 😀", 0)],
)
def test_the_kinds_of_letters_of_a_text(text: str, kinds: int) -> None:
    asked = LATIN | CYRILLIC | NOT_LATIN | UNUSUAL_LETTER
    assert [letters & asked for letters in letters_of_each([text, ""])] == [kinds, 0]


def test_parts_of_plain_texts_have_the_letters_of_the_whole_and_others_their_own() -> None:
    wholes = ["a ä", "мир at example.org"]
    found = letters_of_parts(["a", "мир"], letters_of_each(wholes))
    assert found == letters_of_each(["a ä", "мир"])
    assert not any(map(has_several, found))


@pytest.mark.parametrize("text", ["Рeuters", "СNN", "αb", "Pортα"])
def test_alphabets_side_by_side_are_seen_where_a_letter_of_one_is_next_to_one_of_another(text: str) -> None:
    assert letters_of_each(["порт", text, "port", ""])[1] & BESIDE_OTHER
    assert letters_of_each([text])[0] & BESIDE_OTHER


def test_alphabets_that_meet_in_no_word_nor_between_two_texts_are_not_side_by_side() -> None:
    found = letters_of_each(["порт", "port", "Reuters: порт «CNN», и 7и", "", "a", "б"])
    assert not any(letters & BESIDE_OTHER for letters in found)


@pytest.mark.parametrize(
    ("text", "is_uncased"),
    [
        ("漢字", True),
        ("한국", True),
        ("مرفأ", True),
        ("נמל", True),
        ("ไทย", True),
        ("порт, Αθήνα, Łódź 😀 – «7»", False),
    ],
)
def test_scripts_without_capitals_are_told_from_those_with_them(text: str, is_uncased: bool) -> None:
    assert bool(letters_of_each([text])[0] & UNCASED) is is_uncased

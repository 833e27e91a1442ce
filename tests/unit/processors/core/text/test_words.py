import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processors.core.text.characters import IS_LETTER, IS_WORD, MARKS
from processors.core.text.words import kinds, words_alone

_LETTERS, _WORDS = kinds(IS_LETTER), kinds(IS_WORD)
_PATTERN = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{MARKS}])*")


def test_breaks_stay_and_other_runs_give_one_blank() -> None:
    texts = [" a, b \n\n c2d", "", "!"]
    assert words_alone(texts, _LETTERS) == ["a b\n\nc d", "", ""]


def test_marks_belong_to_the_letter_before_them_alone() -> None:
    assert words_alone(["किताब \u093fक 1\u0301"], _LETTERS) == ["किताब क"]


def test_what_parts_texts_is_a_blank_within_one() -> None:
    assert words_alone(["a\x1fb", "c"], _LETTERS) == ["a b", "c"]


def test_each_character_is_of_the_kind_that_the_pattern_gives_it() -> None:
    characters = [chr(code) for code in range(0x40010) if chr(code) not in "\n\x1f"]
    for table, pattern in (
        (_LETTERS, _PATTERN),
        (_WORDS, re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*")),
    ):
        for before in ("", "a"):
            texts = [before + character for character in characters]
            found = words_alone(texts, table)
            wrong = [
                hex(ord(text[-1]))
                for text, words in zip(texts, found, strict=True)
                if words.split() != pattern.findall(text)
            ]
            assert wrong == []


@given(st.text())
def test_words_are_those_of_the_pattern(text: str) -> None:
    (alone,) = words_alone([text], _LETTERS)
    assert alone.split() == _PATTERN.findall(text)


def test_what_lies_above_the_table_is_no_word() -> None:
    assert not IS_WORD[-1]
    assert not np.any([chr(code).isalnum() for code in range(0x40000, 0x110000, 0x1000)])

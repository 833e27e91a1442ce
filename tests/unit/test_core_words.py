import re

from hypothesis import given
from hypothesis import strategies as st

from processors.core.characters import IS_LETTER, MARKS
from processors.core.words import BETWEEN, kinds, words_alone

_LETTERS = kinds(IS_LETTER)


def test_breaks_stay_and_other_runs_give_one_blank() -> None:
    text = f"{BETWEEN} a, b \n\n c2d{BETWEEN}{BETWEEN}!{BETWEEN}"
    assert words_alone(text, _LETTERS) == f"{BETWEEN}a b\n\nc d{BETWEEN}{BETWEEN}{BETWEEN}"


def test_marks_belong_to_the_letter_before_them_alone() -> None:
    text = f"{BETWEEN}किताब \u093fक 1\u0301{BETWEEN}"
    assert words_alone(text, _LETTERS) == f"{BETWEEN}किताब क{BETWEEN}"


@given(st.text())
def test_words_are_those_of_the_pattern(text: str) -> None:
    pattern = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{MARKS}])*")
    alone = words_alone(f"{BETWEEN}{text}{BETWEEN}", _LETTERS)
    assert re.split(f"[ \n{BETWEEN}]+", alone.strip(f" \n{BETWEEN}")) == (pattern.findall(text) or [""])

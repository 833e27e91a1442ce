import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

import schemas.text
from processors.core.text.characters import MARKS
from processors.core.text.clean import clean
from processors.core.text.folding import fold, fold_all

_TEXTS = st.lists(st.text().map(lambda text: clean(text).text), max_size=5)


def test_lines_stay_where_they_were() -> None:
    assert fold("\n— Fire,  in TOWN!\n\n🔥\n#tag 92.10") == "\nfire in town\n\n\ntag 92 10"


def test_addresses_and_names_are_gone() -> None:
    assert fold("see https://a.example/b?c, www.d.example and t.me/e or @f_g: h") == "see and or h"


def test_an_underscore_parts_words() -> None:
    assert fold("one_two _three") == "one two three"


def test_digits_of_the_scripts_in_use_become_those_of_ascii() -> None:
    digits = [char for char in map(chr, range(0x1800)) if unicodedata.category(char) == "Nd"]
    folded = "".join(fold_all(digits))
    assert len(folded) == len(digits)
    assert set(folded) == set("0123456789")


@given(_TEXTS)
def test_texts_are_folded_together_as_each_alone(texts: list[str]) -> None:
    assert fold_all(texts) == [fold(text) for text in texts]


def _words(folded: str) -> list[list[str]]:
    pattern = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*")
    return [pattern.findall(line) for line in folded.split("\n")]


@given(_TEXTS)
def test_words_are_those_of_the_folded_text(texts: list[str]) -> None:
    for text in texts:
        bare = re.sub(r"(?:https?://|www\.|t\.me/)\S+|@\w+", " ", text, flags=re.IGNORECASE)
        assert [line.split() for line in fold(text).split("\n")] == _words(schemas.text.fold(bare))


@given(st.text("aеοvтз ıİß𝗮ᴀғǫｂ🅰🅱🇺🇦\ufe0fﾎﾟ١می‌رئءوه̶́ёşʼ'्नतज़\n", max_size=12))
def test_odd_letters_are_folded_as_by_the_table(text: str) -> None:
    text = clean(text).text
    assert [line.split() for line in fold(text).split("\n")] == _words(schemas.text.fold(text))


@given(st.text("aceopxbgdасеорхбгджαεορβγδABCАВСΑΒΓ -1", max_size=40))
def test_the_script_that_most_of_a_text_is_in_is_that_of_the_table(text: str) -> None:
    text = clean(text).text
    assert [line.split() for line in fold(text).split("\n")] == _words(schemas.text.fold(text))

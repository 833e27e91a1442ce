"""The signs of the press rule out no text whose words speak of it."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.core.quotes.lexicon.unparted_words import UnpartedWords
from processors.core.quotes.lines.tokens import Spelling, words_in
from processors.core.quotes.loading import package_lexicons, package_press

CUES, PRESS = package_lexicons()
UNPARTED = UnpartedWords(CUES.unparted, PRESS.vocabulary)
PARTS = (
    st.sampled_from(sorted(PRESS.press | PRESS.kinds | set(package_press().press_endings)))
    | st.sampled_from(
        [" ", "\n", "-", "_", ".", "«", "»", "7", "s", "и", "ß", "\u0301", "大", "の", "ا", "한", "\ud83d", "𝒂"]
    )
    | st.text(max_size=3)
)


def words(text: str) -> list[str]:
    cut = [text[start:end] for start, end in UNPARTED.words(text, 0, len(text))]
    return [*words_in(Spelling(text)), *cut]


@given(st.lists(PARTS, max_size=12).map("".join).map(str.lower))
@example("bbc新聞")
@example("weltpresse")
@settings(max_examples=1000, deadline=None)
def test_a_text_whose_words_speak_of_the_press_has_a_sign_of_it(text: str) -> None:
    is_press, kinds = PRESS.signs_in(text)
    assert is_press or not PRESS.has_press_word(words(text))
    assert kinds >= sum(word in PRESS.kinds for word in words_in(Spelling(text)))


def test_a_sign_within_a_word_is_none() -> None:
    assert PRESS.signs_in("листья на причале") == (False, 0)
    assert PRESS.signs_in("a person at the pier") == (False, 0)

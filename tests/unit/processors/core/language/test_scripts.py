import pytest

from processors.core.language import LANGUAGES
from processors.core.language.scripts import dominant, weights, without_latin, written_in


@pytest.mark.parametrize(
    ("words", "script"),
    [
        ("plain words", "Latn"),
        ("слова", "Cyrl"),
        ("новый samsung galaxy", "Cyrl"),
        ("the word да means yes in russian and bulgarian", "Latn"),
        ("pc에 usb를 꽂아", "Hang"),
        ("東京は晴れ", "Kana"),
        ("北京", "Hani"),
        ("の北京市政府宣布旧桥将关闭到本月底", "Hani"),
        ("ქართული", "Geor"),
        ("ʘ", "Latn"),
        ("ᏣᎳᎩ", None),
        ("", None),
    ],
)
def test_script_of_words(words: str, script: str | None) -> None:
    assert dominant(weights(words)) == script


@pytest.mark.parametrize(
    ("words", "letters"),
    [
        ("zwölf körbe", {"Latn": 10}),
        ("новые слова", {"Cyrl": 10}),
        ("слова und wörter", {"Latn": 9, "Cyrl": 5}),
        ("قال المتحدث", {"Arab": 10}),
        ("北京 晴", {"Hani": 6}),
        ("ab 北京", {"Latn": 2, "Hani": 4}),
        ("é\u0301a", {"Latn": 2}),
    ],
)
def test_letters_of_each_script_are_counted(words: str, letters: dict[str, int]) -> None:
    assert weights(words) == letters


def test_every_default_language_is_written_in_some_script() -> None:
    scripts = ("Latn", "Cyrl", "Arab", "Hani", "Kana", "Hang", "Hebr", "Grek", "Armn", "Geor", "Deva", "Beng", "Guru",
               "Gujr", "Taml", "Telu", "Knda", "Mlym", "Sinh", "Thai", "Laoo", "Mymr", "Ethi", "Khmr")  # fmt: skip
    assert frozenset().union(*(written_in(script, LANGUAGES) for script in scripts)) == LANGUAGES


def test_serbian_and_uzbek_are_written_in_two_scripts() -> None:
    assert {"sr", "uz"} <= written_in("Latn", LANGUAGES)
    assert {"sr", "uz"} <= written_in("Cyrl", LANGUAGES)


def test_latin_words_can_be_left_out() -> None:
    assert without_latin("новый samsung galaxy подорожал") == "новый подорожал"

import pytest

from processors.core.fingerprint import fingerprint
from processors.core.folding import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("⚡️ BREAKING: fire, in town!", "Breaking — fire in town ❗️"),
        ("Fire in town https://a.example @one", "Fire in town\n\nt.me/other"),
        ("#Fire in ｔｏｗｎ", "fire in town"),
    ],
)
def test_decoration_makes_no_difference(one: str, other: str) -> None:
    assert fingerprint(fold(one)) == fingerprint(fold(other))


@pytest.mark.parametrize(
    ("one", "other"), [("USD 91.5", "USD 92.5"), ("#btc up", "#eth up"), ("कि", "की"), ("ab", "a b")]
)
def test_numbers_tags_marks_and_word_bounds_do(one: str, other: str) -> None:
    assert fingerprint(fold(one)) != fingerprint(fold(other))


@pytest.mark.parametrize("text", ["", "🔥🔥🔥", "https://example.org/a @name", "... — !"])
def test_without_words_there_is_nothing_to_compare(text: str) -> None:
    assert fingerprint(fold(text)).exact is None


def test_the_hash_never_changes() -> None:
    assert fingerprint(fold("Fire in town!")).exact == "9e8a5d4b5eeec47c2b71097eb56e6871"

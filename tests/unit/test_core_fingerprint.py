import pytest

from processors.core.dedup.sketch import unpack
from processors.core.fingerprint import fingerprint, fingerprints
from processors.core.folding import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("⚡️ BREAKING: fire, in town!", "Breaking — fire in town ❗️"),
        ("Fire in town https://a.example @one", "Fire in town\n\nt.me/other"),
        ("#Fire in ｔｏｗｎ", "fire in town"),
        ("ℹ️ Fire in town™", "fire in town"),
        ("🅿️ Fire in town 🇺🇦", "fire in town"),
    ],
)
def test_decoration_makes_no_difference(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"), [("USD 91.5", "USD 92.5"), ("#btc up", "#eth up"), ("कि", "की"), ("ab", "a b")]
)
def test_numbers_tags_marks_and_word_bounds_do(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize("text", ["", "🔥🔥🔥", "https://example.org/a @name", "... — !"])
def test_without_words_there_is_nothing_to_compare(text: str) -> None:
    assert fingerprint(text).exact is None


def test_the_hash_never_changes() -> None:
    assert fingerprint("Fire in town!").exact == "9e8a5d4b5eeec47c2b71097eb56e6871"


def test_texts_together_fare_as_one_by_one() -> None:
    texts = [
        "Fire in town",
        "",
        "🔥",
        "Ночью в порту был шторм\n\nПаромы стоят\nПодписаться @name",
        "one",
        "a b\nc d e f g h i j",
    ]
    together = fingerprints([(text, (), fold(text)) for text in texts])
    assert together == [fingerprint(text) for text in texts]
    assert fingerprints([]) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Half price today only\nThe port reopens after the storm tonight",
            "Now\nThe port reopens after the storm tonight",
        ),
        (
            "🔥\n\nNow\nThe port reopens after the storm tonight",
            "HTTPS://a.example now\nThe port reopens after the storm tonight",
        ),
    ],
)
def test_the_second_line_that_has_words_is_known_under_any_headline(one: str, other: str) -> None:
    leads = [unpack([fingerprint(text).sketch or ""])["leads"][0].tolist() for text in (one, other)]
    assert leads[0][1] == leads[1][1]

"""Homes: the partition in which a post is compared with others."""

from collections import Counter

import pytest

from processors.core.dedup.homes import home_partition, is_long_enough
from processors.core.text.folding import fold
from schemas import Language

LATIN = Language(code="en", script="Latn")


@pytest.mark.parametrize("partitions", [3, 4, 6, 12])
def test_the_two_largest_languages_share_a_partition_with_no_other_large_one(partitions: int) -> None:
    large = ("en", "ru", "uk", "ar", "fa", "es", "pt", "tr", "de", "fr")
    sharing = Counter(home_partition(language, partitions) for language in large)
    assert home_partition("en", partitions) != home_partition("ru", partitions)
    if partitions >= 6:
        assert sharing[home_partition("en", partitions)] == sharing[home_partition("ru", partitions)] == 1


@pytest.mark.parametrize("partitions", [1, 2, 3, 6, 7, 48])
def test_every_language_has_a_home(partitions: int) -> None:
    assert all(0 <= home_partition(language, partitions) < partitions for language in ("en", "xx", "sw", "und", "zh"))


def test_languages_outside_of_the_table_spread() -> None:
    codes = [f"{first}{second}" for first in "abcdefghij" for second in "klmnopqrst"]
    assert len({home_partition(code, 12) for code in codes}) >= 6


@pytest.mark.parametrize(
    ("text", "is_long"),
    [
        ("Breaking news today", False),
        ("Breaking news of today", True),
        ("one\ntwo\nthree\nfour", True),
        ("", False),
        ("Urgent", False),
    ],
)
def test_four_words_fix_a_home(text: str, is_long: bool) -> None:
    assert is_long_enough(fold(text), LATIN) is is_long


@pytest.mark.parametrize(
    ("text", "script"), [("今天早上发生了地震", "Hans"), ("地震が発生しました", "Kana"), ("เกิดแผ่นดินไหวเมื่อเช้านี้", "Thai")]
)
def test_text_without_blanks_is_measured_in_letters(text: str, script: str) -> None:
    assert is_long_enough(fold(text), Language(code="und", script=script))
    assert not is_long_enough(fold(text[:3]), Language(code="und", script=script))

"""What a post is found by: the tokens of its text."""

import pytest

from schemas.query.tokens import (
    MAX_LENGTH,
    MAX_TEXT,
    MAX_TOKENS,
    TokenSpan,
    channel_token,
    language_token,
    post_tokens,
    spans,
    tokens,
)
from tests.support.linear import is_linear


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bridge COLLAPSES, 3 hurt!", ["bridge", "collapses", "3", "hurt"]),
        ("Мост обрушился: Ёлка, ґанок, Йод", ["мост", "обрушился", "елка", "ганок", "йод"]),
        ("don't don’t пʼять l’eau", ["dont", "dont", "пять", "leau"]),
        ("'quoted' a''b '", ["quoted", "a", "b"]),
        ("café Łódź Straße İstanbul", ["cafe", "lodz", "strasse", "istanbul"]),
        ("cafe\u0301 за\u0301мок co\u00adop te\u200bst", ["cafe", "замок", "coop", "test"]),
        ("Apple™ x²", ["apple", "x2"]),
        ("#tag_a @user_1 https://t.me/a?b=c", ["tag_a", "user_1", "https", "t", "me", "a", "b", "c"]),
        ("3.5-4% 10:30", ["3", "5", "4", "10", "30"]),
        ("北京abc ไทย 한국", ["北", "京", "abc", "ไ", "ท", "ย", "한", "국"]),
        ("हिन्दी नमस्ते", ["हिन्दी", "नमस्ते"]),
        ("ΣΊΣΥΦΟΣ σίσυφος", ["σισυφοσ", "σισυφοσ"]),
        ("كتاب کتاب", ["كتاب", "كتاب"]),
        ("👍🏽 🇺🇦 — … \x00 \ud800", []),
    ],
)
def test_words_of_a_text(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_places_in_the_text_as_it_was_given() -> None:
    text = "👍 Don’t cafe\u0301 ﬁx 北京"
    assert spans(text) == [
        TokenSpan("dont", 2, 7),
        TokenSpan("cafe", 8, 13),
        TokenSpan("fix", 14, 16),
        TokenSpan("北", 17, 18),
        TokenSpan("京", 18, 19),
    ]
    assert [text[span.start : span.end] for span in spans(text)] == ["Don’t", "cafe\u0301", "ﬁx", "北", "京"]


def test_language_and_channel_are_tokens_that_no_text_has() -> None:
    assert post_tokens("§lru §c5", "sr-Latn", 5) == ["§lsr_latn", "§c5", "lru", "c5"]
    assert post_tokens("a", "ru", 5, has_links=True) == ["§lru", "§c5", "§hlinks", "a"]
    assert (language_token("RU"), channel_token(1234567890)) == ("§lru", "§c1234567890")


def test_a_long_word_is_cut() -> None:
    assert tokens("a" * 1_000 + " b") == ["a" * MAX_LENGTH, "b"]
    assert spans("a" * 1_000) == [TokenSpan("a" * MAX_LENGTH, 0, 1_000)]


def test_the_251st_of_a_token_loses_its_name_and_keeps_its_place() -> None:
    assert tokens("the " * 252 + "end") == ["the"] * 250 + ["□", "□", "end"]


def test_a_huge_text_is_read_within_its_bounds() -> None:
    assert tokens("a b " * MAX_TEXT) == tokens("a b " * (MAX_TOKENS // 2))
    assert tokens("a" + " " * MAX_TEXT + "b") == ["a"]
    different = " ".join(f"{number:0>5}" + "𐐨" * 60 for number in range(MAX_TOKENS))
    found = tokens(different)
    assert len(" ".join(found).encode()) <= MAX_TEXT < len(" ".join([*found, found[0]]).encode())
    assert [span.token for span in spans(different)] == found


@pytest.mark.parametrize("piece", ["a'", "a\u0301", "\u0301", "'", "ﷺ", "中", "𐐀'", "ё\u200d", "ㄳ"])
def test_work_grows_with_the_text(piece: str) -> None:
    small, large = piece * 5_000, piece * 50_000
    assert is_linear(lambda: tokens(small), lambda: tokens(large))
    assert is_linear(lambda: spans(small), lambda: spans(large))

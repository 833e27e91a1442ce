"""Strings in quotation marks: styles, nesting, forgotten marks."""

import pytest

from processors.core.quotes.lines.quotation_marks import quoted


@pytest.mark.parametrize(
    ("text", "strings"),
    [
        ('a "b c" d "e f".', ["b c", "e f"]),
        ("он сказал «да» и „нет“", ["да", "нет"]),
        ("„Deutsch ist es.“", ["Deutsch ist es."]),
        ("„Tak jest”, mówi", ["Tak jest"]),
        ("« Une finale », dit-il", ["Une finale"]),
        ("“one ‘two three’ four” and ‘five six’", ["one ‘two three’ four", "five six"]),
        ("「一つ」と『二つ』", ["一つ", "二つ"]),
        ("«a «b» c» d", ["a «b» c"]),
        ('«a "b" c» и «d»', ['a "b" c', "d"]),
        ('hätten «zu bremsen", sagt', ["zu bremsen"]),
        ('écrit:"Le fait".', ["Le fait"]),
        ('headline: "The port opens. "', ["The port opens."]),
        ('"On Tuesday the "big powers" met. "They agreed."', ['On Tuesday the "big powers" met. "They agreed.']),
        ('Outlet: "never closed', ["never closed"]),
        ("never «closed", []),
        ("the soldiers' kit, it's the city’s", []),
        ("❝one❞, ❛two❜ and 〝three〞", ["one", "two", "three"]),
        ("❠vier❝ und ❮cinq❯", ["vier", "cinq"]),
        ("„a“ und ‹b›", ["a", "b"]),
        ("‟a” b", ["a"]),
        ("“a“ b", ["a"]),
        ("er: “a, b“. Und “c“", ["a, b", "c"]),
        ("»a« b", ["a"]),
        ("»a, b«, – »c«", ["a, b", "c"]),
        ("«»", []),
        ("„ “", [""]),
        ("no marks", []),
        ("", []),
    ],
)
def test_outermost_strings(text: str, strings: list[str]) -> None:
    assert [text[start:end] for start, end in quoted(text, 0, len(text))] == strings


def test_only_the_given_piece_is_read() -> None:
    text = '"a b" | "c d"'
    assert quoted(text, 7, len(text)) == [(9, 12)]

import pytest

from processors.core.text.clean import clean, remap
from schemas import EntityKind, TextEntity


def _moved(raw: str, start: int, end: int) -> str | None:
    """The text of an entity after the clean-up; None when it is gone."""
    cleaned = clean(raw)
    entities = remap((TextEntity(kind=EntityKind.BOLD, start=start, end=end),), cleaned, len(raw))
    return cleaned.text[entities[0].start : entities[0].end] if entities else None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\tb\u00a0c\u202fd\u3000e", "a b c d e"),
        ("a\x00b\x0bc\x1bd", "ab\ncd"),
        ("zero\u200bwidth\ufeff soft\u00adhyphen", "zerowidth softhyphen"),
        ("\u202eevil\u202c \u200eleft", "evil left"),
        ("blanks  \nat ends \t\n\n\n\nof lines\n\n", "blanks\nat ends\n\nof lines"),
        ("\n \n first", "first"),
        ("one\n \u00a0\n\u2800\ntwo", "one\n\ntwo"),
        ("cafe\u0301 и\u0306", "café й"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("  - kept\n    indent", "- kept\n    indent"),
        ("", ""),
        (" \n\t ", ""),
    ],
)
def test_clean_up(raw: str, expected: str) -> None:
    assert clean(raw).text == expected


@pytest.mark.parametrize("text", ["👩\u200d💻 works", "🏳️\u200d🌈", "می\u200cخواهم", "क्\u200dष", "❤️ and 1️⃣"])
def test_joiners_and_selectors_that_have_a_meaning_stay(text: str) -> None:
    assert clean(text).text == text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("a\u200db", "ab"), ("\ufe0fStripped emoji\n\ufe0f left this", "Stripped emoji\n left this"), ("👩\u200d", "👩")],
)
def test_joiners_and_selectors_without_one_go(raw: str, expected: str) -> None:
    assert clean(raw).text == expected


def test_a_clean_text_needs_no_map() -> None:
    assert clean("Clean.\n\n🔹Text").maps == ()


@pytest.mark.parametrize(
    ("raw", "start", "end", "expected"),
    [
        ("\u200ba\r\n\r\n\r\nbold end", 8, 12, "bold"),
        ("cafe\u0301 bold", 6, 10, "bold"),
        ("cafe\u0301 bold", 0, 5, "café"),
        ("bold   \n\n\n", 0, 10, "bold"),
        ("a     \nbold", 4, 11, "bold"),
        ("x bold", 2, 99, "bold"),
        ("x bold", 7, 99, None),
        ("x bold", 4, 2, None),
        ("x bold", 3, 3, None),
        ("x\u200b\u200by", 1, 3, None),
    ],
)
def test_an_entity_keeps_its_words(raw: str, start: int, end: int, expected: str | None) -> None:
    assert _moved(raw, start, end) == expected

"""Runs of combining marks are cut before anything is normalized; no orthography notices."""

import re
import sys
import unicodedata

import pytest

from schemas.text.normalization import MAX_MARKS, excess_marks, nfc, nfkc, without_excess_marks
from tests.support.project import ROOT

ACUTE, DOT_BELOW = "\u0301", "\u0323"
ORTHOGRAPHIES = {
    "Vietnamese": "Nghiễn Văn Trường nói tiếng Việt",
    "Vietnamese, decomposed": unicodedata.normalize("NFD", "Nguyễn Văn Trường nói tiếng Việt"),
    "Hebrew with vowels and accents": "בְּרֵאשִׁ֖ית בָּרָ֣א",
    "Tibetan": "ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ། ཀཱིུཾ༹",
    "Devanagari": "क्षेत्र क़िले में हैँ॒॑",
    "Thai": "ที่นี่ กำลัง ปู่",
    "Arabic with vowels": "وَاللَّٰهُ الرَّحْمَٰنِ",
}


@pytest.mark.parametrize("text", ORTHOGRAPHIES.values(), ids=ORTHOGRAPHIES)
@pytest.mark.parametrize("times", [1, 500])
def test_a_text_of_any_orthography_is_normalized_as_ever(text: str, times: int) -> None:
    text = "\n".join([text] * times)
    assert list(excess_marks(text)) == []
    assert nfc(text) == unicodedata.normalize("NFC", text)
    assert nfkc(text) == unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize("before", ["", "x", "x" * 17, "x" * 31, "Zalgo \U0001f479 "])
def test_of_marks_in_a_row_thirty_stay(before: str) -> None:
    allowed = f"{before}b{DOT_BELOW * 30}"
    assert without_excess_marks(f"{allowed} end") == f"{allowed} end"
    assert without_excess_marks(f"{allowed}{ACUTE} end") == f"{allowed} end"
    assert without_excess_marks(f"{allowed}{ACUTE * 5_000} c{ACUTE * 40}") == f"{allowed} c{ACUTE * 30}"


def test_a_hundred_thousand_marks_out_of_order_are_normalized() -> None:
    text = "e" + (ACUTE + DOT_BELOW) * 50_000
    assert nfc(text) == "\u1eb9" + DOT_BELOW * 14 + ACUTE * 15


def test_characters_that_begin_with_a_mark_count_as_marks() -> None:
    """Those that are none themselves, and become a run of marks when they are decomposed."""
    for code in range(sys.maxunicode + 1):
        if 0xD800 <= code < 0xE000:
            continue
        character = chr(code)
        if unicodedata.combining(unicodedata.normalize("NFKD", character)[0]):
            assert without_excess_marks(character * (MAX_MARKS + 1)) == character * MAX_MARKS, hex(code)


@pytest.mark.parametrize("character", ["㋿", "\ufdfb", "½", "\ufb03", "\u00a8", "\uff9e", "\u1e9b\u0323", "\u0958"])
def test_long_texts_are_normalized_like_short_ones(character: str) -> None:
    text = f"{character}a\n" * 4_000
    assert nfkc(text) == unicodedata.normalize("NFKC", f"{character}a\n") * 4_000


def test_nothing_else_normalizes() -> None:
    """But for single letters: of the names in the registry, and of the table of spellings."""
    allowed = {
        "schemas/text/normalization.py",
        "schemas/text/diacritics.py",
        "processors/core/quotes/lexicon/inflection.py",
    }
    calls = {
        path.relative_to(ROOT).as_posix()
        for folder in ("schemas", "runtime", "ingest", "processors", "sinks", "web", "tgwire")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"unicodedata\.(is_)?normalize", path.read_text(encoding="utf-8"))
    }
    assert calls <= allowed

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.core.language import LANGUAGES, LanguageDetector
from processors.core.text.clean import clean
from processors.loading import load_detector

SENTENCES = ("The bridge is closed. ", "Мост закрыт. ", "الجسر مغلق. ", "橋は閉鎖されています。")
NOISE = ("\n\n", "🔥", "#tag ", "12:30 ", "«", "» ", "@name ", "https://example.org/a ", "ахаха ", "Nато ", "...")
PIECES = st.sampled_from(SENTENCES + NOISE)


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return load_detector()


@settings(deadline=None, max_examples=150)
@given(text=st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=30).map("".join)))
def test_any_text_has_one_honest_answer(detector: LanguageDetector, text: str) -> None:
    cleaned = clean(text).text
    language = detector.detect(cleaned)
    assert language == detector.detect(cleaned)
    assert language.code in LANGUAGES | {"und"}
    assert (language.reason is None) == (language.code != "und")
    assert language.code != "und" or language.spans == () or (language.reason or "").startswith("language not in use")
    bounds = [bound for span in language.spans for bound in (span.start, span.end)]
    assert bounds == sorted(bounds)
    assert all(span.start < span.end <= len(cleaned) for span in language.spans)
    assert all(one.code != other.code for one, other in zip(language.spans, language.spans[1:], strict=False))

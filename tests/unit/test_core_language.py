import pytest

from processors.core.folding import fold
from processors.core.language import LanguageDetector
from processors.resources import load_detector


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return load_detector()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The committee will meet again on Thursday morning.", "en"),
        ("Комитет снова соберётся в четверг утром.", "ru"),
        ("Комітет знову збереться в четвер уранці, щоб ухвалити рішення.", "uk"),
        ("Der Ausschuss tritt am Donnerstagmorgen wieder zusammen.", "de"),
        ("Le comité se réunira de nouveau jeudi matin.", "fr"),
        ("ЭКСТРЕННОЕ ЗАСЕДАНИЕ КОМИТЕТА В ЧЕТВЕРГ", "ru"),
        ("⚡️⚡️ Комитет соберётся https://example.org/the-committee-meets-again @committee_news", "ru"),
        ("Odbor će se ponovno sastati u četvrtak ujutro.", "hr"),
        ("समिति की बैठक गुरुवार को फिर होगी।", "hi"),
    ],
)
def test_language_of_a_post(detector: LanguageDetector, text: str, code: str) -> None:
    language = detector.detect(fold(text))
    assert language.code == code
    assert language.confidence is not None
    assert language.reason is None


@pytest.mark.parametrize("text", ["", "12:30 — 45%", "🔥🔥 https://example.org @name", "... !!!"])
def test_without_letters_the_language_is_undecided(detector: LanguageDetector, text: str) -> None:
    language = detector.detect(fold(text))
    assert (language.code, language.confidence, language.reason) == ("und", None, "no letters")


def test_a_doubtful_answer_is_undecided_and_says_so(detector: LanguageDetector) -> None:
    language = detector.detect(fold("lorem ipsum dolor"))
    assert (language.code, language.reason) == ("und", "low confidence")


def test_languages_that_are_not_in_use_are_never_the_answer(detector: LanguageDetector) -> None:
    assert detector.detect(fold("Bonvenon al la kunveno de la komitato en ĵaŭdo matene.")).code != "eo"


def test_of_a_long_text_the_middle_has_a_say(detector: LanguageDetector) -> None:
    rates = "12.5 13.5 14.5 " * 40
    russian = "Комитет снова соберётся в четверг утром, сообщили в ведомстве. " * 10
    assert detector.detect(fold(rates + russian + rates)).code == "ru"


def test_sister_languages_do_not_lower_the_confidence(detector: LanguageDetector) -> None:
    language = detector.detect(fold("Predsjednik je izjavio da će vlada sutra donijeti odluku."))
    assert language.code in {"bs", "hr", "sr"}
    assert language.confidence is not None
    assert language.confidence > 0.9

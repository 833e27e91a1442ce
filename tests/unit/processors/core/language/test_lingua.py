import pytest

from processors.core.language import LanguageDetector
from processors.loading import load_detector
from runtime.settings.analysis import LanguageSettings

pytest.importorskip("lingua", reason="the extra lingua is not installed: pip install '.[lingua]'")


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return load_detector(LanguageSettings(languages=("bg", "en", "ru", "sr"), second_model="lingua"))


@pytest.mark.parametrize(
    ("text", "code"),
    [("сегодня утром", "ru"), ("тази сутрин", "bg"), ("ovog jutra", "sr"), ("this morning", "en"), ("24/7", "und")],
)
def test_lingua_judges_short_texts(detector: LanguageDetector, text: str, code: str) -> None:
    assert detector.detect(text).code == code

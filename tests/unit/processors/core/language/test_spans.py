import tomllib
from collections.abc import Iterator
from itertools import permutations
from random import Random

import pytest

from processors.core.language import LanguageDetector
from processors.core.language.spans import parts_of
from processors.loading import load_detector
from tests.support.project import ROOT

SENTENCES: dict[str, list[str]] = tomllib.loads((ROOT / "benchmarks" / "languages.toml").read_text(encoding="utf-8"))
PAIRS = [*permutations(("ru", "en", "de", "fr", "tr", "ar"), 2), ("ru", "uk"), ("en", "uk"), ("es", "pt"), ("pl", "cs"),
         ("en", "zh"), ("ja", "en"), ("bg", "en"), ("fa", "ru"), ("it", "fr")]  # fmt: skip


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return load_detector()


def _posts(random: Random) -> Iterator[list[tuple[str, str]]]:
    """Posts as pieces of text with their languages; what lies between two pieces goes with the first."""
    for one, other in PAIRS:
        first, second = random.sample(SENTENCES[one], 3), random.sample(SENTENCES[other], 3)
        for glue in ("\n\n", "\n", " "):
            yield [*((one, text + glue) for text in first), *((other, text + glue) for text in second)]
        yield [
            (code, text + " ")
            for pair in zip(first, second, strict=True)
            for code, text in zip((one, other), pair, strict=True)
        ]
        yield [*((one, text + " ") for text in first), (other, second[0])]


def test_the_parts_of_mixed_posts_are_separated(detector: LanguageDetector) -> None:
    right = letters = 0
    for pieces in _posts(Random(11)):
        text = "".join(piece for _, piece in pieces).rstrip()
        language = detector.detect(text)
        found = [language.code] * len(text)
        for span in language.spans:
            found[span.start : span.end] = [span.code] * (span.end - span.start)
        start = 0
        for code, piece in pieces:
            end = start + len(piece.rstrip())
            right += found[start:end].count(code)
            letters += end - start
            start += len(piece)
    assert right / letters >= 0.98


def test_spans_are_in_order_and_the_post_is_in_the_language_of_most_of_it(detector: LanguageDetector) -> None:
    russian, english = SENTENCES["ru"], SENTENCES["en"]
    text = f"{russian[0]} {russian[1]}\n{russian[2]}\n\n{english[0]}"
    language = detector.detect(text)
    assert (language.code, language.script) == ("ru", "Cyrl")
    assert [(span.code, text[span.start : span.end]) for span in language.spans] == [
        ("ru", f"{russian[0]} {russian[1]}\n{russian[2]}"),
        ("en", english[0]),
    ]


@pytest.mark.parametrize("code", ["ru", "uk", "en", "de", "pt", "cs", "bg", "zh"])
def test_a_post_in_one_language_has_no_spans(detector: LanguageDetector, code: str) -> None:
    for glue in (" ", "\n", "\n\n"):
        assert detector.detect(glue.join(SENTENCES[code])).spans == ()


def test_a_name_or_a_greeting_is_no_part_of_its_own(detector: LanguageDetector) -> None:
    text = "Городские власти сообщили, что мост закрыт. Hello! Врач рассказал о десятках пациентов. New York Times."
    assert detector.detect(text).spans == ()


@pytest.mark.parametrize("text", ["", "\n", "one", "One. Two!\n\nThree?.. 四。五", " . ", "a.b c... d"])
def test_parts_cover_the_text(text: str) -> None:
    assert "".join(text[start:end] for start, end in parts_of(text)) == text

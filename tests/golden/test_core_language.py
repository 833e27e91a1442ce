import tomllib
from pathlib import Path
from typing import Any

import pytest

from processors.core.language import LanguageDetector
from processors.core.text.clean import clean
from processors.loading import load_detector
from tests.support.project import ROOT

POSTS = tomllib.loads((Path(__file__).parent / "language" / "posts.toml").read_text(encoding="utf-8"))["post"]
SENTENCES = tomllib.loads((ROOT / "benchmarks" / "languages.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return load_detector()


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post["text"][:20])
def test_what_is_found_in_a_post(detector: LanguageDetector, post: dict[str, Any]) -> None:
    text = clean(post["text"]).text
    language = detector.detect(text)
    assert (language.code, language.script or "", language.reason) == (post["code"], post["script"], post.get("reason"))
    found = [f"{span.code} {text[span.start : span.end]}" for span in language.spans]
    assert len(found) == len(post.get("spans", []))
    assert all(span.startswith(start) for span, start in zip(found, post.get("spans", []), strict=True))


@pytest.mark.parametrize("code", SENTENCES)
def test_every_language_of_the_default_set_is_recognised(detector: LanguageDetector, code: str) -> None:
    post = "\n".join(SENTENCES[code])
    assert detector.detect(post).code == code
    assert detector.detect(post.upper()).code == code

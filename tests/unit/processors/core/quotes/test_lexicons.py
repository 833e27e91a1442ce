"""The word lists: complete, in one script, and found where they should be."""

import pytest

from processors.core.quotes.lexicon.cue_phrases import built_cues, phrases_of
from processors.core.quotes.lexicon.cues import CueLexicon, CueUse
from processors.core.quotes.lines.tokens import Spelling, tokenize
from processors.core.quotes.loading import package_cues, package_lexicons, package_press
from schemas.text import in_one_script

TABLES = package_cues()
LEXICON = CueLexicon(built_cues(TABLES.values()))
WIDELY_READ = {
    *("en", "ru", "uk", "de", "fr", "es", "it", "pl", "pt", "tr", "nl", "cs", "sr", "sk", "sl", "hr", "bg", "mk", "ro"),
    *("el", "hu", "ca", "sv", "no", "da", "fi", "et", "ar", "fa", "he", "hi", "id", "vi", "ko", "zh", "ja", "th", "sq"),
}


def test_ten_languages_and_more_have_cues() -> None:
    assert {"en", "ru", "uk", "de", "fr", "es", "it", "pl", "pt", "tr"} <= set(TABLES)
    for code, table in TABLES.items():
        assert len(list(phrases_of(table))) >= (15 if code in WIDELY_READ else 8), code


@pytest.mark.parametrize("code", TABLES)
def test_no_phrase_mixes_scripts_or_holds_capitals(code: str) -> None:
    for phrase, _ in phrases_of(TABLES[code]):
        assert phrase == phrase.lower().strip()
        assert in_one_script(phrase) == phrase
        if code in {"ru", "uk"}:
            assert all("\u0400" <= char <= "\u04ff" or not char.isalpha() for char in phrase), phrase


def test_no_word_of_the_trade_mixes_scripts_or_holds_capitals() -> None:
    for words in package_press().model_dump().values():
        for word in words:
            assert word == word.lower()
            assert in_one_script(word) == word


@pytest.mark.parametrize(
    ("text", "cue", "use"),
    [
        ("came out with the headline now", "came out with the headline", CueUse.VERB | CueUse.HEADLINE),
        ("подчеркнула и", "подчеркнула", CueUse.VERB),
        ("по данным газеты", "по данным", CueUse.BEFORE),
        ("ont noté que", "ont noté", CueUse.VERB),
        ("citing sources", "citing", CueUse.CITING),
        ("ist der Meinung dass", "ist der Meinung", CueUse.VERB),
        ("zauważa, że", "zauważa", CueUse.VERB),
    ],
)
def test_the_longest_phrase_is_found(text: str, cue: str, use: int) -> None:
    tokens = tokenize(text, Spelling(text))
    found = LEXICON.at(tokens, 0, len(tokens.words))
    assert found is not None
    assert text[slice(*tokens.span(found.first, found.after))] == cue
    assert found.use & use == use


def test_a_word_that_is_no_cue_is_none() -> None:
    tokens = tokenize("harbour", Spelling("harbour"))
    assert LEXICON.at(tokens, 0, 1) is None


_, PRESS = package_lexicons()


@pytest.mark.parametrize(
    "text",
    [
        "what the press says about the bridge",
        "le prime pagine di oggi",
        "die weltpresse schreibt",
        "о чём пишут сми",
        "外媒：大桥关闭",
    ],
)
def test_a_text_about_the_press_has_a_sign_of_it(text: str) -> None:
    assert PRESS.signs_in(text)[0]


def test_every_word_for_the_press_and_for_a_kind_of_outlet_is_its_own_sign() -> None:
    for word in PRESS.press:
        assert PRESS.signs_in(f"«{word}»")[0], word
    for word in PRESS.kinds:
        assert PRESS.signs_in(f"({word})")[1], word


def test_signs_are_read_beside_half_a_character() -> None:
    assert PRESS.signs_in("\ud83d the press") == (True, 0)


def test_a_text_without_any_such_word_has_no_sign() -> None:
    assert PRESS.signs_in("the bridge over the sound is closed until noon") == (False, 0)

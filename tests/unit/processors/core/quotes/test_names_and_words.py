"""Names of one word against common words: one that is a word, or a letter away from one, is marked as ambiguous."""

import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from processors.core.quotes.lexicon.outlets import OutletRegistry
from processors.core.quotes.registry_files import load_registry

ROOT = Path(__file__).parents[5]
WORD = re.compile(r"[^\W\d_]{3,}")

_BRANDS = (
    "afp bbc bloomberg dagbladet faz guardian iltalehti limburger messaggero nettavisen nytimes postimees reuters "
    "sözcü tageblatt techcrunch telegraph vesti известия"
)
BRANDS = frozenset(_BRANDS.split())
"""Names that our texts have in lower case: of an address, or a word that is the outlet's more often than not."""

_NEAR = (
    "bersama canales capitals captain channel channels colonne comentat dagblade dagbladen denníka denníkom denníku "
    "denníky deníkem diarios disclosed ekonomi ekonomia energia expresses fagbladet gazetesi guardia interni "
    "izvestila izvestio jurnali metroul monitor netavisen pointed politica politică reporta reportaj reportan "
    "reportaż reportere resalta roundup rozhlas spletni stories tagblatt televisi televizioni televizionin "
    "televizionit virgules πολιτική банкиры відомостями извести известио медиапортал привели собеседнику странама"
)
NEAR = frozenset(_NEAR.split())
"""Words a letter away from a name that is worth it: such a name counts only with support."""


@cache
def registry() -> OutletRegistry:
    return load_registry()


@cache
def common_words() -> list[str]:
    """The words that the training posts and the lexicons have in lower case: some 13,000, of sixty languages."""
    posts = [
        json.loads(line)["text"]
        for path in sorted((ROOT / "training" / "data").glob("*_written.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    core = files("processors.core")
    lexicons = [
        (core / package / "data" / name).read_text("utf-8")
        for package, name in (("quotes", "press.toml"), ("quotes", "cues.toml"), ("citations", "words.toml"))
    ]
    return sorted({word for text in (*posts, *lexicons) for word in WORD.findall(text) if word.islower()})


def test_no_name_is_a_common_word_unless_it_is_marked() -> None:
    found = {
        word: name.outlet.id
        for word in common_words()
        for name in registry().names(word.capitalize())
        if not name.is_ambiguous and word not in BRANDS
    }
    assert found == {}


def test_no_name_is_a_letter_away_from_a_common_word() -> None:
    found = {
        word: name.outlet.id
        for word in common_words()
        for name in registry().loose_names(word.capitalize(), [word], registry().names(word.capitalize()))
        if word not in NEAR
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "Украина 24 августа отмечает День независимости",
        "Россия 24 февраля начала войну",
        "الأربعاء القاهرة 24 نوفمبر",
        "据消息报道，港口关闭",
        "独立报道显示",
        "Canal 13",
        "Freedom of speech",
        "Cumhuriyet Başsavcılığı",
        "Оказа се, че пристанището е затворено",
    ],
)
def test_a_place_with_a_date_or_a_part_of_a_word_is_no_certain_name(text: str) -> None:
    assert [name.outlet.id for name in registry().names(text) if not name.is_ambiguous] == []

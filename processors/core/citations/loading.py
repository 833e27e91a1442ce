"""Loading the package's words and weights: the edge of this package, for finding citations itself reads nothing."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

from processors.core.citations.file_models import WordsFile
from processors.core.citations.finder import CitationFinder
from processors.core.citations.lexicon import CitationLexicon
from processors.core.linear_model import Weights
from processors.core.quotes.lexicon.outlets import OutletRegistry
from processors.core.quotes.lexicon.press import PressLexicon
from processors.core.quotes.loading import package_cues, package_press

_DATA = files("processors.core.citations") / "data"
WEIGHTS = Path(__file__).parent / "data" / "weights.txt"
"""Where training writes them."""


@cache  # read only
def load_lexicon() -> CitationLexicon:
    """The phrases and words around names, those of the quote lists included."""
    words = WordsFile.model_validate(tomllib.loads((_DATA / "words.toml").read_text(encoding="utf-8")))
    return CitationLexicon(package_cues().values(), words, PressLexicon(package_press()))


def load_finder(registry: OutletRegistry) -> CitationFinder:
    """A finder of a registry's outlets, with the package's words and weights."""
    return CitationFinder(registry, load_lexicon(), _weights())


@cache
def _weights() -> Weights:
    return Weights.of_text((_DATA / "weights.txt").read_text(encoding="utf-8"))

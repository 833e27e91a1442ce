"""Loading the package's data and a user's registry: the edge of this package, for the split itself reads nothing."""

import tomllib
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from processors.core.gc_pause import gc_paused
from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.built_data import BuiltFile
from processors.core.quotes.lexicon.cue_phrases import built_cues
from processors.core.quotes.lexicon.cues import CueLexicon
from processors.core.quotes.lexicon.errors import QuoteDataError
from processors.core.quotes.lexicon.file_models import BuiltLexicons, CueFile, CueTable, PressWords
from processors.core.quotes.lexicon.press import PressLexicon, spelled
from processors.core.quotes.registry_files import load_registry
from processors.core.quotes.splitter import QuoteSplitter
from processors.core.quotes.tagging.list_weights import WeightsFile
from processors.core.quotes.tagging.model import ListModels, PieceModel, RunModel
from processors.core.quotes.tagging.viterbi import TAGS
from schemas.validation_messages import reason_of

_DATA = files("processors.core.quotes") / "data"
CUES = _DATA / "cues.toml"
"""The tables of cues, which are citations' too."""
_PRESS = _DATA / "press.toml"
_WEIGHTS = _DATA / "list_weights.toml"
Model = TypeVar("Model", bound=BaseModel)


@gc_paused()
def load_splitter(user_outlets: Path | None = None) -> QuoteSplitter:
    """A splitter with the package's data and, where given, a user's registry file.

    An entry of the user's file replaces ours of the same id and adds to the others. Raises QuoteDataError when a file
    cannot be read or an entry does not fit.
    """
    if user_outlets is None:
        return _package_splitter()
    return QuoteSplitter(package_attributor(user_outlets), package_models())


@cache  # read only
def _package_splitter() -> QuoteSplitter:
    return QuoteSplitter(package_attributor(), package_models())


def package_attributor(user_outlets: Path | None = None) -> Attributor:
    """The package's registry and lexicons, with a user's registry file where given."""
    return Attributor(load_registry(user_outlets), *package_lexicons())


def package_models() -> ListModels:
    """The package's weights, which ``scripts/train-quotes`` writes."""
    weights = LIST_WEIGHTS.load()
    transitions = [weights.transitions[tag] for tag in TAGS]
    return ListModels(
        PieceModel(weights.pieces, transitions, weights.outside_bias), RunModel(weights.runs, weights.run_bias)
    )


@cache  # read only, and shared with the citations
def package_lexicons() -> tuple[CueLexicon, PressLexicon]:
    """The package's cues and words of the trade."""
    built = LEXICONS.load()
    return CueLexicon(built.cues), PressLexicon(built.press)


def package_cues() -> dict[str, CueTable]:
    """The package's cue tables by language."""
    return _read(CUES, CueFile).root


def package_press() -> PressWords:
    """The package's words of the trade."""
    return _read(_PRESS, PressWords)


def _lexicons() -> BuiltLexicons:
    return BuiltLexicons(cues=built_cues(package_cues().values()), press=spelled(package_press()))


def _read(source: Traversable, model: type[Model]) -> Model:
    try:
        parsed = tomllib.loads(source.read_bytes().decode("utf-8"))
    except OSError as error:
        raise QuoteDataError(f"{source}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise QuoteDataError(f"{source}: {error}") from error
    try:
        return model.model_validate(parsed)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise QuoteDataError(f"{source}: {place or 'file'}: {reason_of(first)}") from error


LEXICONS: Final = BuiltFile(_DATA / "built" / "lexicons.json", (CUES, _PRESS), BuiltLexicons, _lexicons)
LIST_WEIGHTS: Final = BuiltFile(
    _DATA / "built" / "list_weights.json", (_WEIGHTS,), WeightsFile, partial(_read, _WEIGHTS, WeightsFile)
)

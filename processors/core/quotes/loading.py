"""Loading the package's data and a user's registry: the edge of this package, for the split itself reads nothing."""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, RootModel, ValidationError

from processors.core.quotes.cues import CueLexicon, CueTable
from processors.core.quotes.errors import QuoteDataError
from processors.core.quotes.outlets import OutletFile, OutletRegistry
from processors.core.quotes.press import PressLexicon, PressWords
from processors.core.quotes.splitter import QuoteSplitter

Model = TypeVar("Model", bound=BaseModel)


class CueFile(RootModel[dict[str, CueTable]]):
    """cues.toml: a table for each language."""


def load_splitter(user_outlets: Path | None = None) -> QuoteSplitter:
    """A splitter with the package's data and, where given, a user's registry file.

    An entry of the user's file replaces ours of the same id and adds to the others. Raises QuoteDataError when a file
    cannot be read or an entry does not fit.
    """
    data = files("processors.core.quotes") / "data"
    entries = {entry.id: entry for entry in _read(data / "outlets.toml", OutletFile).outlet}
    if user_outlets is not None:
        entries.update((entry.id, entry) for entry in _read(user_outlets, OutletFile).outlet)
    return QuoteSplitter(
        OutletRegistry(entries.values()),
        CueLexicon(_read(data / "cues.toml", CueFile).root.values()),
        PressLexicon(_read(data / "press.toml", PressWords)),
    )


def _read(source: Path | Traversable, model: type[Model]) -> Model:
    try:
        parsed = tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise QuoteDataError(f"{source}: {error}") from error
    try:
        return model.model_validate(parsed)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise QuoteDataError(f"{source}: {place or 'file'}: {first['msg']}") from error

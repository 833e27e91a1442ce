"""Reading the registry: the package's tables and a user's TOML file, whose faults are named with their line."""

import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from processors.core.quotes.lexicon.errors import QuoteDataError
from processors.core.quotes.lexicon.file_models import OutletEntry, OutletFile
from processors.core.quotes.lexicon.outlet_table import TableEntry, read_table
from processors.core.quotes.lexicon.outlets import OutletRegistry
from processors.core.quotes.lexicon.registry_faults import RegistryFault, faults
from schemas.files import read_regular
from schemas.reasons import reason_of

_TABLES: Final = files("processors.core.quotes") / "data" / "outlets"
_HEADER: Final = re.compile(r"\s*\[\[\s*[\"']?outlet[\"']?\s*\]\]")


def load_registry(user_outlets: Path | None = None) -> OutletRegistry:
    """The package's registry with a user's file, where given: its entries replace ours of the same id and add to the
    others. Raises QuoteDataError, which names file, line and field.
    """
    entries: dict[str, OutletEntry | TableEntry] = {entry.id: entry for entry in package_outlets()}
    if user_outlets is not None:
        own, lines = _user_outlets(user_outlets)
        numbers = {entry.id: number for number, entry in enumerate(own)}
        entries.update((entry.id, entry) for entry in own)
        _refuse(user_outlets, lines, numbers, faults(own, entries))
    return OutletRegistry(entries.values())


def package_outlets() -> list[TableEntry]:
    """The entries of the package's registry, by region."""
    tables = sorted((table for table in _TABLES.iterdir() if table.name.endswith(".tsv")), key=lambda table: table.name)
    return [entry for table in tables for entry in read_table(table.read_text("utf-8"), str(table))]


def _user_outlets(path: Path) -> tuple[list[OutletEntry], list[str]]:
    """The entries of a user's file, and its lines."""
    try:
        text = read_regular(path).decode("utf-8")
        parsed = tomllib.loads(text)
    except OSError as error:
        raise QuoteDataError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise QuoteDataError(f"{path}: {error}") from error
    lines = text.splitlines()
    try:
        return OutletFile.model_validate(parsed).outlet, lines
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        number, field = _entry_and_field(first["loc"])
        raise QuoteDataError(
            f"{path}: {_line_of(lines, number, field)}{place or 'file'}: {reason_of(first)}"
        ) from error


def _refuse(path: Path, lines: list[str], numbers: dict[str, int], found: Iterable[RegistryFault]) -> None:
    for fault in found:
        # Of two entries of one id the later is at fault.
        number = numbers[fault.id]
        raise QuoteDataError(
            f"{path}: {_line_of(lines, number, fault.field)}outlet.{number}.{fault.field}: {fault.reason}"
        )


def _entry_and_field(place: tuple[int | str, ...]) -> tuple[int | None, str | None]:
    number = place[1] if len(place) > 1 and isinstance(place[1], int) else None
    field = place[2] if len(place) > 2 and isinstance(place[2], str) else None
    return number, field


def _line_of(lines: list[str], number: int | None, field: str | None) -> str:
    """Such as "line 7: ", where the file has a table for each outlet; of its head where the field is missing."""
    heads = [at for at, line in enumerate(lines) if _HEADER.match(line)]
    if number is None or number >= len(heads):
        return ""
    start = heads[number]
    end = heads[number + 1] if number + 1 < len(heads) else len(lines)
    key = re.compile(rf"\s*[\"']?{re.escape(field or '')}[\"']?\s*=") if field else None
    found = next((at for at in range(start, end) if key is not None and key.match(lines[at])), start)
    return f"line {found + 1}: "

"""Reading the registry: the package's tables and a user's TOML file, whose faults are named with their line."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from processors.core.quotes.built_data import digest_of
from processors.core.quotes.lexicon.built_names import text_of_tree, tree_of_text
from processors.core.quotes.lexicon.errors import QuoteDataError
from processors.core.quotes.lexicon.file_models import OutletEntry, OutletFile
from processors.core.quotes.lexicon.name_tree import NameTree
from processors.core.quotes.lexicon.outlet_table import TableEntry, read_table
from processors.core.quotes.lexicon.outlets import OutletRegistry
from processors.core.quotes.lexicon.registry_faults import RegistryFault, faults
from processors.core.quotes.lexicon.tree_building import tree_of
from schemas.regular_files import read_regular
from schemas.validation_messages import reason_of

_DATA: Final = files("processors.core.quotes") / "data"
_TABLES: Final = _DATA / "outlets"
_BUILT: Final = _DATA / "built" / "names.txt"
_HEADER: Final = re.compile(r"\s*\[\[\s*[\"']?outlet[\"']?\s*\]\]")


def load_registry(user_outlets: Path | None = None) -> OutletRegistry:
    """The package's registry with a user's file, where given: its entries replace ours of the same id and add to the
    others. Raises QuoteDataError, which names file, line and field.
    """
    tables = _tables()
    entries: dict[str, OutletEntry | TableEntry] = {entry.id: entry for entry in _entries(tables)}
    if user_outlets is None:
        return OutletRegistry(entries.values(), _built_tree(digest_of(tables.values()), entries))
    own, lines = _user_outlets(user_outlets)
    numbers = {entry.id: number for number, entry in enumerate(own)}
    entries.update((entry.id, entry) for entry in own)
    _refuse(user_outlets, lines, numbers, faults(own, entries))
    return OutletRegistry(entries.values())


def built_names() -> str:
    """The text of the file with the tree of the package's names."""
    tables = _tables()
    return text_of_tree(tree_of(_entries(tables)), digest_of(tables.values()))


def _built_tree(digest: str, entries: Mapping[str, OutletEntry | TableEntry]) -> NameTree | None:
    """The tree in the file; null if it is absent or was built from other tables."""
    try:
        content = _BUILT.read_bytes()
    except FileNotFoundError:
        return None
    return tree_of_text(content, digest, entries)


def package_outlets() -> list[TableEntry]:
    """The entries of the package's registry, by region."""
    return _entries(_tables())


def _tables() -> dict[Traversable, bytes]:
    tables = sorted((table for table in _TABLES.iterdir() if table.name.endswith(".tsv")), key=lambda table: table.name)
    return {table: table.read_bytes() for table in tables}


def _entries(tables: Mapping[Traversable, bytes]) -> list[TableEntry]:
    return [entry for table, content in tables.items() for entry in read_table(content.decode("utf-8"), str(table))]


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

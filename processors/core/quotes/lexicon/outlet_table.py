"""The package's registry: tables of tab-separated fields, one outlet a line.

A line is read in a twentieth of the time that TOML takes, which is for the files of users, and most of its fields only
when they are asked for.
"""

from collections.abc import Iterator
from typing import Final

from processors.core.quotes.lexicon.errors import QuoteDataError
from processors.core.quotes.lexicon.file_models import OutletEntry

FIELDS: Final = (*("id", "name", "country", "kind", "domains", "aliases", "ambiguous", "parent", "channels", "former"),)
"""The columns; empty ones at the end of a line are left out. Values of a list are parted by a semicolon."""
_PART: Final = ";"


class TableEntry:
    """An entry of a table, with the fields of an OutletEntry. It is not validated: a test does that."""

    __slots__ = ("_line", "aliases", "ambiguous", "country", "id", "name")

    def __init__(self, line: str) -> None:
        values = line.split("\t", 7)
        self.id, self.name = values[:2]
        self.country = values[2] if len(values) > 2 else None
        self.aliases = _values(values, 5)
        self.ambiguous = _values(values, 6)
        self._line = line

    @property
    def domains(self) -> list[str]:
        """Where it publishes."""
        return _values(self._line.split("\t"), 4)

    @property
    def channels(self) -> list[str]:
        """Telegram channels of its own."""
        return _values(self._line.split("\t"), 8)

    @property
    def former(self) -> list[str]:
        """Ids that it had before."""
        return _values(self._line.split("\t"), 9)

    @property
    def parent(self) -> str | None:
        """Id of the outlet whose edition this one is."""
        values = self._line.split("\t")
        return (values[7] or None) if len(values) > 7 else None

    def validated(self) -> OutletEntry:
        """The same as a model; ValidationError where a field is wrong."""
        kind = (self._line.split("\t") + [""] * 4)[3]
        return OutletEntry.model_validate(
            {
                "id": self.id,
                "name": self.name,
                "country": self.country or None,
                "kind": kind or None,
                "domains": self.domains,
                "aliases": self.aliases,
                "ambiguous": self.ambiguous,
                "parent": self.parent,
                "channels": self.channels,
                "former": self.former,
            }
        )


def read_table(text: str, source: str) -> Iterator[TableEntry]:
    """The entries of a table, whose first line names the columns."""
    lines = text.splitlines()
    if lines[:1] != ["\t".join(FIELDS)]:
        raise QuoteDataError(f"{source}: line 1: expected the columns {', '.join(FIELDS)}")
    for number, line in enumerate(lines[1:], 2):
        if not 1 <= line.count("\t") < len(FIELDS):
            raise QuoteDataError(f"{source}: line {number}: expected 2 to {len(FIELDS)} fields")
        yield TableEntry(line)


def _values(values: list[str], column: int) -> list[str]:
    field = values[column] if len(values) > column else ""
    if _PART not in field:
        return [field] if field else []
    return [value.strip() for value in field.split(_PART)]

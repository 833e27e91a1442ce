"""The package's registry: tables of tab-separated fields, one outlet a line.

A line is read in a twentieth of the time that TOML takes, which is for the files of users, and most of its fields only
when they are requested.
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

    __slots__ = ("_line", "id")

    def __init__(self, line: str) -> None:
        self.id = line.partition("\t")[0]
        self._line = line

    @property
    def name(self) -> str:
        """Canonical name."""
        return self._line.split("\t", 2)[1]

    @property
    def country(self) -> str | None:
        """Of its newsroom."""
        return self._field(2)

    @property
    def kind(self) -> str | None:
        """What it is, one of OutletKind."""
        return self._field(3)

    @property
    def aliases(self) -> list[str]:
        """Other names."""
        return self._values(5)

    @property
    def ambiguous(self) -> list[str]:
        """Names that are also other things."""
        return self._values(6)

    @property
    def domains(self) -> list[str]:
        """Where it publishes."""
        return self._values(4)

    @property
    def channels(self) -> list[str]:
        """Telegram channels of its own."""
        return self._values(8)

    @property
    def former(self) -> list[str]:
        """Ids that it had before."""
        return self._values(9)

    @property
    def parent(self) -> str | None:
        """Id of the outlet whose edition this one is."""
        return self._field(7)

    def validated(self) -> OutletEntry:
        """The same as a model; ValidationError where a field is wrong."""
        return OutletEntry.model_validate(
            {
                "id": self.id,
                "name": self.name,
                "country": self.country,
                "kind": self._field(3),
                "domains": self.domains,
                "aliases": self.aliases,
                "ambiguous": self.ambiguous,
                "parent": self.parent,
                "channels": self.channels,
                "former": self.former,
            }
        )

    def _values(self, column: int) -> list[str]:
        field = self._field(column)
        if field is None or _PART not in field:
            return [] if field is None else [field]
        return [value.strip() for value in field.split(_PART)]

    def _field(self, column: int) -> str | None:
        fields = self._line.split("\t", column + 1)
        return (fields[column] or None) if len(fields) > column else None


def read_table(text: str, source: str) -> Iterator[TableEntry]:
    """The entries of a table, whose first line names the columns."""
    lines = text.splitlines()
    if lines[:1] != ["\t".join(FIELDS)]:
        raise QuoteDataError(f"{source}: line 1: expected the columns {', '.join(FIELDS)}")
    for number, line in enumerate(lines[1:], 2):
        if not 1 <= line.count("\t") < len(FIELDS):
            raise QuoteDataError(f"{source}: line {number}: expected 2 to {len(FIELDS)} fields")
        yield TableEntry(line)

"""The package's registry: tables of tab-separated fields, one outlet a line.

A line is read in a twentieth of the time that TOML takes, which is for the files of users.
"""

from collections.abc import Iterator
from typing import Final, cast

from processors.core.quotes.lexicon.errors import QuoteDataError
from processors.core.quotes.lexicon.file_models import OutletEntry, OutletKind

FIELDS: Final = (
    *("id", "name", "country", "kind", "domains", "aliases", "ambiguous", "parent", "channels", "former"),
)
"""The columns; empty ones at the end of a line are left out. Values of a list are parted by a semicolon."""
_PART: Final = ";"


def read_table(text: str, source: str) -> Iterator[OutletEntry]:
    """The entries of a table, whose first line names the columns. They are not validated: a test does that."""
    lines = text.splitlines()
    if lines[:1] != ["\t".join(FIELDS)]:
        raise QuoteDataError(f"{source}: line 1: expected the columns {', '.join(FIELDS)}")
    blanks = [""] * len(FIELDS)
    for number, line in enumerate(lines[1:], 2):
        values = line.split("\t")
        if not 2 <= len(values) <= len(FIELDS):
            raise QuoteDataError(f"{source}: line {number}: expected 2 to {len(FIELDS)} fields")
        outlet, name, country, kind, domains, aliases, ambiguous, parent, channels, former = (
            values + blanks[len(values) :]
        )
        yield OutletEntry.model_construct(
            id=outlet,
            name=name,
            country=country or None,
            kind=cast("OutletKind", kind) if kind else None,
            domains=_values(domains),
            aliases=_values(aliases),
            ambiguous=_values(ambiguous),
            parent=parent or None,
            channels=_values(channels),
            former=_values(former),
            languages=[],
        )


def _values(field: str) -> list[str]:
    return [value.strip() for value in field.split(_PART)] if field else []

"""Names in a query as the store knows them: a name may belong to several ids, and an id may have had several names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

import orjson

from schemas.query.tokens import tokens
from schemas.query.tree import FromOutlet, InChannel, Node, leaves

NameRow = tuple[object, ...]
NameT = TypeVar("NameT")
IdT = TypeVar("IdT")
_CHANNELS: Final = "SELECT id, username, former FROM channels WHERE username IS NOT NULL OR former IS NOT NULL"
# From one id to the next by the index: a table of a million rows has a few thousand outlets.
_OUTLETS: Final = """
WITH RECURSIVE found(outlet_id) AS (
  SELECT MIN(outlet_id) FROM {table}
  UNION ALL
  SELECT (SELECT MIN(t.outlet_id) FROM {table} t WHERE t.outlet_id > found.outlet_id) FROM found
  WHERE found.outlet_id IS NOT NULL
)
SELECT outlet_id, (SELECT t.outlet_name FROM {table} t WHERE t.outlet_id = found.outlet_id LIMIT 1)
FROM found WHERE outlet_id IS NOT NULL
"""


class RowReader(Protocol):
    """The part of ``Reader`` by which names are looked up."""

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[NameRow]:
        """All rows of a query, which has ``?`` for parameters."""
        ...


@dataclass(frozen=True, slots=True)
class ResolvedNames:
    """The ids of channels and outlets that a query names; a name that is not here is unknown to the store."""

    channels: Mapping[str, Sequence[int]] = field(default_factory=dict)
    outlets: Mapping[tuple[str, ...], Sequence[str]] = field(default_factory=dict)

    def channel_ids(self, node: InChannel) -> list[int]:
        """Ids of the channels of a condition, in order."""
        ids = (self.channels.get(name, ()) if isinstance(name, str) else (name,) for name in node.names)
        return sorted({each for found in ids for each in found})

    def outlet_ids(self, node: FromOutlet) -> list[str]:
        """Ids of the outlets of a condition, in order."""
        return sorted({each for name in node.names for each in self.outlets.get(name, ())})

    def unknown(self, tree: Node) -> Iterator[str]:
        """Names that no post in the store can have, as people write them."""
        for leaf in leaves(tree):
            if isinstance(leaf, InChannel):
                yield from (f"@{name}" for name in leaf.names if isinstance(name, str) and name not in self.channels)
            elif isinstance(leaf, FromOutlet):
                yield from (" ".join(name) for name in leaf.names if name not in self.outlets)


def look_up(reader: RowReader, tree: Node) -> ResolvedNames:
    """Look the names of a query up; nothing is read where it has none."""
    found = list(leaves(tree))
    channels = {name for leaf in found if isinstance(leaf, InChannel) for name in leaf.names if isinstance(name, str)}
    outlets = {name for leaf in found if isinstance(leaf, FromOutlet) for name in leaf.names}
    return ResolvedNames(
        _grouped(_channel_names(reader), channels) if channels else {},
        _grouped(_outlet_names(reader), outlets) if outlets else {},
    )


def _channel_names(reader: RowReader) -> Iterator[tuple[str, int]]:
    for number, username, former in reader.rows(_CHANNELS):
        assert isinstance(number, int)
        names = [username] if isinstance(username, str) else []
        names += orjson.loads(former) if isinstance(former, str) else []
        yield from ((name.lower(), number) for name in names)


def _outlet_names(reader: RowReader) -> Iterator[tuple[tuple[str, ...], str]]:
    for table in ("quotes", "citations"):
        for outlet_id, name in reader.rows(_OUTLETS.format(table=table)):
            yield tuple(tokens(str(outlet_id))), str(outlet_id)
            yield tuple(tokens(str(name))), str(outlet_id)


def _grouped(pairs: Iterable[tuple[NameT, IdT]], wanted: set[NameT]) -> dict[NameT, list[IdT]]:
    grouped: dict[NameT, list[IdT]] = {}
    for name, number in pairs:
        if name in wanted:
            grouped.setdefault(name, []).append(number)
    return grouped

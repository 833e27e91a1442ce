"""What outlets are quoted with, and by whom: a list that is repeated counts once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final, NamedTuple

from schemas.times import DAY_MS
from sinks.store.database import Reader
from sinks.store.reading.posts import records_by_key
from sinks.store.records import known_as

_REPEATED: Final = "(coalesce(s.size, 1) - 1)"
_NO_COPY: Final = "NOT EXISTS (SELECT 1 FROM links l WHERE l.key = q.key AND l.target IS NOT NULL)"
_MOST_ITEMS: Final = 50_000
"""That are looked at, the newest: of these, those of posts that repeat no other are counted."""
MOST_RECORDS: Final = 300
"""Posts, the newest, in whose records persons are counted: each is unpacked for it."""


class ItemOrder(StrEnum):
    """Which items come first; of those that are repeated alike the newest."""

    NEWEST = "newest"
    REPEATED = "repeated"


class ItemPlace(NamedTuple):
    """The place of an item in either order of a list, behind which the next page begins."""

    repeated_by: int
    posted_ms: int
    key: str
    ordinal: int


@dataclass(frozen=True, slots=True)
class OutletRow:
    """An outlet within a span of time."""

    outlet_id: str
    name: str
    items: int
    channels: int
    by_day: tuple[int, ...]
    """Of posts that have a date: the time of the others is that of their collection."""


@dataclass(frozen=True, slots=True)
class OutletItem:
    """An item of a quote list in which a post renders an outlet."""

    key: str
    ordinal: int
    posted_ms: int
    channel_id: int
    username: str | None
    title: str | None
    language: str
    outlet_id: str
    outlet_name: str
    kind: str | None
    cue: str | None
    text: str
    repeated_by: int
    """Other posts of the same story."""

    @property
    def place(self) -> ItemPlace:
        """The place of the item in either order, behind which the next page begins."""
        return ItemPlace(self.repeated_by, self.posted_ms, self.key, self.ordinal)


@dataclass(frozen=True, slots=True)
class Overview:
    """The outlets that were rendered most within a time, and the channels that rendered them."""

    outlets: tuple[OutletRow, ...]
    cells: dict[tuple[int, str], int]
    """Items by channel and outlet."""
    channels: dict[int, str]
    """Names of those channels."""
    total: int
    newest: tuple[str, ...] = ()
    """Keys of the newest posts that have such items."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The kind and the language to which items are limited; None: all."""

    kind: str | None = None
    language: str | None = None

    def condition(self) -> tuple[str, tuple[str, ...]]:
        """The limits as SQL behind a WHERE, with its parameters."""
        chosen = [(column, value) for column, value in (("q.kind", self.kind), ("q.language", self.language)) if value]
        return "".join(f" AND {column} = ?" for column, _ in chosen), tuple(value for _, value in chosen)


def overview(reader: Reader, since_ms: int, until_ms: int, narrowing: Narrowing, limit: int = 30) -> Overview:
    """The outlets with most items within [since_ms, until_ms), and who quotes them."""
    condition, values = narrowing.condition()
    # By the columns that the index of time has, and copies looked up once a post, for one has several items. Undated
    # posts by a join: SQLite would not use their own index in a subquery.
    rows = reader.rows(
        "SELECT q.outlet_id, q.channel_id, q.posted_ms, u.key IS NULL, q.key FROM quotes q "
        "LEFT JOIN posts u ON u.key = q.key AND u.is_dated = 0 WHERE q.posted_ms >= ? "
        f"AND q.posted_ms < ?{condition} ORDER BY q.posted_ms DESC LIMIT {_MOST_ITEMS}",
        (since_ms, until_ms, *values),
    )
    keys = list({key for *_, key in rows})
    copies = {key for (key,) in reader.among("SELECT key FROM links WHERE target IS NOT NULL AND key", keys)}
    rows = [row for row in rows if row[-1] not in copies]
    first_day = since_ms // DAY_MS
    days = (until_ms - 1) // DAY_MS - first_day + 1
    by_day: dict[str, list[int]] = {}
    newest_of: dict[str, str] = {}
    cells: Counter[tuple[int, str]] = Counter()
    for outlet, channel, posted_ms, is_dated, key in rows:
        newest_of.setdefault(outlet, key)
        by_day.setdefault(outlet, [0] * days)[posted_ms // DAY_MS - first_day] += is_dated
        cells[channel, outlet] += 1
    totals = Counter(row[0] for row in rows)
    quoting = Counter(outlet for _, outlet in cells)
    names = _outlet_names(reader, newest_of)
    found = [OutletRow(each, names[each], totals[each], quoting[each], tuple(days)) for each, days in by_day.items()]
    found.sort(key=lambda row: (-row.items, row.name))
    shown = {row.outlet_id for row in found[:limit]}
    kept = {cell: count for cell, count in cells.items() if cell[1] in shown}
    names_of_channels = channel_names(reader, {channel for channel, _ in kept})
    newest = tuple(islice(dict.fromkeys(key for *_, key in rows), MOST_RECORDS))
    return Overview(tuple(found[:limit]), kept, names_of_channels, len(rows), newest)


def _outlet_names(reader: Reader, posts: Mapping[str, str]) -> dict[str, str]:
    """What each outlet is called in the post with this key."""
    rows = reader.among("SELECT key, outlet_id, outlet_name FROM quotes WHERE key", list(set(posts.values())))
    return {outlet: name for key, outlet, name in rows if posts.get(outlet) == key}


def most_cited(reader: Reader, keys: Sequence[str]) -> dict[str, str]:
    """By outlet the person whom it cites most often in the quotes of these posts; those that cite nobody are left out.

    Persons are those that posts name; the first spelling is kept.
    """
    counts: dict[str, Counter[str]] = {}
    spelled: dict[str, str] = {}
    for record in records_by_key(reader, keys).values():
        for item in (item for found in record.get("quote_lists") or () for item in found.get("items") or ()):
            for person in {str(span.get("text") or "") for span in item.get("cited") or ()} - {""}:
                name = spelled.setdefault(person.casefold(), person)
                for outlet in item.get("outlets") or ():
                    counts.setdefault(known_as(outlet.get("id"), str(outlet.get("name"))), Counter())[name] += 1
    return {outlet: names.most_common(1)[0][0] for outlet, names in counts.items()}


def items(
    reader: Reader,
    outlet_id: str,
    since_ms: int,
    until_ms: int,
    narrowing: Narrowing,
    *,
    channel_id: int | None = None,
    limit: int = 50,
    order: ItemOrder = ItemOrder.NEWEST,
    behind: ItemPlace | None = None,
) -> list[OutletItem]:
    """What an outlet was quoted with, in an order, behind an item or from the first on."""
    condition, chosen = narrowing.condition()
    values: tuple[object, ...] = chosen
    if channel_id is not None:
        condition, values = f"{condition} AND q.channel_id = ?", (*values, channel_id)
    placed = [*([f"-{_REPEATED}"] if order is ItemOrder.REPEATED else []), "-q.posted_ms", "q.key", "q.ordinal"]
    if behind is not None:
        place = (-behind.repeated_by, -behind.posted_ms, behind.key, behind.ordinal)[-len(placed) :]
        condition = f"{condition} AND ({', '.join(placed)}) > ({', '.join('?' * len(placed))})"
        values = (*values, *place)
        if order is ItemOrder.NEWEST:  # so that the index leads to it
            condition, values = f"{condition} AND q.posted_ms <= ?", (*values, behind.posted_ms)
    first = f"{_REPEATED} DESC, " if order is ItemOrder.REPEATED else ""
    rows = reader.rows(
        "SELECT q.key, q.ordinal, q.posted_ms, q.channel_id, c.username, c.title, q.language, q.outlet_id, "
        "q.outlet_name, q.kind, q.cue, q.text, "
        f"{_REPEATED} FROM quotes q "
        "LEFT JOIN channels c ON c.id = q.channel_id LEFT JOIN links k ON k.key = q.key "
        "LEFT JOIN clusters s ON s.id = k.cluster WHERE q.outlet_id = ? AND q.posted_ms >= ? AND q.posted_ms < ?"
        f"{condition} AND {_NO_COPY} ORDER BY {first}q.posted_ms DESC, q.key, q.ordinal LIMIT ?",
        (outlet_id, since_ms, until_ms, *values, limit),
    )
    return [OutletItem(*row) for row in rows]


def outlets_of(reader: Reader, keys: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Id and name of each outlet that posts quote."""
    found: dict[str, list[tuple[str, str]]] = {}
    for key, outlet, name, _ in reader.among(
        "SELECT key, outlet_id, outlet_name, ordinal FROM quotes WHERE key", keys, "ORDER BY key, ordinal"
    ):
        if (outlet, name) not in found.setdefault(key, []):
            found[key].append((outlet, name))
    return found


def channel_names(reader: Reader, ids: set[int]) -> dict[int, str]:
    """A name for each channel: its title, its public name or its id."""
    rows = reader.among("SELECT id, username, title FROM channels WHERE id", sorted(ids))
    known = {number: title or (f"@{username}" if username else "") for number, username, title in rows}
    return {number: known.get(number) or f"channel {number}" for number in ids}

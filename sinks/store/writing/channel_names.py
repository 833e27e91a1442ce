"""Names of channels as their posts carry them: the newest one, and those it had before."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import orjson

from sinks.store.database import DbRow, Reader
from sinks.store.records import StoreChannel

COLUMNS: Final = ("id", "username", "title", "former", "named_us")


class NamedChannel(NamedTuple):
    """A channel as a post of this moment names it."""

    named_us: int
    username: str
    title: str
    id: int


def named(channel: StoreChannel, rank_us: int) -> NamedChannel:
    """The channel of a post, whose rank has this moment."""
    return NamedChannel(rank_us, channel.username or "", channel.title or "", channel.id)


def name_rows(reader: Reader, seen: Iterable[NamedChannel]) -> list[DbRow]:
    """Rows of ``channels`` that change: the name of the latest moment, whatever the order in which names come."""
    by_channel: dict[int, list[NamedChannel]] = {}
    for each in set(seen):
        by_channel.setdefault(each.id, []).append(each)
    query = "SELECT id, username, title, former, named_us FROM channels WHERE id"
    known = {row[0]: row for row in reader.among(query, list(by_channel))}
    rows = (_merged(known.get(channel), names) for channel, names in by_channel.items())
    return [row for row in rows if row is not None]


def _merged(known: DbRow | None, names: list[NamedChannel]) -> DbRow | None:
    channel = names[0].id
    former: set[str] = set()
    candidates = [*names]
    if known is not None:
        former = set(orjson.loads(known[3])) if known[3] else set()
        candidates.append(NamedChannel(known[4], known[1] or "", known[2] or "", channel))
    newest = max(candidates)
    former = (former | {each.username for each in candidates}) - {newest.username, ""}
    listed = orjson.dumps(sorted(former)).decode() if former else None
    row = (channel, newest.username or None, newest.title or None, listed, newest.named_us)
    return None if row == known else row

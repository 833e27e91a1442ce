"""Views, forwards, replies and reactions: the newest observation of a post, and a thinned history."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

import orjson

from sinks.store.database import DbRow, Transaction
from sinks.store.records import StoreCounters
from sinks.store.writing.rows import milliseconds

COLUMNS: Final = ("key", "observed_ms", "views", "forwards", "replies", "reactions", "is_exact")
MOST_OBSERVATIONS: Final = 24


def count_row(key: str, counters: StoreCounters) -> DbRow:
    """A row of both tables; the observation has a time."""
    assert counters.observed_at is not None
    reactions = None if counters.reactions is None else orjson.dumps(counters.reactions, option=orjson.OPT_SORT_KEYS)
    return (
        key,
        milliseconds(counters.observed_at),
        counters.views,
        counters.forwards,
        counters.replies,
        None if reactions is None else reactions.decode(),
        None if counters.is_exact is None else int(counters.is_exact),
    )


def write_counts(writer: Transaction, rows: Iterable[DbRow]) -> None:
    """Add observations: of several at one moment the last one counts."""
    observed = {row[:2]: row for row in rows}
    newest: dict[str, DbRow] = {}
    for row in observed.values():
        if row[0] not in newest or row[1] >= newest[row[0]][1]:
            newest[row[0]] = row
    when = "excluded.observed_ms >= counters.observed_ms"
    writer.upsert("counters", COLUMNS, list(newest.values()), keys=1, when=when)
    writer.upsert("counter_history", COLUMNS, list(observed.values()), keys=2)


def thin_history(writer: Transaction, keys: Sequence[str]) -> None:
    """Leave at most 24 observations of each of these posts."""
    many = f"GROUP BY key HAVING count(*) > {MOST_OBSERVATIONS}"
    full = [key for (key,) in writer.among("SELECT key FROM counter_history WHERE key", keys, many)]
    found = writer.among("SELECT key, observed_ms FROM counter_history WHERE key", full, "ORDER BY key, observed_ms")
    for key, rows in groupby(found, key=lambda row: row[0]):
        writer.delete("counter_history", COLUMNS[:2], [(key, at) for at in _surplus([row[1] for row in rows])])


def _surplus(moments: list[int]) -> list[int]:
    """What of ascending moments goes: first and last stay, and of the others those that are closest."""
    removed = []
    while len(moments) > MOST_OBSERVATIONS:
        at = min(range(1, len(moments) - 1), key=lambda each: moments[each + 1] - moments[each - 1])
        removed.append(moments.pop(at))
    return removed

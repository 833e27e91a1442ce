"""Numbers over time, from roll-ups and covering indexes. What a span has tens of thousands of are tuples."""

from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from schemas.times import DAY_MS, HOUR_MS
from sinks.store.database import Dialect, Reader


class PostCount(NamedTuple):
    """Posts of an hour in a language; edited and deleted ones count at the hour of the post."""

    hour_ms: int
    language: str
    posts: int
    edited: int
    deleted: int


@dataclass(frozen=True, slots=True)
class OutletCount:
    """How often an outlet was quoted, or cited, on a day."""

    day_ms: int
    outlet_id: str
    count: int


class Spread(NamedTuple):
    """How often a channel repeated another one, and how soon in the middle."""

    from_channel: int
    to_channel: int
    copies: int
    median_lag_ms: float | None


def posts_by_hour(reader: Reader, since_ms: int, until_ms: int) -> list[PostCount]:
    """Posts by hour and language."""
    # PostgreSQL sums larger numbers than integers as decimals, which takes a quarter longer.
    sums = ", ".join(f"sum(CAST({column} AS integer))" for column in ("posts", "edited", "deleted"))
    rows = reader.rows(
        f"SELECT hour * {HOUR_MS}, language, {sums} FROM hourly WHERE hour >= ? AND hour < ? "
        "GROUP BY hour, language ORDER BY hour, language",
        (since_ms // HOUR_MS, -(-until_ms // HOUR_MS)),
    )
    return list(map(PostCount._make, rows))


def mentions_by_day(reader: Reader, table: str, since_ms: int, until_ms: int) -> list[OutletCount]:
    """Quotes or citations (the name of the table) by day and outlet."""
    assert table in ("quotes", "citations")
    rows = reader.rows(
        f"SELECT posted_ms / {DAY_MS}, outlet_id, count(*) FROM {table} WHERE posted_ms >= ? AND posted_ms < ? "
        "GROUP BY 1, 2 ORDER BY 1, 2",
        (since_ms, until_ms),
    )
    return [OutletCount(day * DAY_MS, outlet_id, count) for day, outlet_id, count in rows]


def spread(reader: Reader, dialect: Dialect, since_ms: int, until_ms: int) -> list[Spread]:
    """Who repeated whom, most often first, with the median of the time between."""
    within = "FROM links WHERE posted_ms >= ? AND posted_ms < ? AND from_channel IS NOT NULL"
    if dialect is Dialect.POSTGRES:
        rows = reader.rows(
            "SELECT from_channel, to_channel, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY lag_ms) "
            f"{within} GROUP BY 1, 2",
            (since_ms, until_ms),
        )
        found = [Spread(*row) for row in rows]
    else:
        lags: dict[tuple[int, int], list[int | None]] = {}
        for source, copier, lag_ms in reader.rows(
            f"SELECT from_channel, to_channel, lag_ms {within}", (since_ms, until_ms)
        ):
            lags.setdefault((source, copier), []).append(lag_ms)
        found = [Spread(*pair, len(each), _median(each)) for pair, each in lags.items()]
    return sorted(found, key=lambda each: (-each.copies, each.from_channel, each.to_channel))


def latest_copies(reader: Reader, since_ms: int, until_ms: int) -> dict[tuple[int, int], int]:
    """When each pair of channels had its newest copy."""
    rows = reader.rows(
        "SELECT from_channel, to_channel, max(posted_ms) FROM links WHERE posted_ms >= ? AND posted_ms < ? "
        "AND from_channel IS NOT NULL GROUP BY 1, 2",
        (since_ms, until_ms),
    )
    return {(source, copier): int(latest) for source, copier, latest in rows}


def _median(lags: list[int | None]) -> float | None:
    known = [lag for lag in lags if lag is not None]
    return float(median(known)) if known else None

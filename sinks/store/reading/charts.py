"""Who repeats whom, from a covering index."""

from statistics import median
from typing import NamedTuple

from sinks.store.database import Dialect, Reader


class Spread(NamedTuple):
    """How often a channel repeated another one, and how soon in the middle."""

    from_channel: int
    to_channel: int
    copies: int
    median_lag_ms: float | None


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

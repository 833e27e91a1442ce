"""How much a store has, and how new it is."""

from dataclasses import dataclass

from schemas.times import HOUR_MS
from sinks.store.database import Reader


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest post, by its date."""

    id: int
    posted_ms: int


@dataclass(frozen=True, slots=True)
class Volume:
    """Posts of a span of whole hours, and how many of them repeat another one."""

    posts: int
    copies: int
    by_hour: tuple[int, ...]
    """The earliest first."""


def newest_post(reader: Reader) -> Newest | None:
    """The newest post; None: the store is empty."""
    rows = reader.rows("SELECT id, posted_ms FROM posts ORDER BY id DESC LIMIT 1")
    return Newest(*rows[0]) if rows else None


def volume(reader: Reader, first_hour: int, hours: int) -> Volume:
    """Posts of ``hours`` hours from ``first_hour`` on (hours since 1970), posts without a date left out."""
    counts = [0] * hours
    for hour, posts in reader.rows(
        "SELECT hour, sum(posts) FROM hourly WHERE hour >= ? AND hour < ? GROUP BY hour",
        (first_hour, first_hour + hours),
    ):
        counts[hour - first_hour] = int(posts)
    ((copies,),) = reader.rows(
        "SELECT count(*) FROM links WHERE posted_ms >= ? AND posted_ms < ? AND from_channel IS NOT NULL",
        (first_hour * HOUR_MS, (first_hour + hours) * HOUR_MS),
    )
    return Volume(sum(counts), copies, tuple(counts))


def languages(reader: Reader, since_ms: int) -> list[str]:
    """Languages of the posts since a moment, the most frequent first."""
    rows = reader.rows(
        "SELECT language, sum(posts) FROM hourly WHERE hour >= ? GROUP BY language ORDER BY 2 DESC, 1",
        (since_ms // HOUR_MS,),
    )
    return [language for language, _ in rows]

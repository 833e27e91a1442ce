"""Stories: posts that repeat each other, ranked over a span of time."""

from dataclasses import dataclass
from enum import StrEnum

from sinks.store.database import Reader


class Ranking(StrEnum):
    """The measure by which stories are ranked."""

    CHANNELS = "channels"
    SPEED = "speed"
    VIEWS = "views"


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A story within a span of time."""

    number: int
    channels: int
    languages: tuple[str, ...]
    posts: int
    views: int | None
    recent_channels: int
    """That came in the last sixth of the span."""
    first_ms: int
    last_ms: int


_CANDIDATES = 500


@dataclass(frozen=True, slots=True)
class RankedStories:
    """Stories in the order of a ranking."""

    rows: list[StoryRow]
    is_cut: bool
    """There are others, of fewer channels, that were not ranked."""


def place_in(ranking: Ranking, row: StoryRow) -> tuple[int, int, int, int]:
    """The place of a story in a ranking: greater numbers come first."""
    match ranking:
        case Ranking.CHANNELS:
            return row.channels, row.posts, row.last_ms, row.number
        case Ranking.SPEED:
            return row.recent_channels, row.channels, row.last_ms, row.number
        case Ranking.VIEWS:
            return row.views or 0, row.channels, row.last_ms, row.number


def stories(
    reader: Reader,
    since_ms: int,
    until_ms: int,
    *,
    ranking: Ranking = Ranking.CHANNELS,
    least_channels: int = 2,
    least_languages: int = 1,
) -> RankedStories:
    """Stories within [since_ms, until_ms), of the 500 of most channels, in the order of the ranking."""
    found = reader.rows(
        "SELECT cluster, count(DISTINCT to_channel) FROM links WHERE posted_ms >= ? AND posted_ms < ? "
        "GROUP BY cluster HAVING count(DISTINCT to_channel) >= ? ORDER BY 2 DESC, 1 DESC LIMIT ?",
        (since_ms, until_ms, least_channels, _CANDIDATES + 1),
    )
    posts_of: dict[int, list[tuple[int, int, str, int | None]]] = {number: [] for number, _ in found[:_CANDIDATES]}
    for number, posted_ms, channel, language, views in reader.among(
        "SELECT l.cluster, p.posted_ms, p.channel_id, p.language, k.views FROM links l JOIN posts p ON p.key = l.key "
        "LEFT JOIN counters k ON k.key = l.key WHERE l.cluster",
        list(posts_of),
    ):
        if since_ms <= posted_ms < until_ms:
            posts_of[number].append((posted_ms, channel, language, views))
    recent_ms = until_ms - (until_ms - since_ms) // 6
    rows = [_row(number, posts, recent_ms) for number, posts in posts_of.items() if posts]
    wanted = [row for row in rows if row.channels >= least_channels and len(row.languages) >= least_languages]
    ordered = sorted(wanted, key=lambda row: place_in(ranking, row), reverse=True)
    return RankedStories(ordered, len(found) > _CANDIDATES)


def moments(reader: Reader, numbers: list[int], since_ms: int, until_ms: int) -> dict[int, list[int]]:
    """When posts of stories were posted."""
    found: dict[int, list[int]] = {number: [] for number in numbers}
    for number, posted_ms in reader.among("SELECT cluster, posted_ms FROM links WHERE cluster", numbers):
        if posted_ms is not None and since_ms <= posted_ms < until_ms:
            found[number].append(posted_ms)
    return found


def _row(number: int, posts: list[tuple[int, int, str, int | None]], recent_ms: int) -> StoryRow:
    views = [each for *_, each in posts if each is not None]
    early = {channel for posted_ms, channel, *_ in posts if posted_ms < recent_ms}
    late = {channel for posted_ms, channel, *_ in posts} - early
    return StoryRow(
        number,
        channels=len(early | late),
        languages=tuple(sorted({language for *_, language, _ in posts if language != "und"})),
        posts=len(posts),
        views=sum(views) if views else None,
        recent_channels=len(late),
        first_ms=min(posted_ms for posted_ms, *_ in posts),
        last_ms=max(posted_ms for posted_ms, *_ in posts),
    )

"""Channels: how they are, and what they post."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from schemas import Channel
from schemas.keys import SYNTHETIC_BASE
from schemas.times import DAY_MS
from sinks.store.database import Reader
from sinks.store.writing.post_ids import first_id

WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel, with the figures of a day and of the week before it."""

    id: int
    username: str | None
    title: str | None
    state: str | None
    """State as the collector reports it; None: nobody collects the channel now."""
    state_ms: int | None
    reason: str | None
    usual_interval_s: int | None
    gap: int | None
    backfill_progress: float | None
    last_post_ms: int | None
    posts_day: int
    posts_week: int
    """Of the seven days before that day."""
    edited: int
    deleted: int
    copies: int
    languages: tuple[tuple[str, int], ...]
    """Of the eight days, with their posts, the most frequent first."""
    former: tuple[str, ...] = ()
    """Public names that it had before, without @."""

    @property
    def posts(self) -> int:
        """Posts of all eight days."""
        return self.posts_day + self.posts_week


@dataclass(frozen=True, slots=True)
class Day:
    """The figures of one day of a channel."""

    day_ms: int
    posts: int
    edited: int
    deleted: int
    copies: int


@dataclass(frozen=True, slots=True)
class ForwardedChannel:
    """A channel that others forward from."""

    id: int
    username: str | None
    title: str | None
    forwards: int
    channels: int
    latest_ms: int


_CHANNELS: Final = """SELECT c.id, c.username, c.title, c.state, c.state_ms, c.reason, c.usual_interval_s, c.gap,
c.backfill_progress, coalesce(c.last_post_ms,
  (SELECT p.posted_ms FROM posts p WHERE p.channel_id = c.id ORDER BY p.id DESC LIMIT 1)), c.former
FROM channels c"""
_ORIGINS: Final = 200_000
"""Forwards that are looked at, the newest."""


class _OfLanguage(NamedTuple):
    """Posts of a channel in a language."""

    language: str
    posts_day: int
    posts: int
    edited: int
    deleted: int


def channels(reader: Reader, until_ms: int, only: int | None = None) -> list[ChannelRow]:
    """All channels, or one, with the figures of the day of ``until_ms`` (UTC) and of the seven days before it."""
    today = until_ms // DAY_MS
    where, one = ("", ()) if only is None else (" WHERE c.id = ?", (only,))
    daily_where = "" if only is None else " AND channel_id = ?"
    daily: dict[int, list[_OfLanguage]] = {}
    for channel, *row in reader.rows(
        "SELECT channel_id, language, sum(CASE WHEN day = ? THEN posts ELSE 0 END), sum(posts), sum(edited), "
        f"sum(deleted) FROM daily WHERE day >= ? AND day <= ?{daily_where} GROUP BY channel_id, language",
        (today, today - WEEK, today, *one),
    ):
        daily.setdefault(channel, []).append(_OfLanguage(row[0], *map(int, row[1:])))
    copied: dict[int, int] = dict(
        reader.rows(
            f"SELECT channel_id, sum(copies) FROM copies_daily WHERE day >= ? AND day <= ?{daily_where} "
            "GROUP BY channel_id",
            (today - WEEK, today, *one),
        )
    )
    return [
        _row(row, daily.get(row[0], []), int(copied.get(row[0], 0)))
        for row in reader.rows(f"{_CHANNELS}{where} ORDER BY c.id", one)
    ]


def _row(row: tuple[object, ...], days: list[_OfLanguage], copies: int) -> ChannelRow:
    *known, former = row
    of_day, posts = sum(each.posts_day for each in days), sum(each.posts for each in days)
    values: list[Any] = [
        *known,
        of_day,
        posts - of_day,
        sum(each.edited for each in days),
        sum(each.deleted for each in days),
        copies,
        tuple((each.language, each.posts) for each in sorted(days, key=lambda each: (-each.posts, each.language))),
        _names(former),
    ]
    return ChannelRow(*values)


def days_of(reader: Reader, channel_id: int, until_ms: int, days: int) -> list[Day]:
    """The last days of a channel, the earliest first, empty ones too."""
    last = until_ms // DAY_MS
    first = last - days + 1
    counts = {
        day: (int(posts), int(edited), int(deleted))
        for day, posts, edited, deleted in reader.rows(
            "SELECT day, sum(posts), sum(edited), sum(deleted) FROM daily WHERE channel_id = ? AND day >= ? "
            "AND day <= ? GROUP BY day",
            (channel_id, first, last),
        )
    }
    copied: dict[int, int] = dict(
        reader.rows(
            "SELECT day, copies FROM copies_daily WHERE channel_id = ? AND day >= ? AND day <= ?",
            (channel_id, first, last),
        )
    )
    return [Day(day * DAY_MS, *counts.get(day, (0, 0, 0)), copied.get(day, 0)) for day in range(first, last + 1)]


def posts_by_channel(reader: Reader, since_ms: int, until_ms: int, ids: set[int]) -> dict[int, int]:
    """Posts of channels on the days that [since_ms, until_ms) touches."""
    rows = reader.among(
        f"SELECT channel_id, sum(posts) FROM daily WHERE day >= {since_ms // DAY_MS} AND day <= {until_ms // DAY_MS} "
        "AND channel_id",
        sorted(ids),
        "GROUP BY channel_id",
    )
    return {channel: int(posts) for channel, posts in rows}


def unwatched_origins(reader: Reader, since_ms: int, limit: int = 20) -> list[ForwardedChannel]:
    """Channels that posts were forwarded from and that have no posts here themselves, most often forwarded first."""
    rows = reader.rows(
        "SELECT f.origin, c.username, c.title, f.forwards, f.channels, f.latest FROM ("
        "SELECT forward_channel_id AS origin, count(*) AS forwards, count(DISTINCT channel_id) AS channels, "
        "max(posted_ms) AS latest FROM (SELECT forward_channel_id, channel_id, posted_ms FROM posts "
        f"WHERE forward_channel_id IS NOT NULL AND id >= ? ORDER BY id DESC LIMIT {_ORIGINS}) r WHERE posted_ms >= ? "
        "GROUP BY forward_channel_id) f LEFT JOIN channels c ON c.id = f.origin "
        "WHERE NOT EXISTS (SELECT 1 FROM posts p WHERE p.channel_id = f.origin) "
        "ORDER BY f.forwards DESC, f.origin LIMIT ?",
        (first_id(since_ms), since_ms, limit),
    )
    return [ForwardedChannel(*row) for row in rows]


def channel_id_of(reader: Reader, name: str) -> int | None:
    """The channel that has a public name now, in any case; else the latest one that was renamed from it."""
    wanted = name.lower()
    rows = reader.rows("SELECT id FROM channels WHERE lower(username) = ? ORDER BY id LIMIT 1", (wanted,))
    if rows:
        return int(rows[0][0])
    renamed = reader.rows("SELECT id, former FROM channels WHERE former IS NOT NULL ORDER BY named_us DESC, id")
    return next((number for number, former in renamed if wanted in map(str.lower, _names(former))), None)


def _names(listed: object) -> tuple[str, ...]:
    """Names of the column ``former``."""
    return tuple(orjson.loads(listed)) if isinstance(listed, str) else ()


def channels_known_as(reader: Reader, *, username: str | None = None, title: str | None = None) -> list[Channel]:
    """Channels of a public name, in any case, or else of exactly a title, whose ids are Telegram's."""
    condition, value = ("lower(username) = ?", username.lower()) if username else ("title = ?", title)
    rows = reader.rows(
        f"SELECT id, username, title FROM channels WHERE {condition} AND id < ? ORDER BY id", (value, SYNTHETIC_BASE)
    )
    return [Channel(id=number, username=name, title=its_title) for number, name, its_title in rows]


def choices(reader: Reader, limit: int = 300) -> list[tuple[int, str | None, str | None]]:
    """Id, public name and title of channels, to choose from: those that have one of both, in its order."""
    rows = reader.rows(
        "SELECT id, username, title FROM channels WHERE coalesce(username, title) IS NOT NULL "
        "ORDER BY lower(coalesce(username, title)), id LIMIT ?",
        (limit,),
    )
    return [(number, username, title) for number, username, title in rows]

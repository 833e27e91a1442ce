"""How channels relate to each other: who is often first, and who is often forwarded and not watched."""

from dataclasses import dataclass
from typing import Any, Final

from schemas.channel_names import channel_name as name_to_add
from schemas.times import DAY_MS
from sinks.store.database import Dialect, Reader
from sinks.store.reading.channels import ForwardedChannel, unwatched_origins
from sinks.store.reading.details import records
from web.pages import Pages
from web.presentation.moments import Clock
from web.presentation.words import plain
from web.views.channel_lines import end_of_store

_SPAN_MS: Final = 7 * DAY_MS


@dataclass(frozen=True, slots=True)
class Offer:
    """A channel that is offered; ``to_add`` is its public name with @, None where none is known."""

    origin: ForwardedChannel
    name: str
    to_add: str | None


def offers(reader: Reader, since_ms: int) -> list[Offer]:
    """Channels that posts since then were forwarded from and that have no posts here, most often forwarded first.

    What the store does not know of a channel is read from the newest post that was forwarded from it.
    """
    found = unwatched_origins(reader, since_ms)
    newest: dict[int, int] = dict(
        reader.among(
            "SELECT forward_channel_id, max(id) FROM posts WHERE forward_channel_id",
            [origin.id for origin in found if not (origin.title and origin.username)],
            "GROUP BY forward_channel_id",
        )
    )
    posts = records(reader, sorted(newest.values()))
    return [_offer(origin, (posts.get(newest.get(origin.id, 0)) or {}).get("forward") or {}) for origin in found]


def _offer(origin: ForwardedChannel, forward: dict[str, Any]) -> Offer:
    username = origin.username or forward.get("channel_username")
    title = plain(origin.title or forward.get("name") or "")
    return Offer(origin, title or (f"@{plain(username)}" if username else "name unknown"), _to_add(username))


def _to_add(username: str | None) -> str | None:
    try:
        return name_to_add(f"@{username}") if username else None
    except ValueError:  # no name that Telegram gives
        return None


@dataclass(frozen=True, slots=True)
class Relations:
    """Channels that are forwarded and could be added, and which channels post first, of the last seven days."""

    offers: list[Offer]
    firsts: dict[int, tuple[int, int]]
    """By channel: stories that it posted first, and all stories that it posted."""
    is_known: bool = True
    """False: the store took too long."""


async def relations(pages: Pages, clock: Clock) -> Relations:
    """How channels relate, some seconds old; nothing is known of it where the store takes too long."""

    def read(rows: Reader, _: Dialect) -> Relations:
        until_ms = end_of_store(rows, clock.now_ms)
        since_ms = until_ms - _SPAN_MS
        return Relations(offers(rows, since_ms), _firsts(rows, since_ms, until_ms))

    return await pages.read_cached("relations", read, otherwise=Relations([], {}, is_known=False))


def _firsts(reader: Reader, since_ms: int, until_ms: int) -> dict[int, tuple[int, int]]:
    rows = reader.rows(
        "SELECT to_channel, sum(CASE WHEN from_channel IS NULL THEN 1 ELSE 0 END), count(DISTINCT cluster) FROM links "
        "WHERE posted_ms >= ? AND posted_ms <= ? AND to_channel IS NOT NULL GROUP BY to_channel",
        (since_ms, until_ms),
    )
    return {channel: (int(firsts), int(stories)) for channel, firsts, stories in rows}

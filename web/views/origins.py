"""Channels that others forward from and that are not watched: who they are, and whether they can be added by name."""

from dataclasses import dataclass
from typing import Any

from schemas.channel_names import channel_name as name_to_add
from sinks.store.database import Reader
from sinks.store.reading.channels import Origin, unwatched_origins
from sinks.store.reading.details import records
from web.presentation.words import plain


@dataclass(frozen=True, slots=True)
class Offer:
    """A channel that is offered; ``to_add`` is its public name with @, None where none is known."""

    origin: Origin
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


def _offer(origin: Origin, forward: dict[str, Any]) -> Offer:
    username = origin.username or forward.get("channel_username")
    title = plain(origin.title or forward.get("name") or "")
    return Offer(origin, title or (f"@{plain(username)}" if username else "name unknown"), _to_add(username))


def _to_add(username: str | None) -> str | None:
    try:
        return name_to_add(f"@{username}") if username else None
    except ValueError:  # no name that Telegram gives
        return None

"""Which names of channels duplicate detection must be informed of: forwards name their origin, links hold ids."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from schemas import ChannelName, NormalizedPost
from schemas.fingerprints import MAX_NAME
from schemas.rank import microseconds
from schemas.times import DAY_MS

KNOWN = 1_000_000
"""Names remembered, about 200 bytes each; beyond that all are sent again."""
_DAY_US = 1000 * DAY_MS


class NewChannelNames:
    """The names that posts show, each sent once, and again for an earlier day than any before.

    Only what is in flight may be remembered: ``forget`` when it was not sent.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], int] = {}

    def of(self, post: NormalizedPost) -> list[ChannelName]:
        """What a post shows of its own channel's name and of that of its origin, if it is news."""
        return self.news(shown_names(post))

    def news(self, shown: Sequence[ChannelName]) -> list[ChannelName]:
        """Those of the names that a post shows which are news."""
        return [name for name in shown if self._is_news(name)]

    def forget(self) -> None:
        """Send all names again when they are next seen."""
        self._known.clear()

    def _is_news(self, name: ChannelName) -> bool:
        key = name.username, name.channel_id
        day = -1 if name.seen_us is None else name.seen_us // _DAY_US
        known = self._known.get(key)
        if known is not None and known <= day:
            return False
        if len(self._known) >= KNOWN:
            self.forget()
        self._known[key] = day
        return True


def shown_names(post: NormalizedPost) -> tuple[ChannelName, ...]:
    """The names of its own channel and of that of its origin, as far as a post shows them."""
    seen_at = seen(post)
    seen_us = None if seen_at is None else microseconds(seen_at)
    return tuple([ChannelName(name, channel_id, seen_us) for name, channel_id in _names(post)])


def seen(post: NormalizedPost) -> datetime | None:
    """When a post was seen as it is: names in it are those of that time, also in a post that is years old."""
    return post.provenance.collected_at or post.posted_at


def username(name: str | None) -> str | None:
    """A public name as it is compared: Telegram's have no capitals of their own. None for what is no name."""
    name = "" if name is None else name.removeprefix("@").lower()
    return name if 0 < len(name) <= MAX_NAME else None


def _names(post: NormalizedPost) -> Iterator[tuple[str, int]]:
    if name := username(post.channel.username):
        yield name, post.channel.id
    forward = post.forward
    if forward is not None and forward.channel_id is not None and (name := username(forward.channel_username)):
        yield name, forward.channel_id

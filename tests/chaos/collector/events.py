"""What happens in the channels of a scenario, by a seed."""

from collections.abc import Callable
from itertools import accumulate
from random import Random
from typing import Any

from telethon.tl import types

from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.delivery import Push
from tests.support.mtproto_server.message_store import Stored
from tests.support.mtproto_server.world import World

RECENT = 30
"""An edit or a deletion is of one of the newest messages: the newest page of a channel shows what no push reported."""
MAX_POSTS = 85
"""In one channel beside bursts, so that what was edited stays on that page."""
WORDS = ("market", "river", "vote", "рынок", "погода", "energy", "court", "🎉", "harbour")
PUSHES = {Push.NOW: 90, Push.LOST: 4, Push.TWICE: 3, Push.UNREADABLE: 1, Push.HELD: 2}
"""Beside the faults: what becomes of a push by itself, in parts of a hundred."""


class Newsroom:
    """Writes, edits, reacts and deletes. Invented content is numbered, so that its source is known."""

    def __init__(self, world: World, channels: list[Channel], wire: Channel, silent: Channel, random: Random) -> None:
        """``channels`` are watched, the first of them the busiest, and so is ``wire``, which has the bursts and no
        edits; nobody watches ``silent``.
        """
        self._world, self._random = world, random
        self._channels, self._wire, self._silent = channels, wire, silent
        self._weights = list(accumulate(1 / (place + 1) for place in range(len(channels))))
        self._number = 0
        self._open_albums: list[tuple[Channel, int]] = []
        self._events: dict[Callable[[], None], int] = {
            self.post: 52,
            self.edit: 12,
            self.style: 3,
            self.react: 6,
            self.delete: 6,
            self.album: 5,
            self.add_late_part: 4,
            self.edit_album: 3,
            self.comment: 5,
            self.announce: 3,
            self.count: 3,
            self.delete_privately: 2,
            self.post_elsewhere: 2,
        }
        self.happened: dict[str, int] = {}

    def happen(self) -> None:
        """One event."""
        (event,) = self._random.choices(list(self._events), weights=list(self._events.values()))
        event()
        name = event.__name__
        self.happened[name] = self.happened.get(name, 0) + 1

    def burst(self, posts: int) -> None:
        """Many posts at once in one channel: what an edit touched there would leave the page that sweeps look at."""
        for _ in range(posts):
            self._wire.post(self._text(), push=self._push())
        self.happened["post"] = self.happened.get("post", 0) + posts

    # -- events

    def post(self) -> None:
        """A text, now and then with a photo."""
        channel = self._channel()
        fields: dict[str, Any] = {"media": self._photo()} if self._random.random() < 0.1 else {}
        text = self._text()
        channel.post(text, entities=_bold(text), push=self._push(), **fields)

    def edit(self) -> None:
        """Another text."""
        if found := self._recent(lambda message: message.grouped_id is None):
            channel, stored = found
            text = self._text()
            channel.edit(stored.id, text, entities=_bold(text), push=self._push())

    def style(self) -> None:
        """The same text with other entities."""
        if found := self._recent(lambda message: message.grouped_id is None and message.message):
            channel, stored = found
            length = self._random.randint(1, len(stored.object().message.split()[0]))
            channel.edit(stored.id, entities=[types.MessageEntityBold(0, length)], push=self._push())

    def react(self) -> None:
        """A reaction, which is no edit and comes as one."""
        if found := self._recent():
            channel, stored = found
            channel.react(stored.id, {"👍": self._random.randint(1, 99)}, push=self._push())

    def delete(self) -> None:
        """One message, or two."""
        for _ in range(self._random.choice((1, 1, 2))):
            if found := self._recent():
                channel, stored = found
                channel.delete(stored.id, push=self._push())

    def delete_privately(self) -> None:
        """Ids of a private chat, which the posts of channels have as well."""
        channel = self._channel()
        if channel.store.ids:
            account = self._random.choice(list(channel.members) or list(self._world.accounts.values()))
            self._world.delete_privately(account, *channel.store.ids[-3:])

    def album(self) -> None:
        """Photos as one post, some of them with a caption; one in four is not complete yet."""
        channel = self._channel()
        parts = [(self._text() if n == 0 or self._random.random() < 0.3 else "", self._photo()) for n in range(3)]
        album = self._world_number()
        channel.album(parts, album, [self._push() for _ in parts])
        if self._random.random() < 0.5:
            self._open_albums.append((channel, album))

    def add_late_part(self) -> None:
        """One part more, of an album that may have been published without it."""
        if self._open_albums:
            channel, album = self._open_albums.pop(0)
            near = channel.store.ids[-8:]
            if any(channel.store[each].object().grouped_id == album for each in near if _is_post(channel.store[each])):
                channel.album([(self._text(), self._photo())], album, [self._push()])

    def edit_album(self) -> None:
        """The caption of a part."""
        if found := self._recent(lambda message: message.grouped_id is not None):
            channel, stored = found
            channel.edit(stored.id, self._text(), push=self._push())

    def comment(self) -> None:
        """In the linked group, below a post."""
        channel = next((each for each in self._channels if each.linked and not each.is_megagroup), None)
        if channel is None or not channel.store.ids or len(channel.discussion.store) > MAX_POSTS:
            return
        roots = {_root_of(stored) for stored in channel.discussion.store.all()}
        commented = [each for each in channel.store.ids[-RECENT:] if each in roots]
        if commented:
            user = next(iter(self._world.users.values()))
            channel.comment(self._random.choice(commented), self._text(), user.id, push=self._push())

    def announce(self) -> None:
        """Something that takes an id and is no post."""
        self._channel().announce(types.MessageActionPinMessage(), push=self._push())

    def count(self) -> None:
        """More views, without an update."""
        if found := self._recent():
            channel, stored = found
            channel.count(stored.id, views=self._random.randint(2, 10_000))

    def post_elsewhere(self) -> None:
        """In a channel that the accounts are in and nobody watches."""
        self._silent.post(self._text())

    # -- inside

    def _channel(self) -> Channel:
        (channel,) = self._random.choices(self._channels, cum_weights=self._weights)
        return channel if len(channel.store) < MAX_POSTS else self._channels[-1]

    def _recent(self, fits: Callable[[Any], object] = lambda _: True) -> tuple[Channel, Stored] | None:
        channel = self._channel()
        near = (channel.store[each] for each in channel.store.ids[-RECENT:])
        found = [stored for stored in near if _is_post(stored) and fits(stored.object())]
        return (channel, self._random.choice(found)) if found else None

    def _text(self) -> str:
        return f"{self._world_number()} {' '.join(self._random.choices(WORDS, k=self._random.randint(2, 12)))}"

    def _photo(self) -> Any:
        return types.MessageMediaPhoto(photo=self._world.files.add(b"a photo").photo())

    def _world_number(self) -> int:
        self._number += 1
        return self._number

    def _push(self) -> Push:
        (push,) = self._random.choices(list(PUSHES), weights=list(PUSHES.values()))
        return push


def _bold(text: str) -> list[Any]:
    return [types.MessageEntityBold(0, len(text.split()[0]))]


def _is_post(stored: Stored) -> bool:
    return isinstance(stored.object(), types.Message)


def _root_of(stored: Stored) -> int | None:
    header = getattr(stored.object(), "fwd_from", None)
    return header.saved_from_msg_id if header else None

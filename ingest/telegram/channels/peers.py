"""Channels that an account can reach: access hashes, and the history of their names."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from telethon.tl import types

from ingest.telegram.net.account_store import AccountStore
from schemas import Channel

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DatedName:
    """What a channel was called from a moment on."""

    since: float
    """Unix time when it was first seen."""
    username: str | None
    title: str | None


def usernames_of(chat: types.Channel) -> list[str]:
    """All public names of a channel, the shown one first; those that were bought are in a separate list."""
    bought = [str(each.username) for each in chat.usernames or () if each.active]
    return ([str(chat.username)] if chat.username else []) + bought


class PeerCache:
    """The channels of one account, by id. All is in memory; a change is written at once."""

    def __init__(self, account: str, storage: AccountStore, now: Callable[[], float] = time.time) -> None:
        self._account, self._storage, self._now = account, storage, now
        self._hashes: dict[int, int] = dict(storage.execute("SELECT channel_id, access_hash FROM peers"))
        self._names: dict[int, DatedName] = {}
        for channel_id, *name in storage.execute("SELECT channel_id, since, username, title FROM names ORDER BY since"):
            self._names[channel_id] = DatedName(*name)
        self._ids: dict[str, int] = {}
        self._usernames: dict[int, set[str]] = defaultdict(set)
        for username, channel_id, is_current in storage.execute("SELECT * FROM usernames"):
            self._ids[username] = channel_id
            if is_current:
                self._usernames[channel_id].add(username)

    def knows(self, channel_id: int) -> bool:
        """Whether the channel can be requested."""
        return channel_id in self._hashes

    def access_hash(self, channel_id: int) -> int | None:
        """What a request needs beside the id; another account's is of no use."""
        return self._hashes.get(channel_id)

    def id_of(self, username: str) -> int | None:
        """The channel that was last seen under a name, which it may have given up since."""
        return self._ids.get(username.lower())

    def is_called(self, channel_id: int, username: str) -> bool:
        """Whether a public name is one of the channel's."""
        return username.lower() in self._usernames[channel_id]

    def channel(self, channel_id: int) -> Channel:
        """The channel as it was last called."""
        name = self._names.get(channel_id)
        if name is None:
            return Channel(id=channel_id)
        return Channel(id=channel_id, username=name.username, title=name.title)

    def label(self, channel_id: int) -> str:
        """The channel as messages name it."""
        name = self._names.get(channel_id)
        return (
            f"channel {channel_id}" if name is None or not name.username else f"channel @{name.username} ({channel_id})"
        )

    def history(self, channel_id: int) -> list[DatedName]:
        """All names that a channel has had, oldest first."""
        rows = self._storage.execute(
            "SELECT since, username, title FROM names WHERE channel_id = ? ORDER BY since", (channel_id,)
        )
        return [DatedName(*row) for row in rows]

    def saw(self, chats: Iterable[Any]) -> None:
        """Learn what known channels are called now, from an answer or update that names them."""
        for chat in chats:
            if chat.id in self._hashes:
                self.learn(chat)

    def learn(self, chat: types.TypeChat) -> None:
        """Remember how to reach a channel and what it is called."""
        if not isinstance(chat, types.Channel | types.ChannelForbidden) or getattr(chat, "min", None):
            return
        if chat.access_hash is not None:
            self._reach(chat.id, chat.access_hash)
        if isinstance(chat, types.Channel):
            usernames = usernames_of(chat)
            self._call(chat.id, usernames[0] if usernames else None, chat.title)
            self._answer_to(chat.id, {each.lower() for each in usernames})

    def all(self) -> Iterable[tuple[int, int]]:
        """Ids of all known channels, each with its access hash."""
        return self._hashes.items()

    def _reach(self, channel_id: int, access_hash: int) -> None:
        if self._hashes.get(channel_id) != access_hash:
            self._hashes[channel_id] = access_hash
            self._storage.execute("INSERT OR REPLACE INTO peers VALUES (?, ?)", (channel_id, access_hash))

    def _call(self, channel_id: int, username: str | None, title: str | None) -> None:
        """Record a name when it is another one."""
        before = self._names.get(channel_id)
        if before is not None and (before.username, before.title) == (username, title):
            return
        name = DatedName(self._now(), username, title)
        self._names[channel_id] = name
        self._storage.execute(
            "INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?)", (channel_id, name.since, username, title)
        )
        if before is not None:
            _log.info(
                "channel renamed", account=self._account, channel_id=channel_id, was=before.username, now=username
            )

    def _answer_to(self, channel_id: int, usernames: set[str]) -> None:
        """Record the public names of now; those given up still lead to the channel, until another one has them."""
        if self._usernames[channel_id] == usernames:
            return
        self._usernames[channel_id] = usernames
        self._storage.execute("UPDATE usernames SET is_current = 0 WHERE channel_id = ?", (channel_id,))
        for username in usernames:
            self._ids[username] = channel_id
            self._storage.execute("INSERT OR REPLACE INTO usernames VALUES (?, ?, 1)", (username, channel_id))

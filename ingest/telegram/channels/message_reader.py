"""Telegram's messages as entries: each with what is known of its channel and of those it names."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from telethon import utils
from telethon.tl import types

from ingest.live_reader import Entry
from ingest.telegram.channels.files import FileAccess, FileReceiver, files_of
from ingest.telegram.channels.peers import PeerCache
from ingest.telegram.messages.parser import convert
from ingest.telegram.net.client import Client

Named = Mapping[int, Any]
"""The chats and users that an answer or update brings, by Telethon's signed ids."""


def named(chats: Iterable[Any], users: Iterable[Any]) -> Named:
    """What an answer brings beside messages."""
    return {utils.get_peer_id(each): each for each in (*chats, *users)}


class MessageReader:
    """Converts the messages that one account reads."""

    def __init__(self, account: str, peers: PeerCache) -> None:
        self._account, self._peers = account, peers
        self._client: Client | None = None
        self._files: FileReceiver | None = None
        self._access: FileAccess | None = None

    def store_files(self, files: FileReceiver, access: FileAccess) -> None:
        """Offer the files of every message from now on."""
        self._files, self._access = files, access

    async def room(self) -> None:
        """Wait until there is room for more files: for whoever can wait."""
        if self._files is not None:
            await self._files.room()

    def use(self, client: Client) -> None:
        """Read over this client from now on."""
        self._client = client

    def entry(self, channel_id: int, message: types.TypeMessage, names: Named) -> Entry:
        """The message as an entry."""
        if self._client is not None and getattr(message, "fwd_from", None):
            self._client.name_origin(message, names)
        if self._files is not None and self._access is not None:
            for file in files_of(message, channel_id, self._access):
                self._files.offer(file)
        return convert(message, self._peers.channel(channel_id), self._account, datetime.now(UTC))

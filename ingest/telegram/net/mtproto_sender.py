"""Telethon's MTProto sender, with events of the connection that Telethon keeps to itself."""

import asyncio
from typing import Protocol

from telethon.crypto import AuthKey
from telethon.errors import SecurityError, TypeNotFoundError
from telethon.network.mtprotosender import MTProtoSender
from telethon.tl.core import TLMessage

KEY_TRIES = 3
"""Telethon drops a key's leading zero bytes: one key in 256 fails its check, and another has to be agreed."""


class SenderEvents(Protocol):
    """What a sender reports of its connection and of packets that it drops."""

    def unreadable(self) -> None:
        """A packet was dropped, and any update with it: it holds a type that this Telethon does not know, or failed
        its checks.
        """

    def forgotten(self) -> None:
        """Telegram lost what it knew of this connection: pushes may have been lost with it."""


class NonReconnectingSender(MTProtoSender):  # type: ignore[misc]  # Telethon is untyped
    """Telethon's sender with callbacks. It never reconnects: the account starts a new client, which knows the gap."""

    def __init__(self, auth_key: AuthKey | None, events: SenderEvents, **options: object) -> None:
        super().__init__(auth_key, auto_reconnect=False, retries=0, delay=0, **options)
        self._events = events
        self._has_begun = False
        self._decrypt = self._state.decrypt_message_data
        self._state.decrypt_message_data = self._decrypt_and_notify
        self.lost: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
        """Done when the connection has ended; holds the reason, when there is one."""

    async def _try_gen_auth_key(self, attempt: int) -> bool:
        for _ in range(KEY_TRIES):
            if await super()._try_gen_auth_key(attempt):
                return True
        return False

    async def _disconnect(self, error: BaseException | None = None) -> None:
        try:
            await super()._disconnect(error)
        finally:
            if self._disconnected.done() and not self._disconnected.cancelled():
                self._disconnected.exception()  # asyncio logs those that nobody has looked at
            if not self.lost.done():
                self.lost.set_result(error)

    def _decrypt_and_notify(self, body: bytes) -> TLMessage | None:
        """The receive loop drops packets that cannot be read, or seem to be of another time, without a word."""
        try:
            message: TLMessage | None = self._decrypt(body)
        except (TypeNotFoundError, SecurityError):
            self._events.unreadable()
            raise
        if message is None:
            self._events.unreadable()
        return message

    def _keepalive_ping(self, rnd_id: int) -> None:
        """Nothing: the account pings by itself, with a deadline."""

    async def _handle_new_session_created(self, message: TLMessage) -> None:
        await super()._handle_new_session_created(message)
        if self._has_begun:
            self._events.forgotten()
        self._has_begun = True

    async def _handle_gzip_packed(self, message: TLMessage) -> None:
        try:
            await super()._handle_gzip_packed(message)
        except TypeNotFoundError:
            self._events.unreadable()
            raise

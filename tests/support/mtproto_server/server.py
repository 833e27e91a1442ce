"""A Telegram data centre on loopback, for tests: a real Telethon client talks to it over real sockets.

async with DataCentre() as centre:
    reader = centre.world.add_account()
    news = centre.world.add_channel("News", "example_news", members=[reader])
    client = centre.client(reader)
    await client.connect()
    news.post("hello")
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from types import TracebackType
from typing import Any, Self

from telethon import TelegramClient
from telethon.crypto import AuthKey
from telethon.crypto import rsa as telegram_rsa
from telethon.sessions import MemorySession, StringSession
from telethon.tl import types

from tests.support.mtproto_server.accounts import Account, Authorization
from tests.support.mtproto_server.calls import Calls
from tests.support.mtproto_server.connection import Connection
from tests.support.mtproto_server.delivery import Delivery, PushedUpdate
from tests.support.mtproto_server.errors import RefusedError
from tests.support.mtproto_server.faults import CallFaults
from tests.support.mtproto_server.files import DC
from tests.support.mtproto_server.handshake import public_key
from tests.support.mtproto_server.methods import METHODS
from tests.support.mtproto_server.serialized import UNKNOWN
from tests.support.mtproto_server.world import World

HOST = "127.0.0.1"
API_ID, API_HASH = 17349, "0123456789abcdef0123456789abcdef"
RETRY_S = 0.05


class DataCentre:
    """The server. Keys, and all that is in its `world`, outlive `stop` and `start`, which keep the port."""

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int = 0,
        gzip_over: int = 512,
        difference_limit: int = 100,
        too_long: int = 1000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.port = port
        self.gzip_over = gzip_over
        """Bytes of an answer above which it is packed."""
        self.difference_limit, self.too_long = difference_limit, too_long
        """Events in one answer of ``updates.getChannelDifference``, and above which it gives up."""
        self.api_id = API_ID
        self.salt = 0x5A17
        self.clock_skew_s = 0.0
        """How far this server's clock is ahead of its clients'."""
        self.errors: list[BaseException] = []
        """This server's own bugs, and methods that it lacks: tests assert that there are none."""
        self._clock, self._random = clock, Random(seed)
        self.delivery = Delivery(self._send)
        self.world = World(self.delivery, self.clock)
        self.faults = CallFaults()
        self.calls = Calls(self, METHODS)
        self.authorizations: dict[int, Authorization] = {}
        self.connections: dict[Connection, asyncio.Task[None] | None] = {}
        self._listener: asyncio.Server | None = None
        telegram_rsa.add_key(public_key(), old=False)

    def clock(self) -> float:
        """Seconds since 1970, as this server believes."""
        return self._clock() + self.clock_skew_s

    # -- life

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the port of last time if there was one."""
        self._listener = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Break every connection and listen no more."""
        if self._listener is not None:
            self._listener.close()
            serving = [task for task in self.connections.values() if task]
            self.drop_connections()
            await asyncio.gather(*serving)
            await self._listener.wait_closed()
            self._listener = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self, reader, writer)
        self.connections[connection] = asyncio.current_task()
        try:
            await connection.serve()
        finally:
            del self.connections[connection]

    # -- for clients

    def client(self, account: Account | None = None, session: Any = None, **options: Any) -> Any:
        """A `TelegramClient` of this server, not yet connected: logged in as the account, or with no key at all."""
        session = MemorySession() if session is None else session
        self.point(session)
        if account is not None:
            session.auth_key = self.authorize(account).key
        return TelegramClient(session, self.api_id, API_HASH, **{"retry_delay": RETRY_S, **options})

    @asynccontextmanager
    async def connected(self, account: Account | None = None, **options: Any) -> AsyncIterator[Any]:
        """The same, connected, and disconnected in the end."""
        client = self.client(account, **options)
        await client.connect()
        try:
            yield client
        finally:
            await client.disconnect()

    def session_string(self, account: Account) -> str:
        """Of a new session of the account's."""
        session = StringSession()
        self.point(session)
        session.auth_key = self.authorize(account).key
        saved: str = session.save()
        return saved

    def point(self, session: Any) -> None:
        """Make a session's client connect to this server."""
        session.set_dc(DC, HOST, self.port)

    def authorize(self, account: Account) -> Authorization:
        """A session of the account's without a handshake. Keys follow from the server's seed and their order."""
        authorization = Authorization(AuthKey(self._random.randbytes(256)), account)
        self.authorizations[authorization.key.key_id] = authorization
        return authorization

    def register(self, key: AuthKey) -> None:
        """Know a key that a handshake made."""
        self.authorizations[key.key_id] = Authorization(key)

    # -- to disturb them

    def drop_connections(self, account: Account | None = None) -> None:
        """Break the connections of an account, or all."""
        for connection in list(self.connections):
            if account is None or connection.account is account:
                connection.abort()

    def renew_salt(self) -> None:
        """Refuse the old salt from now on."""
        self.salt += 1

    def forget_keys(self, account: Account) -> None:
        """Know nothing of the account's keys: clients get the transport's error 404."""
        for key_id in [each.key.key_id for each in self._sessions(account)]:
            del self.authorizations[key_id]

    def revoke(self, account: Account, name: str = "SESSION_REVOKED", code: int = 401) -> None:
        """Answer every call of the account's sessions with an error such as ``AUTH_KEY_UNREGISTERED``."""
        for each in self._sessions(account):
            each.refusal = RefusedError(code, name)

    def duplicate_keys(self, account: Account) -> None:
        """Do what Telegram does when two places use one key at a time: end the sessions."""
        self.revoke(account, "AUTH_KEY_DUPLICATED", 406)

    def _sessions(self, account: Account) -> list[Authorization]:
        return [each for each in self.authorizations.values() if each.account is account]

    # -- pushes

    def _send(self, pushed: PushedUpdate) -> None:
        wrapped: dict[int, bytes] = {}
        recipients = set(pushed.recipients)
        for connection in list(self.connections):
            account = connection.account
            if account is None or not connection.wants_updates or account not in recipients:
                continue
            if account.id not in wrapped:
                wrapped[account.id] = self._wrap(pushed, account)
            if pushed.is_unreadable:
                connection.push_alone(wrapped[account.id])
            else:
                connection.push(wrapped[account.id])

    def _wrap(self, pushed: PushedUpdate, account: Account) -> bytes:
        body: bytes = types.Updates(
            updates=[UNKNOWN, pushed.update] if pushed.is_unreadable else [pushed.update],
            users=self.world.people(account, pushed.users),
            chats=self.world.chats(account, pushed.channels),
            date=self.world.now(),
            seq=0,
        )._bytes()
        return body

"""One account's life: connected as long as possible, with a report when it is not."""

import asyncio
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from telethon.tl import types

from ingest.errors import AccountError, FileUnavailableError, ReaderBusyError, ReaderLostError
from ingest.live_reader import RequestPriority, UpdateListener
from ingest.telegram.channels.files import FileAccess, FileOffers, FileReceiver, TelegramFile, files_of
from ingest.telegram.channels.peers import PeerCache
from ingest.telegram.channels.reader import TelegramReader
from ingest.telegram.channels.resolver import Resolution, ResolvedChannel, Resolver, Subscription
from ingest.telegram.channels.takeout import TakeoutBackfill, TakeoutRequests
from ingest.telegram.channels.update_handler import UpdateHandler
from ingest.telegram.connection import Connection
from ingest.telegram.messages.parser import MessageParser
from ingest.telegram.net.account_store import AccountStore
from ingest.telegram.net.client import AccountClient
from ingest.telegram.net.flood_waits import FloodWaits
from ingest.telegram.net.metrics import TelegramMetrics
from ingest.telegram.net.requests import AccountRequests
from ingest.telegram.net.session import SessionLock
from ingest.telegram.net.session_path import session_path
from runtime.back_off import BackOff
from runtime.errors import TgwireError
from runtime.outage import Outage
from runtime.settings.channel_list import ChannelEntry
from runtime.settings.telegram import AccountSettings, TelegramSettings
from schemas import Channel, post_key

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 60.0
"""First and longest pause in seconds between two connections; doubled each time, until one has lasted STEADY_S."""
STEADY_S = 30.0
ACCOUNT_PAUSE_S, LONGEST_ACCOUNT_PAUSE_S = 30.0, 600.0
"""First and longest pause between two tries to connect while an operator has to act; the session is left to others
meanwhile, to ``tgwire login`` above all.
"""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """What an operator sees of an account."""

    name: str
    is_connected: bool
    since: float
    """Unix time of the last change of ``is_connected``."""
    reconnects: int
    floods: Mapping[str, float]
    """Methods that must rest, and the Unix time until which."""
    watched: int
    """Channels whose updates are passed on."""
    error: str | None
    """Why the account is not connected; None when it is."""


class Account:
    """An account of Telegram, from its session to readers and updates. ``run`` it, or enter it for a few requests."""

    def __init__(
        self,
        settings: TelegramSettings,
        account: AccountSettings,
        state_dir: Path,
        metrics: TelegramMetrics,
        listener: UpdateListener,
    ) -> None:
        """Raises StateError when the folder cannot be used."""
        self._settings, self._account, self._metrics = settings, account, metrics
        self._path = session_path(account, state_dir)
        self._storage = AccountStore(state_dir / "telegram" / f"{account.name}.sqlite3")
        self._floods = FloodWaits(account.name, self._storage, metrics)
        self._peers = PeerCache(account.name, self._storage)
        self._messages = MessageParser(account.name, self._peers.channel)
        self._requests = AccountRequests(account.name, self._floods, settings.requests_per_s)
        self._resolver = Resolver(account.name, self._requests, self._peers)
        self._updates = UpdateHandler(account.name, self._peers, self._messages, metrics, listener)
        self._reader = TelegramReader(account.name, self._requests, self._peers, self._messages, self._resolver.renew)
        self._lock: SessionLock | None = None
        self._client: AccountClient | None = None
        self._running: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._settled = asyncio.Event()
        self._outage = Outage()
        self._connections, self._since = 0, time.time()
        self.error: TgwireError | None = None
        """Why it is not connected; AccountError when an operator must act."""
        metrics.connected.labels(account.name).set(0)

    @property
    def name(self) -> str:
        """Name of the account in the settings."""
        return self._account.name

    @property
    def reader(self) -> TelegramReader:
        """The ``LiveReader`` of the channels that the account has resolved."""
        return self._reader

    def takeout_reader(self) -> TakeoutBackfill:
        """The reader of the account, with backfills in a takeout session."""
        requests = TakeoutRequests(self._requests)
        takeout = TelegramReader(self.name, requests, self._peers, self._messages, self._resolver.renew)
        return TakeoutBackfill(self._reader, takeout)

    async def finish_takeout(self) -> None:
        """Report the completed export to Telegram; without a takeout session nothing happens."""
        await TakeoutRequests(self._requests).finish()

    def store_files(self, files: FileReceiver) -> None:
        """Offer the files of all posts that are read from now on."""
        self._messages.files = FileOffers(files, self._file_access())

    async def file(self, channel_id: int, message_id: int, media_id: str) -> TelegramFile:
        """A file by the message that carries it; raises FileUnavailableError when it does not (any more)."""
        message = await self._message(channel_id, message_id)
        for file in files_of(message, channel_id, self._file_access()):
            if file.media.id == media_id:
                return file
        raise FileUnavailableError(
            f"{post_key(channel_id, message_id)}: the message is gone, or holds another file now."
        )

    def _file_access(self) -> FileAccess:
        return FileAccess(
            client=lambda: self._requests.client,
            message=self._message,
            timeout_s=self._settings.request_timeout_s,
            account=self.name,
        )

    async def _message(self, channel_id: int, message_id: int) -> types.TypeMessage:
        return await self._reader.message(channel_id, message_id, RequestPriority.BACKFILL)

    @property
    def is_connected(self) -> bool:
        """Whether requests can be sent through the account; safe to ask on any thread."""
        return self._client is not None

    def status(self) -> AccountStatus:
        """A snapshot of the account's state."""
        return AccountStatus(
            name=self.name,
            is_connected=self.is_connected,
            since=self._since,
            reconnects=max(0, self._connections - 1),
            floods=self._floods.active(),
            watched=len(self._updates.watched),
            error=None if self.error is None else str(self.error),
        )

    # -- channels

    def watch(self, channel_ids: Collection[int]) -> None:
        """Hint at the news of these channels, and of no others."""
        self._updates.watch(channel_ids)

    def channel(self, channel_id: int) -> Channel:
        """A known channel, with its latest username and title."""
        return self._peers.channel(channel_id)

    def former_names(self, channel_id: int) -> tuple[str, ...]:
        """Public names that a channel has given up, as far as they were seen; oldest first."""
        names = (f"@{name.username}" for name in self._peers.history(channel_id) if name.username)
        now = self._peers.channel(channel_id).username
        return tuple(dict.fromkeys(name for name in names if name != f"@{now}"))

    def known(self, entry: ChannelEntry) -> Channel | None:
        """The channel that an entry means, when it was looked up before: nothing is asked."""
        return self._resolver.known(entry)

    async def resolve(self, entry: ChannelEntry) -> ResolvedChannel:
        """The channel that an entry means; Telegram is asked only for one that is not known yet.

        Raises ChannelUnavailableError and what a reader raises.
        """
        found = await self._resolver.resolve(entry)
        self._let_telethon_know(found.channel.id)
        return found

    async def linked(self, channel_id: int) -> Channel | None:
        """The discussion group of a channel, which can be read from then on; None when it has none."""
        group = await self._resolver.linked(channel_id)
        if group is not None:
            self._let_telethon_know(group.id)
        return group

    async def verify(self, entry: ChannelEntry) -> Resolution:
        """Whether an entry can be collected; raises only what concerns the account."""
        return await self._resolver.verify(entry)

    async def subscriptions(self) -> list[Subscription]:
        """The channels and supergroups that the account is a member of; raises what a reader raises."""
        return await self._resolver.subscriptions()

    async def join(self, channel_id: int) -> None:
        """Become a member of a channel that was resolved."""
        await self._resolver.join(channel_id)

    def _let_telethon_know(self, channel_id: int) -> None:
        access_hash = self._peers.access_hash(channel_id)
        if self._client is not None and access_hash is not None:
            self._client.know_channel(channel_id, access_hash)

    # -- life

    async def run(self) -> None:
        """Stay connected until `stop`. Errors are kept in ``error``, and tried to get over."""
        lost = BackOff(FIRST_PAUSE_S, LONGEST_PAUSE_S)
        refused = BackOff(ACCOUNT_PAUSE_S, LONGEST_ACCOUNT_PAUSE_S)
        try:
            while not self._stopping.is_set():
                began, pause_s = time.monotonic(), 0.0
                try:
                    await self._connect_and_serve()
                except AccountError as error:
                    self._failed(error)
                    self._release()
                    pause_s = refused.next_s()
                except ReaderBusyError as error:
                    self._failed(error)
                    pause_s = lost.next_s(error.wait_s)
                except ReaderLostError as error:
                    self._failed(error)
                    if time.monotonic() - began > STEADY_S:
                        lost.reset()
                        refused.reset()
                    pause_s = lost.next_s()
                await self._pause(pause_s)
        finally:
            self._release()
            self._storage.close()
            self._settled.set()

    def stop_updates(self) -> None:
        """Push no more hints. What happens from now on is reported after the next start."""
        if self._client is not None:
            self._client.stop_updates()

    async def first_try(self) -> None:
        """Wait until `run` has connected for the first time, or failed to; ``error`` has the reason."""
        await self._settled.wait()

    def stop(self) -> None:
        """Let `run` come to its end."""
        self._stopping.set()

    async def __aenter__(self) -> Self:
        """Connect; raises AccountError or ReaderLostError when that fails at the first try."""
        self._running = asyncio.create_task(self.run())
        await self._settled.wait()
        if self._client is None:
            await self.__aexit__(None, None, None)
            raise self.error or ReaderLostError(f"account {self.name}: stopped")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        if self._running is not None:
            await self._running

    async def _connect_and_serve(self) -> None:
        """One connection, from its beginning to its end."""
        if self._lock is None:
            self._lock = SessionLock(self._path)
        connection = Connection(self._settings, self._account, self._path, self._floods, self._metrics, self._updates)
        try:
            self._messages.client = connection.client
            if await self._open(connection):
                self._up(connection.client)
                await connection.watch_over(self._stopping)
            self._down(ReaderLostError(f"account {self.name}: stopped"))
        except TgwireError as error:
            self._down(error)  # before the disconnecting, which can take its time
            raise
        finally:
            await connection.close()

    async def _open(self, connection: Connection) -> bool:
        """Connect; False when it is stopped before, which must not wait for a network that is away."""
        opening = asyncio.create_task(connection.open(self._peers.all()))
        stop = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({opening, stop}, return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                opening.result()
            return opening.done()
        finally:
            for task in (opening, stop):
                task.cancel()
            await asyncio.wait({opening, stop})

    def _up(self, client: AccountClient) -> None:
        self._client, self.error, self._since = client, None, time.time()
        self._connections += 1
        self._requests.open(client)
        self._metrics.connected.labels(self.name).set(1)
        if self._connections > 1:
            self._metrics.reconnects.labels(self.name).inc()
        if (notice := self._outage.answered(time.monotonic())) is not None:
            _log.warning("account connected again", account=self.name, away_s=notice.length_s)
        else:
            _log.info("account connected", account=self.name)
        self._settled.set()
        self._updates.missed(None)  # what was pushed while it was away is not pushed again

    def _down(self, error: TgwireError) -> None:
        if self._client is not None:
            self._client, self._since = None, time.time()
            self._metrics.connected.labels(self.name).set(0)
        self.error = error
        self._requests.close(error)

    def _failed(self, error: TgwireError) -> None:
        notice = self._outage.failed(time.monotonic())
        if isinstance(error, AccountError) or (notice is not None and notice.phase == "begins"):
            _log.warning("account not connected", account=self.name, error=str(error))
        elif notice is not None:
            _log.warning("account still not connected", account=self.name, error=str(error), away_s=notice.length_s)
        self._down(error)
        self._settled.set()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

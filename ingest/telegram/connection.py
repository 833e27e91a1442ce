"""One connection of a signed-in account, from its beginning to its end."""

import asyncio
import random
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import structlog
from telethon import events
from telethon.tl import functions, types

from ingest.errors import AccountError, ReaderLostError
from ingest.telegram.channels.update_handler import UpdateHandler
from ingest.telegram.net.client import AccountClient
from ingest.telegram.net.flood_waits import FloodWaits
from ingest.telegram.net.metrics import TelegramMetrics
from ingest.telegram.net.rpc_errors import CAUGHT, account_error, code_of, translate
from ingest.telegram.net.session import FileSession
from runtime.errors import TgwireError
from runtime.settings.telegram import AccountSettings, TelegramSettings

CATCH_UP_S = 900.0
"""Seconds without a push after which Telegram is asked what happened."""
CLOSE_S = 5.0

_log = structlog.stdlib.get_logger(__name__)


class Connection:
    """A client and its session file. A connection that only seems to be there is found out."""

    def __init__(
        self,
        settings: TelegramSettings,
        account: AccountSettings,
        path: Path,
        floods: FloodWaits,
        metrics: TelegramMetrics,
        updates: UpdateHandler,
    ) -> None:
        """Raises AccountError when nobody is signed in, or the settings cannot work."""
        self._name, self._timeout_s, self._updates = account.name, settings.request_timeout_s, updates
        self._refusal: AccountError | None = None
        if not path.exists():
            raise self._signed_out()
        self._session = FileSession(path, may_lag=True)
        try:
            if not self._session.has_key:
                raise self._signed_out()
            self.client = AccountClient(settings, account, self._session, floods, metrics, self)
        except BaseException:
            self._session.close()
            raise

    async def open(self, peers: Iterable[tuple[int, int]]) -> None:
        """Connect, see who is signed in, take updates. ``peers`` are channels and their access hashes.

        Raises AccountError, ReaderLostError.
        """
        self.client.add_event_handler(self._updates.handle, events.Raw)
        for channel_id, access_hash in peers:
            self.client.know_channel(channel_id, access_hash)
        try:
            async with asyncio.timeout(2 * self._timeout_s):
                await self.client.connect()
                (me,) = await self.client(functions.users.GetUsersRequest([types.InputUserSelf()]))
        except Exception as error:  # noqa: BLE001  # Telethon, SQLite and proxies each raise their own
            if self._refusal is not None:
                raise self._refusal from None
            raise translate(self._name, "connecting", None, self._end_of_client() or error) from None
        if me.bot:
            raise AccountError(
                f"account {self._name}: the session of a bot, which may not read history. "
                "Sign in with a phone number: tgwire login.",
                "settings",
            )
        self.client.know_self(me)

    async def watch_over(self, stopping: asyncio.Event) -> None:
        """Serve the connection until ``stopping``; raises AccountError or ReaderLostError when it ends before."""
        caught_up = time.monotonic()
        stop = asyncio.create_task(stopping.wait())
        ends: set[asyncio.Future[Any]] = {self.client.lost, stop}
        try:
            while not stopping.is_set():
                await asyncio.wait(ends, timeout=self._timeout_s, return_when=asyncio.FIRST_COMPLETED)
                if self.client.lost.done():
                    raise self._loss(self._end_of_client())
                if time.monotonic() - caught_up > CATCH_UP_S:
                    caught_up = time.monotonic()
                    self.client.ask_for_difference()
                if not stopping.is_set():
                    await self._ping()
        finally:
            stop.cancel()

    async def close(self) -> None:
        """Save how far updates were handled, and disconnect."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.client.disconnect()
        except TimeoutError:
            _log.warning("connection did not close in time", account=self._name)
        finally:
            self._session.close()

    async def _ping(self) -> None:
        try:
            await self.client(functions.PingRequest(random.getrandbits(63)))
        except CAUGHT as error:
            raise self._loss(self._end_of_client() or error) from None

    def _end_of_client(self) -> BaseException | None:
        """Why the connection has ended, where that is known."""
        lost = self.client.lost
        return self.client.updates_error or (lost.result() if lost.done() else None)

    def _loss(self, reason: BaseException | None) -> TgwireError:
        if self._refusal is not None:
            return self._refusal
        known = None if reason is None else account_error(self._name, reason)
        why = "" if reason is None else f" ({code_of(reason)})"
        return known or ReaderLostError(f"account {self._name}: the connection ended{why}")

    def _signed_out(self) -> AccountError:
        return AccountError(f"account {self._name}: not signed in. Sign in: tgwire login.", "signed_out")

    # -- events of the client: ClientEvents

    def missed(self, channel_id: int | None) -> None:
        """Updates of a channel (None: of any) are lost."""
        self._updates.missed(channel_id)

    def held(self, update: types.TypeUpdate) -> None:
        """An update was pushed that cannot be put in order now."""
        self._updates.take(update)

    def unreadable(self) -> None:
        """A packet with a new message or update was dropped, since Telethon cannot read it."""
        self._updates.unreadable()

    def forgotten(self) -> None:
        """Telegram lost what it knew of the connection."""
        self._updates.missed(None)
        self.client.ask_for_difference()

    def refused(self, error: AccountError) -> None:
        """Telegram refuses the account: there is no use in going on."""
        self._refusal = error
        self.client.end()

"""Telethon's client as an account uses it: every request bounded in time and counted, no retries, no sleeps."""

import asyncio
import logging
import math
import sqlite3
from typing import Protocol

import structlog
from telethon import TelegramClient, utils
from telethon._updates import Entity, EntityType
from telethon.crypto import rsa
from telethon.errors import (
    ChannelInvalidError,
    FloodError,
    FloodWaitError,
    NetworkMigrateError,
    PhoneMigrateError,
    RPCError,
    TimedOutError,
    TypeNotFoundError,
    UserMigrateError,
)
from telethon.network import MTProtoSender
from telethon.tl import TLObject, TLRequest, functions, types

from ingest.errors import AccountError
from ingest.telegram.net.flood_waits import UNNAMED_WAIT_S, FloodWaits
from ingest.telegram.net.message_box import MessageBox
from ingest.telegram.net.method_names import label_of, name_of
from ingest.telegram.net.metrics import MethodOutcome, TelegramMetrics
from ingest.telegram.net.mtproto_sender import NonReconnectingSender, SenderEvents
from ingest.telegram.net.proxy import proxy_arguments
from ingest.telegram.net.rpc_errors import CAUGHT, account_error
from ingest.telegram.net.session import FileSession
from runtime.settings.telegram import AccountSettings, TelegramSettings
from schemas.regular_files import read_regular

DIFFERENCE_TIMEOUT_S = 10.0
"""All updates of the account wait while Telethon asks for a difference."""
MAX_ENTITIES = 20_000
"""Access hashes that Telethon keeps in memory: those met in updates, some 100 bytes each."""

# Its messages hold whole requests and updates: phone numbers, texts of posts.
logging.getLogger("telethon").setLevel(logging.CRITICAL + 1)

_log = structlog.stdlib.get_logger(__name__)

_DIFFERENCES = (functions.updates.GetDifferenceRequest, functions.updates.GetChannelDifferenceRequest)


class MovedError(ConnectionError):
    """The account lives in another data centre; the session knows it, and the next client goes there."""


class ClientEvents(SenderEvents, Protocol):
    """Who has to know what the client meets."""

    def missed(self, channel_id: int | None) -> None:
        """Updates of a channel (None: of any) are lost."""

    def held(self, update: types.TypeUpdate) -> None:
        """An update was pushed that cannot be put in order now, since those before it cannot be had."""

    def refused(self, error: AccountError) -> None:
        """Telegram refuses the account, not only the request."""


class AccountClient(TelegramClient):  # type: ignore[misc]  # Telethon is untyped
    """One connection's client: when the connection ends, it is of no more use."""

    def __init__(
        self,
        settings: TelegramSettings,
        account: AccountSettings,
        session: FileSession,
        floods: FloodWaits,
        metrics: TelegramMetrics,
        events: ClientEvents,
        *,
        updates: bool = True,
    ) -> None:
        """``updates`` False: for a few requests only. Raises AccountError when the settings cannot work."""
        api_id, api_hash = _application(settings)
        _use_own_server(settings, session)
        super().__init__(
            session,
            api_id,
            api_hash,
            # With the other kind of address Telethon would turn to Telegram's own servers.
            use_ipv6=":" in (session.server_address or ""),
            proxy=proxy_arguments(account.name, account.proxy),
            timeout=settings.request_timeout_s,
            sequential_updates=True,
            device_model=account.device_model,
            system_version=account.system_version,
            app_version=account.app_version,
            lang_code=account.lang_code,
            system_lang_code=account.lang_code,
            catch_up=updates,
            receive_updates=updates,
            entity_cache_limit=MAX_ENTITIES,
        )
        self._name, self._timeout_s = account.name, settings.request_timeout_s
        self._floods, self._metrics, self._client_events = floods, metrics, events
        self._message_box = MessageBox(self._log["messagebox"], events.missed, events.held)
        self._sender = NonReconnectingSender(
            session.auth_key,
            events,
            loggers=self._log,
            connect_timeout=settings.request_timeout_s,
            auth_key_callback=self._auth_key_callback,
            updates_queue=self._updates_queue,
        )

    def __repr__(self) -> str:
        return f"AccountClient({self._name!r})"

    @property
    def lost(self) -> asyncio.Future[BaseException | None]:
        """Done when the connection has ended; holds the reason, when there is one."""
        lost: asyncio.Future[BaseException | None] = self._sender.lost
        return lost

    @property
    def updates_error(self) -> BaseException | None:
        """Why Telethon stopped handling updates, when it did."""
        error: BaseException | None = self._updates_error
        return error

    def end(self) -> None:
        """End the connection from outside of a task that may wait for it."""
        if not self.lost.done():
            self.lost.set_result(None)

    def stop_updates(self) -> None:
        """Handle no more updates: what comes from now on is fetched again by the next client."""
        if self._updates_handle is not None:
            self._updates_handle.cancel()

    def ask_for_difference(self) -> None:
        """Let Telethon ask what happened, in chats of which nothing was pushed."""
        self._updates_queue.put_nowait(types.UpdatesTooLong())

    def know_self(self, user: types.User) -> None:
        """Spare Telethon asking who it is before the first update."""
        self._mb_entity_cache.set_self_user(user.id, user.bot, user.access_hash)

    def know_channel(self, channel_id: int, access_hash: int) -> None:
        """Let Telethon ask for the channel's differences: without the hash it skips gaps in silence."""
        self._mb_entity_cache.put(Entity(EntityType.CHANNEL, channel_id, access_hash))

    async def _save_states_and_entities(self) -> None:
        """Note how far updates were handled. Telethon calls it in tasks that must not end when the file takes nothing
        for a while.
        """
        try:
            await super()._save_states_and_entities()
        except sqlite3.Error as error:
            _log.warning(
                "session not saved: what was pushed last is fetched again", account=self._name, problem=str(error)
            )

    async def _call(
        self,
        sender: MTProtoSender,
        request: TLRequest,
        ordered: bool = False,  # Telethon's signature
        flood_sleep_threshold: float | None = None,
    ) -> TLObject:
        """Send one request, Telethon's own included; raises Telethon's errors, TimeoutError, ConnectionError.

        Without Telethon's retries, which sleep: whoever asks knows better when to ask again.
        """
        method = name_of(request)
        if wait_s := self._floods.wait_s(method):
            error: Exception = FloodWaitError(request=request, capture=math.ceil(wait_s))
            return await self._after_failure(request, error)
        try:
            result = await self._answer(sender, request)
        except CAUGHT as failure:
            if refusal := account_error(self._name, failure):
                self._client_events.refused(refusal)
            elif isinstance(failure, FloodError):
                self._floods.hit(method, getattr(failure, "seconds", UNNAMED_WAIT_S))
            self._count(method, _outcome(failure))
            error = failure
        else:
            self._count(method, "ok")
            return result
        return await self._after_failure(request, error)

    async def _answer(self, sender: MTProtoSender, request: TLRequest) -> TLObject:
        timeout_s = self._timeout_s
        if isinstance(request, _DIFFERENCES):
            timeout_s = min(timeout_s, DIFFERENCE_TIMEOUT_S)
        call = asyncio.ensure_future(self._send(sender, request))
        try:
            # Telethon never settles a request that was queued while the connection ended.
            await asyncio.wait({call, self.lost}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if call.cancelled() or (not call.done() and self.lost.done()):
                raise ConnectionError("the connection ended")
            if not call.done():
                raise TimeoutError(f"no answer within {timeout_s:g} s")
            return call.result()
        finally:
            call.cancel()

    async def _send(self, sender: MTProtoSender, request: TLRequest) -> TLObject:
        await request.resolve(self, utils)
        if self._no_updates:
            request = functions.InvokeWithoutUpdatesRequest(request)
        answer = sender.send(request)
        try:
            return await answer
        except (PhoneMigrateError, NetworkMigrateError, UserMigrateError) as error:
            dc = await self._get_dc(error.new_dc)
            self.session.set_dc(dc.id, dc.ip_address, dc.port)
            self.session.auth_key = None  # of the old one
            self.session.save()
            self.end()
            raise MovedError(f"the account lives in data centre {dc.id}") from None
        except CAUGHT:
            raise
        except Exception as error:  # noqa: BLE001 - Telethon breaks requests off with whatever ended the connection
            # That the other side closed it in order, or a packet whose sum is wrong: neither is an OSError.
            raise ConnectionError(f"no whole answer came ({type(error).__name__})") from None

    def _count(self, method: str, outcome: MethodOutcome) -> None:
        self._metrics.requests.labels(self._name, label_of(method), outcome).inc()

    async def _after_failure(self, request: TLRequest, error: Exception) -> TLObject:
        """Raise the error, in a form that keeps Telethon's update loop going when it was the loop that asked."""
        if not isinstance(request, _DIFFERENCES):
            raise error
        if isinstance(error, TypeNotFoundError):
            self._client_events.unreadable()
            if isinstance(request, functions.updates.GetChannelDifferenceRequest):
                # Telethon then forgets the channel's state, and takes it from the next update.
                raise ChannelInvalidError(request=request)
            # Ask from now on, or the same bytes would come for ever.
            state = await self._answer(self._sender, functions.updates.GetStateRequest())
            return types.updates.DifferenceTooLong(state.pts)
        if isinstance(error, TimeoutError):
            raise TimedOutError(request=request, message="Timeout")  # an OSError would stop updates for 5 s
        raise error


def _application(settings: TelegramSettings) -> tuple[int, str]:
    if settings.api_id is None or settings.api_hash is None or not settings.api_hash.get_secret_value():
        raise AccountError(
            "telegram.api_id and telegram.api_hash are not set. Create an application at https://my.telegram.org "
            "(API development tools), and set both.",
            "wrong_api_id",
        )
    return settings.api_id, settings.api_hash.get_secret_value()


def _use_own_server(settings: TelegramSettings, session: FileSession) -> None:
    if settings.server is None:
        return
    host, _, port = settings.server.rpartition(":")
    if not host or not port.isdigit():
        raise AccountError(f"telegram.server {settings.server!r} is not host:port.", "settings")
    if settings.server_key is not None:
        try:
            rsa.add_key(read_regular(settings.server_key), old=False)
        except (OSError, ValueError) as error:
            raise AccountError(
                f"telegram.server_key {settings.server_key}: not a readable PEM file of an RSA public key.", "settings"
            ) from error
    session.set_dc(session.dc_id or 2, host.strip("[]"), int(port))


def _outcome(error: Exception) -> MethodOutcome:
    if isinstance(error, FloodError):
        return "flood"
    if isinstance(error, TypeNotFoundError):
        return "unreadable"
    return "refused" if isinstance(error, RPCError) and (error.code or 500) < 500 else "lost"

"""From the entries of a channel list to channels that can be read: looked up once, then known by id."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog
from telethon.tl import TLObject, TLRequest, functions, types

from ingest.errors import AccountError, ChannelUnavailableError
from ingest.live_reader import RequestPriority
from ingest.telegram.channels.dialogs import Dialogs
from ingest.telegram.channels.peers import PeerCache
from ingest.telegram.net.requests import AccountRequests
from runtime.errors import TransientError
from runtime.settings.channel_list import ChannelEntry
from schemas import Channel

RENEW_EVERY_S = 3600.0
"""A channel that is gone must not cost a look-up at every sweep: those are the dearest of all requests."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ResolvedChannel:
    """A channel as an account sees it. What only Telegram knows is None when it did not have to be asked."""

    channel: Channel
    was: str | None
    """The name that was requested, when the channel has another one by now."""
    is_member: bool | None = None
    """Without membership Telegram pushes nothing: the channel is only swept."""
    is_group: bool | None = None
    is_restricted: bool | None = None
    """Telegram hides it on some platforms, perhaps on this one."""


VerifyState = Literal["ok", "not_a_member", "renamed", "private", "banned", "migrated", "unknown", "invalid"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Problem with an entry of the list of channels."""

    state: VerifyState
    message: str
    """Problem in words, with what to do about it."""
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A channel that an account is a member of."""

    channel: Channel
    is_group: bool
    """Whether members write in it, too."""


class Resolver:
    """Looks channels up through one account."""

    def __init__(self, account: str, requests: AccountRequests, peers: PeerCache) -> None:
        self._account, self._requests, self._peers = account, requests, peers
        self._dialogs = Dialogs()
        self._renewed: dict[int, float] = {}

    def known(self, entry: ChannelEntry) -> Channel | None:
        """The channel that an entry means, when it was looked up before: nothing is asked."""
        channel_id = self._known(entry)
        return None if channel_id is None else self._peers.channel(channel_id)

    async def resolve(self, entry: ChannelEntry, priority: RequestPriority = RequestPriority.SWEEP) -> ResolvedChannel:
        """The channel that an entry means; asks Telegram only for one that is not known yet.

        A name that was seen before leads to the channel that had it, even if it is called otherwise by now. Raises
        ChannelUnavailableError and what `AccountRequests.send` raises.
        """
        channel_id = self._known(entry)
        if channel_id is None:
            return await self.look_up(entry, priority)
        return ResolvedChannel(self._peers.channel(channel_id), self._former(entry, channel_id))

    async def look_up(self, entry: ChannelEntry, priority: RequestPriority = RequestPriority.SWEEP) -> ResolvedChannel:
        """The channel that an entry means, as Telegram has it now: asks also for one that is known. Raises as
        ``resolve``.
        """
        channel_id, name = self._known(entry), entry.name.removeprefix("@")
        is_name = entry.name.startswith("@")
        if channel_id is None:
            chat = await (self._by_name(name, priority) if is_name else self._by_id(int(name), priority))
            return self._described(chat, entry)
        try:
            chat = await self._again(channel_id, priority)
        except ChannelUnavailableError as error:
            if error.state != "invalid":
                raise
            await self.renew(channel_id, priority)
            chat = await self._again(channel_id, priority)
        return self._described(chat, entry)

    def _former(self, entry: ChannelEntry, channel_id: int) -> str | None:
        """The name of the entry, when the channel has given it up."""
        name = entry.name.removeprefix("@")
        return None if name == entry.name or self._peers.is_called(channel_id, name) else name

    def _known(self, entry: ChannelEntry) -> int | None:
        name = entry.name.removeprefix("@")
        channel_id = self._peers.id_of(name) if entry.name.startswith("@") else int(name)
        return channel_id if channel_id is not None and self._peers.knows(channel_id) else None

    async def verify(self, entry: ChannelEntry) -> Resolution:
        """Whether an entry can be collected; raises only what concerns the account."""
        try:
            found = await self.look_up(entry)
        except ChannelUnavailableError as error:
            return Resolution(error.state if error.state != "renamed" else "unknown", str(error))
        name = self._peers.label(found.channel.id)
        if found.is_restricted:
            return Resolution(
                "banned", f"{name}: Telegram hides it on some platforms. Posts may be missing.", found.channel
            )
        if found.was is not None:
            return Resolution("renamed", f"@{found.was} is {name} now. Change the entry.", found.channel)
        if not found.is_member:
            return Resolution(
                "not_a_member",
                f"{name}: account {self._account} is not a member, so that posts are found by sweeps alone. Join it.",
                found.channel,
            )
        return Resolution("ok", f"{name}: ok", found.channel)

    async def subscriptions(self, priority: RequestPriority = RequestPriority.SWEEP) -> list[Subscription]:
        """The channels and supergroups that the account is a member of, by title."""
        found = {
            chat.id: Subscription(self._peers.channel(chat.id), is_group=bool(chat.megagroup or chat.gigagroup))
            for chat in await self._dialogs.channels(lambda request: self._send(request, priority))
            if isinstance(chat, types.Channel) and not chat.left
        }
        return sorted(found.values(), key=lambda each: ((each.channel.title or "").casefold(), each.channel.id))

    async def linked(self, channel_id: int, priority: RequestPriority = RequestPriority.SWEEP) -> Channel | None:
        """The discussion group of a channel, which can be read from then on; None when it has none."""
        answer = await self._send(
            functions.channels.GetFullChannelRequest(self._input(channel_id)), priority, self._peers.label(channel_id)
        )
        linked_id = answer.full_chat.linked_chat_id
        return None if not linked_id else self._peers.channel(linked_id)

    async def join(self, channel_id: int) -> None:
        """Become a member, so that Telegram pushes the channel's posts."""
        about = self._peers.label(channel_id)
        request = functions.channels.JoinChannelRequest(self._input(channel_id))
        answer = await self._requests.send(request, RequestPriority.SWEEP, about)
        if not isinstance(answer, types.messages.ChatInviteJoinResultOk):
            raise ChannelUnavailableError(
                f"{about}: asks new members for more. Join it with an official app.", "private"
            )

    async def renew(self, channel_id: int, priority: RequestPriority) -> None:
        """Look a channel up again whose access hash is of no use any more; raises ChannelUnavailableError."""
        about = self._peers.label(channel_id)
        if time.monotonic() < self._renewed.get(channel_id, -math.inf) + RENEW_EVERY_S:
            raise ChannelUnavailableError(f"{about}: Telegram does not know it any more; asked again later.", "invalid")
        self._renewed[channel_id] = time.monotonic()
        username = self._peers.channel(channel_id).username
        try:
            chat = await (self._by_id(channel_id, priority) if username is None else self._by_name(username, priority))
        except (TransientError, AccountError):
            del self._renewed[channel_id]  # nobody has answered
            raise
        if chat.id != channel_id:
            raise ChannelUnavailableError(
                f"{about}: its name belongs to channel {chat.id} now. Find its new name, or drop it from the list.",
                "renamed",
            )
        _log.info("channel looked up again", account=self._account, channel_id=channel_id)

    async def _again(self, channel_id: int, priority: RequestPriority) -> types.Channel:
        about = self._peers.label(channel_id)
        request = functions.channels.GetChannelsRequest([self._input(channel_id)])
        _, chat = await self._answered(request, lambda _: channel_id, priority, about)
        return self._readable(chat, about)

    async def _by_name(self, username: str, priority: RequestPriority) -> types.Channel:
        about = f"@{username}"
        request = functions.contacts.ResolveUsernameRequest(username)
        answer, chat = await self._answered(
            request, lambda answer: getattr(answer.peer, "channel_id", None), priority, about
        )
        if not isinstance(answer.peer, types.PeerChannel):
            raise ChannelUnavailableError(f"{about}: a person or bot, not a channel. Drop it from the list.", "unknown")
        return self._readable(chat, about)

    async def _answered(
        self, request: TLRequest, id_in: Callable[[TLObject], int | None], priority: RequestPriority, about: str
    ) -> tuple[TLObject, types.TypeChat | None]:
        """An answer, and the chat in it that was requested; asked a second time when it does not bring that."""
        for _ in range(2):
            answer = await self._send(request, priority, about)
            channel_id = id_in(answer)
            chat = next((each for each in answer.chats if each.id == channel_id), None)
            if chat is not None or channel_id is None:
                break
        return answer, chat

    async def _by_id(self, channel_id: int, priority: RequestPriority) -> types.Channel:
        """Among the account's own chats: without an access hash Telegram finds no channel by its id."""
        chat = await self._dialogs.find(channel_id, lambda request: self._send(request, priority))
        if chat is not None:
            return self._readable(chat, f"channel {channel_id}")
        await self._refuse_basic_group(channel_id, priority)
        raise ChannelUnavailableError(
            f"channel {channel_id}: not among the chats of account {self._account}. "
            "Join it with that account, or name it by its @name.",
            "unknown",
        )

    async def _refuse_basic_group(self, chat_id: int, priority: RequestPriority) -> None:
        """Raise ChannelUnavailableError when the id is that of a basic group, which may have become a channel."""
        about = f"chat {chat_id}"
        try:
            answer = await self._send(functions.messages.GetChatsRequest([chat_id]), priority, about)
        except ChannelUnavailableError:
            return
        for chat in answer.chats:
            if isinstance(chat, types.Chat) and chat.migrated_to is not None:
                raise ChannelUnavailableError(
                    f"{about}: has become channel {chat.migrated_to.channel_id}. Put that id into the list.", "migrated"
                )
            raise ChannelUnavailableError(f"{about}: a basic group, not a channel. Drop it from the list.", "unknown")

    async def _send(self, request: TLRequest, priority: RequestPriority, about: str | None = None) -> TLObject:
        answer = await self._requests.send(request, priority, about)
        for chat in answer.chats:
            self._peers.learn(chat)
        return answer

    def _input(self, channel_id: int) -> types.InputChannel:
        access_hash = self._peers.access_hash(channel_id)
        if access_hash is None:
            raise ChannelUnavailableError(f"channel {channel_id}: not looked up yet.", "unknown")
        return types.InputChannel(channel_id, access_hash)

    def _readable(self, chat: types.TypeChat | None, about: str) -> types.Channel:
        if isinstance(chat, types.ChannelForbidden):
            until = f" until {chat.until_date:%Y-%m-%d %H:%M} UTC" if chat.until_date else ""
            raise ChannelUnavailableError(
                f"{about}: account {self._account} was removed from it{until}, or Telegram has closed it. "
                "Use another account, or drop it from the list.",
                "banned",
            )
        if not isinstance(chat, types.Channel):
            raise ChannelUnavailableError(f"{about}: no channel. Drop it from the list.", "unknown")
        return chat

    def _described(self, chat: types.Channel, entry: ChannelEntry) -> ResolvedChannel:
        return ResolvedChannel(
            channel=self._peers.channel(chat.id),
            was=self._former(entry, chat.id),
            is_member=not chat.left,
            is_group=bool(chat.megagroup or chat.gigagroup),
            is_restricted=bool(chat.restricted),
        )

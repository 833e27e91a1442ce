"""Messages of a chat: pages, single ones, counters."""

from collections.abc import Iterable
from typing import Any

from telethon.tl import functions, types

from tests.support.mtproto_server.calls import Call, handles
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.errors import RefusedError
from tests.support.mtproto_server.message_store import MessageStore, Stored

MAX_PAGE = 100
MAX_IDS = 100


def page(request: Any, store: MessageStore) -> list[Stored]:
    """The part of a chat's messages that a request asks for, newest first."""
    return store.page(
        request.offset_id,
        seconds(request.offset_date),
        request.add_offset,
        min(request.limit, MAX_PAGE),
        request.min_id,
        request.max_id,
    )


def seconds(date: Any) -> int:
    """Seconds since 1970 of a TL date, which may be none."""
    return int(date.timestamp()) if date else 0


@handles(functions.messages.GetHistoryRequest)
def get_history(call: Call) -> Any:
    peer = call.request.peer
    if isinstance(peer, types.InputPeerChat):
        group = call.world.open_group(call.account, peer.chat_id)
        messages = [each.body for each in page(call.request, group.store)]
        return types.messages.Messages(messages, [], [group.chat_for(call.account)], [])
    channel = call.world.open_channel(call.account, peer)
    return channel_messages(call, channel, page(call.request, channel.store))


@handles(functions.channels.GetMessagesRequest)
def get_messages(call: Call) -> Any:
    channel = call.world.open_channel(call.account, call.request.channel)
    if len(call.request.id) > MAX_IDS:
        raise RefusedError(400, "MSG_IDS_TOO_LONG")
    found = [channel.store.get(each.id) for each in call.request.id]
    messages = [
        stored.body if stored else types.MessageEmpty(wanted.id, types.PeerChannel(channel.id))
        for wanted, stored in zip(call.request.id, found, strict=True)
    ]
    return channel_messages(call, channel, [each for each in found if each], messages)


@handles(functions.messages.GetMessagesViewsRequest)
def get_messages_views(call: Call) -> Any:
    channel = call.world.open_channel(call.account, call.request.peer)
    if len(call.request.id) > MAX_IDS:
        raise RefusedError(400, "MSG_IDS_TOO_LONG")
    views = [_views(channel.store.get(each), increment=call.request.increment) for each in call.request.id]
    linked = [channel.linked.id] if channel.linked else []
    return types.messages.MessageViews(views, call.world.chats(call.account, linked), [])


def _views(stored: Stored | None, *, increment: bool) -> Any:
    if stored is None:
        return types.MessageViews()
    message = stored.object()
    if increment:
        raise NotImplementedError("messages.getMessagesViews with increment: a collector must not count itself")
    return types.MessageViews(message.views, message.forwards, message.replies)


def named(call: Call, stored: Iterable[Stored], *channel_ids: int) -> tuple[list[Any], list[Any]]:
    """Chats and users that messages name, and the channels that they are in."""
    account = call.account
    kept = list(stored)
    channels = [*channel_ids, *(each for message in kept for each in message.channels)]
    users = [each for message in kept for each in message.users]
    return call.world.chats(account, channels), call.world.people(account, users)


def channel_messages(call: Call, channel: Channel, stored: list[Stored], messages: list[Any] | None = None) -> Any:
    """A page of a channel; `messages` are in place of the stored ones when some are empty."""
    chats, users = named(call, stored, channel.id)
    return types.messages.ChannelMessages(
        pts=channel.log.pts,
        count=len(channel.store),
        messages=[each.body for each in stored] if messages is None else messages,
        topics=[],
        chats=chats,
        users=users,
    )

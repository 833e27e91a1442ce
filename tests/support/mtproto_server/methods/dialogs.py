"""``messages``' list of chats, and basic groups."""

from typing import Any

from telethon.tl import functions, types

from tests.support.mtproto_server.calls import Call, handles
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.message_store import Stored
from tests.support.mtproto_server.methods.differences import channels_of, dialog
from tests.support.mtproto_server.methods.history import named, seconds

MAX_PAGE = 100


@handles(functions.messages.GetDialogsRequest)
def get_dialogs(call: Call) -> Any:
    request = call.request
    listed = sorted(channels_of(call), key=_newest_first)
    if before := seconds(request.offset_date):
        last = getattr(request.offset_peer, "channel_id", 0)
        listed = [each for each in listed if _newest_first(each) > (-before, last)]
    page = listed[: min(request.limit, MAX_PAGE)]
    latest = [stored for each in page if (stored := _latest(each))]
    chats, users = named(call, latest, *(each.id for each in page))
    parts = {
        "dialogs": [dialog(each) for each in page],
        "messages": [each.body for each in latest],
        "chats": chats,
        "users": users,
    }
    if len(page) == len(channels_of(call)):
        return types.messages.Dialogs(**parts)
    return types.messages.DialogsSlice(count=len(channels_of(call)), **parts)


@handles(functions.messages.GetChatsRequest)
def get_chats(call: Call) -> Any:
    return types.messages.Chats(
        [call.world.open_group(call.account, each).chat_for(call.account) for each in call.request.id]
    )


@handles(functions.messages.GetFullChatRequest)
def get_full_chat(call: Call) -> Any:
    group = call.world.open_group(call.account, call.request.chat_id)
    full = types.ChatFull(
        id=group.id,
        about="",
        participants=types.ChatParticipantsForbidden(group.id),
        notify_settings=types.PeerNotifySettings(),
    )
    return types.messages.ChatFull(full, [group.chat_for(call.account)], [])


def _latest(channel: Channel) -> Stored | None:
    return channel.store[channel.store.ids[-1]] if channel.store.ids else None


def _newest_first(channel: Channel) -> tuple[int, int]:
    latest = _latest(channel)
    return (-latest.date if latest else 0, channel.id)

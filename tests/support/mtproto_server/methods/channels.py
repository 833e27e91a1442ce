"""``channels``: what a channel is, and membership."""

from typing import Any

from telethon.tl import functions, types

from tests.support.mtproto_server.accounts import Account
from tests.support.mtproto_server.calls import Call, handles
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.errors import RefusedError


@handles(functions.channels.GetChannelsRequest)
def get_channels(call: Call) -> Any:
    known = [call.world.known_channel(call.account, each) for each in call.request.id]
    for each in known:
        # A closed channel is shown as forbidden to those who were banned from it; to others it does not exist.
        if not each.is_open_to(call.account) and not (each.is_gone or call.account in each.banned):
            raise RefusedError(406, "CHANNEL_PRIVATE")
    return types.messages.Chats([each.chat_for(call.account) for each in known])


@handles(functions.channels.GetFullChannelRequest)
def get_full_channel(call: Call) -> Any:
    channel = call.world.open_channel(call.account, call.request.channel)
    linked = channel.linked.id if channel.linked else None
    former, last_id = channel.migrated_from or (None, None)
    full = types.ChannelFull(
        id=channel.id,
        about="",
        read_inbox_max_id=0,
        read_outbox_max_id=0,
        unread_count=0,
        chat_photo=types.PhotoEmpty(0),
        notify_settings=types.PeerNotifySettings(),
        bot_info=[],
        pts=channel.log.pts,
        participants_count=len(channel.members),
        linked_chat_id=linked,
        migrated_from_chat_id=former,
        migrated_from_max_id=last_id,
    )
    chats = call.world.chats(call.account, [channel.id, *([linked] if linked else [])])
    return types.messages.ChatFull(full, chats, [])


@handles(functions.channels.JoinChannelRequest)
def join_channel(call: Call) -> Any:
    channel = call.world.open_channel(call.account, call.request.channel)
    return types.messages.ChatInviteJoinResultOk(join(call, channel))


@handles(functions.channels.LeaveChannelRequest)
def leave_channel(call: Call) -> Any:
    channel = call.world.open_channel(call.account, call.request.channel)
    if call.account not in channel.members:
        raise RefusedError(400, "USER_NOT_PARTICIPANT")
    channel.leave(call.account)
    return _changed(call, channel)


def join(call: Call, channel: Channel) -> Any:
    """Make the caller a member; the updates that report it. Raises `RefusedError` when it has too many channels."""
    account = call.account
    limit = account.channel_limit
    if limit is not None and account not in channel.members and _joined(call, account) >= limit:
        raise RefusedError(400, "CHANNELS_TOO_MUCH")
    channel.join(account)
    return _changed(call, channel)


def _joined(call: Call, account: Account) -> int:
    return sum(account in each.members for each in call.world.channels.values())


def _changed(call: Call, channel: Channel) -> Any:
    chats = call.world.chats(call.account, [channel.id])
    return types.Updates([types.UpdateChannel(channel.id)], [], chats, call.world.now(), 0)

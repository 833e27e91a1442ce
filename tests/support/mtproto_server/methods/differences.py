"""``updates``: what a client asks when it may have missed something."""

from typing import Any

from telethon.tl import functions, types

from tests.support.mtproto_server.calls import Call, handles
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.errors import RefusedError
from tests.support.mtproto_server.methods.history import named, seconds
from tests.support.mtproto_server.update_log import Change, Event

TIMEOUT_S = 30
LATEST = 20
"""Messages that come with a difference that is too long."""


@handles(functions.updates.GetStateRequest)
def get_state(call: Call) -> Any:
    return _state(call)


@handles(functions.updates.GetDifferenceRequest)
def get_difference(call: Call) -> Any:
    account, since = call.account, seconds(call.request.date)
    events = account.log.since(call.request.pts)
    if events is None:
        return types.updates.DifferenceTooLong(account.log.pts)
    changed = [each for each in channels_of(call) if each.changed_at >= since]
    if not events and not changed:
        return types.updates.DifferenceEmpty(call.world.now(), 0)
    late = [types.UpdateChannelTooLong(each.id, each.log.pts) for each in changed]
    return types.updates.Difference(
        new_messages=[],
        new_encrypted_messages=[],
        other_updates=[*(account.pushed[event.pts] for event in events), *late],
        chats=call.world.chats(account, (each.id for each in changed)),
        users=[],
        state=_state(call),
    )


@handles(functions.updates.GetChannelDifferenceRequest)
def get_channel_difference(call: Call) -> Any:
    channel = call.world.open_channel(call.account, call.request.channel)
    pts = call.request.pts
    if pts <= 0:
        raise RefusedError(400, "PERSISTENT_TIMESTAMP_EMPTY")
    if pts > channel.log.pts:
        raise RefusedError(400, "PERSISTENT_TIMESTAMP_INVALID")
    events = channel.log.since(pts)
    if events is None or len(events) > call.server.too_long:
        return _too_long(call, channel)
    if not events:
        return types.updates.ChannelDifferenceEmpty(channel.log.pts, final=True, timeout=TIMEOUT_S)
    part = events[: min(call.request.limit, call.server.difference_limit)]
    return _difference(call, channel, part, is_final=len(part) == len(events))


def dialog(channel: Channel) -> Any:
    """A channel's line in the list of chats."""
    return types.Dialog(
        peer=types.PeerChannel(channel.id),
        top_message=channel.store.ids[-1] if channel.store.ids else 0,
        read_inbox_max_id=0,
        read_outbox_max_id=0,
        unread_count=len(channel.store),
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        notify_settings=types.PeerNotifySettings(),
        pts=channel.log.pts,
    )


def channels_of(call: Call) -> list[Channel]:
    """Channels that the caller is a member of."""
    account = call.account
    return [each for each in call.world.channels.values() if account in each.members and each.is_open_to(account)]


def _difference(call: Call, channel: Channel, events: list[Event], *, is_final: bool) -> Any:
    fresh = [event.ids[0] for event in events if event.change is Change.NEW]
    messages = [stored for each in fresh if (stored := channel.store.get(each))]
    # A message that is new to the client comes as it is now, so that its edits add nothing.
    new = set(fresh)
    others = [
        update
        for event in events
        if event.change is Change.DELETED or (event.change is Change.EDITED and event.ids[0] not in new)
        if (update := channel.update_of(event))
    ]
    chats, users = named(call, messages, channel.id)
    return types.updates.ChannelDifference(
        pts=events[-1].pts,
        new_messages=[each.body for each in messages],
        other_updates=others,
        chats=chats,
        users=users,
        final=is_final or None,
        timeout=TIMEOUT_S,
    )


def _too_long(call: Call, channel: Channel) -> Any:
    latest = channel.store.page(0, 0, 0, LATEST, 0, 0)
    chats, users = named(call, latest, channel.id)
    return types.updates.ChannelDifferenceTooLong(
        dialog(channel), [each.body for each in latest], chats, users, final=True, timeout=1
    )


def _state(call: Call) -> Any:
    return types.updates.State(call.account.log.pts, 0, call.world.now(), 0, 0)

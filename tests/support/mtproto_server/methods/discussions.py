"""Comments below posts."""

from typing import Any

from telethon.tl import functions, types

from tests.support.mtproto_server.calls import Call, handles
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.errors import RefusedError
from tests.support.mtproto_server.message_store import MessageStore
from tests.support.mtproto_server.methods.history import channel_messages, named, page


@handles(functions.messages.GetDiscussionMessageRequest)
def get_discussion_message(call: Call) -> Any:
    channel = call.world.open_channel(call.account, call.request.peer)
    group, root_id = _thread(channel, call.request.msg_id)
    root = group.store[root_id]
    chats, users = named(call, [root], group.id, channel.id)
    return types.messages.DiscussionMessage([root.body], 0, chats, users, max_id=group.store.ids[-1])


@handles(functions.messages.GetRepliesRequest)
def get_replies(call: Call) -> Any:
    request = call.request
    channel = call.world.open_channel(call.account, request.peer)
    group, root_id = _thread(channel, request.msg_id)
    thread = MessageStore()
    for stored in group.store.all():
        if (header := stored.object().reply_to) and (header.reply_to_top_id or header.reply_to_msg_id) == root_id:
            thread.put(stored)
    answer = channel_messages(call, group, page(request, thread))
    answer.count = len(thread)
    return answer


def _thread(channel: Channel, message_id: int) -> tuple[Channel, int]:
    """The group that holds a post's comments, and the id that they answer to there."""
    if channel.store.get(message_id) is None:
        raise RefusedError(400, "MSG_ID_INVALID")
    if channel.is_megagroup:
        return channel, message_id
    if channel.linked is None:
        raise RefusedError(400, "MSG_ID_INVALID")
    return channel.linked, channel.linked.root_of(channel.id, message_id)

"""``contacts``: usernames."""

import re
from typing import Any

from telethon.tl import functions, types

from tests.support.mtproto_server.calls import Call, handles
from tests.support.mtproto_server.errors import RefusedError

USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")


@handles(functions.contacts.ResolveUsernameRequest)
def resolve_username(call: Call) -> Any:
    username = call.request.username
    if not USERNAME.fullmatch(username):
        raise RefusedError(400, "USERNAME_INVALID")
    if channel := call.world.channel_named(username):
        chats = call.world.chats(call.account, [channel.id])
        return types.contacts.ResolvedPeer(types.PeerChannel(channel.id), chats, [])
    if user := call.world.user_named(username):
        people = call.world.people(call.account, [user.id])
        return types.contacts.ResolvedPeer(types.PeerUser(user.id), [], people)
    raise RefusedError(400, "USERNAME_NOT_OCCUPIED")

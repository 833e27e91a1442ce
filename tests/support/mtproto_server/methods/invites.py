"""Invitations to private channels."""

import re
from typing import Any

from telethon.tl import functions, types

from tests.support.mtproto_server.calls import Call, handles
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.errors import RefusedError
from tests.support.mtproto_server.methods.channels import join

HASH = re.compile(r"[A-Za-z0-9_-]{8,32}")


@handles(functions.messages.CheckChatInviteRequest)
def check_chat_invite(call: Call) -> Any:
    channel = _invited_to(call)
    if call.account in channel.members:
        return types.ChatInviteAlready(channel.chat_for(call.account))
    return types.ChatInvite(
        title=channel.title,
        photo=types.PhotoEmpty(0),
        participants_count=len(channel.members),
        color=0,
        channel=True,
        broadcast=not channel.is_megagroup or None,
        megagroup=channel.is_megagroup or None,
    )


@handles(functions.messages.ImportChatInviteRequest)
def import_chat_invite(call: Call) -> Any:
    channel = _invited_to(call)
    if call.account in channel.members:
        raise RefusedError(400, "USER_ALREADY_PARTICIPANT")
    return types.messages.ChatInviteJoinResultOk(join(call, channel))


def _invited_to(call: Call) -> Channel:
    if not HASH.fullmatch(call.request.hash):
        raise RefusedError(400, "INVITE_HASH_INVALID")
    channel = call.world.invites.get(call.request.hash)
    if channel is None or channel.is_gone or call.account in channel.banned:
        raise RefusedError(400, "INVITE_HASH_EXPIRED")
    return channel

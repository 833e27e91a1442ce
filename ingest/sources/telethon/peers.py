"""Which chat, post or channel a message of a dump refers to."""

import re
from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.mapping import ids, moments, shapes
from ingest.sources.mapping.ids import OtherChatError
from ingest.sources.telethon.names import TelethonNames
from schemas import ForwardOrigin, Reply

_WRITTEN_OUT = re.compile(r"Peer(Channel|Chat|User)\((?:channel|chat|user)_id=(-?[0-9]+)\)")


def channel_id_of(message: dict[str, Any]) -> int | None:
    """The bare id of the message's channel, also of a supergroup; None when the message does not say it.

    Raises OtherChatError, and InvalidRecordError for an id that cannot be.
    """
    field = next(
        (name for name in ("peer_id", "to_id", "chat_id", "channel_id") if message.get(name) is not None), None
    )
    if field is None:
        return None
    peer = message[field]
    written = _WRITTEN_OUT.match(peer) if isinstance(peer, str) else None
    if written is not None:
        peer = {"_": f"Peer{written[1]}", f"{written[1].lower()}_id": written[2]}
    if not isinstance(peer, dict):
        return ids.channel_id(peer, field)
    if peer.get("channel_id") is not None:
        return ids.channel_id(peer["channel_id"], f"{field}.channel_id")
    if "chat_id" in peer or "user_id" in peer:
        raise OtherChatError
    raise InvalidRecordError("expected the channel that it was posted to", field)


def _peer_channel(context: ReadContext, peer: object, field: str) -> int | None:
    """The channel that a peer is; None for a person, a group, or the bare number that old layouts have for a person."""
    if type(peer) is int:
        return None
    return ids.origin_id(context, shapes.object_of(context, peer, field).get("channel_id"), f"{field}.channel_id")


def forward_of(context: ReadContext, message: dict[str, Any], names: TelethonNames) -> ForwardOrigin | None:
    """Where a message was forwarded from. Of a private person nothing is kept but the name that the forward shows."""
    header = shapes.optional_object(context, message.get("fwd_from"), "fwd_from")
    if header is None:
        return None
    name = shapes.text(context, header.get("from_name"), "fwd_from.from_name")
    channel_id = _peer_channel(context, header.get("from_id"), "fwd_from.from_id")
    channel_id = channel_id or ids.origin_id(context, header.get("channel_id"), "fwd_from.channel_id")
    message_id = ids.optional_message_id(context, header.get("channel_post"), "fwd_from.channel_post")
    if channel_id is None and header.get("from_id") is None and name is None:
        # Nobody is named: where it was forwarded from last is all that is known.
        channel_id = _peer_channel(context, header.get("saved_from_peer"), "fwd_from.saved_from_peer")
        message_id = ids.optional_message_id(context, header.get("saved_from_msg_id"), "fwd_from.saved_from_msg_id")
    username, title = names.of(channel_id)
    return ForwardOrigin(
        channel_id=channel_id,
        channel_username=username,
        message_id=message_id if channel_id else None,
        name=name or title,
        posted_at=moments.optional_utc(context, header.get("date"), "fwd_from.date"),
    )


def reply_of(context: ReadContext, message: dict[str, Any], channel_id: int | None) -> Reply | None:
    """The post that a message answers; None for a story, and for a message that only belongs to a topic."""
    header = shapes.optional_object(context, message.get("reply_to"), "reply_to")
    if header is None:
        answered = ids.optional_message_id(context, message.get("reply_to_msg_id"), "reply_to_msg_id")
        return Reply(message_id=answered) if answered else None
    answered = ids.optional_message_id(context, header.get("reply_to_msg_id"), "reply_to.reply_to_msg_id")
    in_topic = shapes.flag(context, header.get("forum_topic"), "reply_to.forum_topic")
    scheduled = shapes.flag(context, header.get("reply_to_scheduled"), "reply_to.reply_to_scheduled")
    ephemeral = shapes.flag(context, header.get("reply_to_ephemeral"), "reply_to.reply_to_ephemeral")
    is_topic_alone = in_topic and header.get("reply_to_top_id") is None
    if not answered or is_topic_alone or scheduled or ephemeral:
        return None
    peer = header.get("reply_to_peer_id")
    if peer is None:
        return Reply(message_id=answered)
    other_id = _peer_channel(context, peer, "reply_to.reply_to_peer_id")
    if other_id is None:
        return None
    return Reply(message_id=answered, channel_id=None if other_id == channel_id else other_id)

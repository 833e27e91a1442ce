"""Which chat, post or channel a message of a dump refers to."""

import re
from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.mapping import entities, ids, moments
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


def _peer_channel(peer: object) -> int | None:
    """The channel that a peer is; None for a person, a group, or the bare number that old layouts have for a person."""
    return ids.optional_channel_id(peer.get("channel_id")) if isinstance(peer, dict) else None


def forward_of(context: ReadContext, message: dict[str, Any], names: TelethonNames) -> ForwardOrigin | None:
    """Where a message was forwarded from. Of a private person nothing is kept but the name that the forward shows."""
    header = message.get("fwd_from")
    if not isinstance(header, dict):
        return None
    name = entities.optional_text(header.get("from_name"))
    channel_id = _peer_channel(header.get("from_id")) or ids.optional_channel_id(header.get("channel_id"))
    message_id = header.get("channel_post")
    if channel_id is None and header.get("from_id") is None and name is None:
        # Nobody is named: where it was forwarded from last is all that is known.
        channel_id, message_id = _peer_channel(header.get("saved_from_peer")), header.get("saved_from_msg_id")
    username, title = names.of(channel_id)
    return ForwardOrigin(
        channel_id=channel_id,
        channel_username=username,
        message_id=ids.optional_message_id(message_id) if channel_id else None,
        name=name or title,
        posted_at=moments.optional_utc(context, header.get("date"), "fwd_from.date"),
    )


def reply_of(message: dict[str, Any], channel_id: int | None) -> Reply | None:
    """The post that a message answers; None for a story, and for a message that only belongs to a topic."""
    header = message.get("reply_to")
    if not isinstance(header, dict):
        answered = ids.optional_message_id(message.get("reply_to_msg_id"))
        return Reply(message_id=answered) if answered else None
    answered = ids.optional_message_id(header.get("reply_to_msg_id"))
    is_topic_alone = header.get("forum_topic") and header.get("reply_to_top_id") is None
    if not answered or is_topic_alone or header.get("reply_to_scheduled") or header.get("reply_to_ephemeral"):
        return None
    peer = header.get("reply_to_peer_id")
    if peer is None:
        return Reply(message_id=answered)
    other_id = _peer_channel(peer)
    if other_id is None:
        return None
    return Reply(message_id=answered, channel_id=None if other_id == channel_id else other_id)

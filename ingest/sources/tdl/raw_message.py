"""``raw`` of ``tdl chat export --raw``: a message as gotd's structs give it to Go's JSON.

There are no names of types: what an object is shows by its fields. What is absent is 0, "" or an empty object; the bits
of ``Flags`` say what is there.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.mapping import counts, entities, ids, moments
from ingest.sources.tdl.raw_media import attachments
from schemas import Counters, EntityKind, ForwardOrigin, Media, Reply, TextEntity

_FORWARD, _REPLY, _MEDIA, _VIEWS, _EDITED, _ALBUM, _REACTIONS, _EDIT_HIDE, _REPLIES = 2, 3, 9, 10, 15, 17, 20, 21, 23
"""Bits of ``message.flags`` in Telegram's schema."""
_BY_FIELD = (
    ("URL", EntityKind.TEXT_LINK),
    ("UserID", EntityKind.TEXT_MENTION),
    ("DocumentID", EntityKind.CUSTOM_EMOJI),
    ("Language", EntityKind.PRE),
    ("Collapsed", EntityKind.BLOCKQUOTE),
)
"""Entities that have a field of their own. Bold, italic, links in the text and so on look alike."""


def _has(raw: dict[str, Any], bit: int) -> bool:
    flags = raw.get("Flags")
    if type(flags) is not int:
        raise InvalidRecordError("expected a whole number", "raw.Flags")
    return bool(flags >> bit & 1)


def text_of(message: dict[str, Any]) -> tuple[str, tuple[TextEntity, ...]]:
    """The text with its entities."""
    raw = message["raw"]
    if not isinstance(raw, dict):
        raise InvalidRecordError("expected an object", "raw")
    text = entities.text(raw.get("Message", message.get("text")), "raw.Message")
    return text, entities.from_utf16(text, _entities(raw.get("Entities")))


def _entities(given: object) -> Iterator[entities.GivenEntity]:
    for entity in given if isinstance(given, list) else ():
        if isinstance(entity, dict):
            kind = next((kind for name, kind in _BY_FIELD if name in entity), EntityKind.UNKNOWN)
            yield kind, entity.get("Offset"), entity.get("Length"), entity.get("URL")


def edited_at(raw: dict[str, Any], context: ReadContext) -> datetime | None:
    """When it was edited; reactions and counts bump the date as well, with ``EditHide``."""
    if not _has(raw, _EDITED) or _has(raw, _EDIT_HIDE) or raw.get("EditHide") is True:
        return None
    return moments.moment(context, raw.get("EditDate"), "raw.EditDate")


def media_of(raw: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    """Attachments."""
    return attachments(raw.get("Media"), context) if _has(raw, _MEDIA) else ()


def forward_of(raw: dict[str, Any], context: ReadContext) -> ForwardOrigin | None:
    """Its origin; of a person only the name."""
    forward = raw.get("FwdFrom")
    if not _has(raw, _FORWARD) or not isinstance(forward, dict):
        return None
    return ForwardOrigin(
        channel_id=_channel_id(forward.get("FromID")),
        message_id=ids.optional_message_id(forward.get("ChannelPost")),
        name=entities.optional_text(forward.get("FromName")),
        posted_at=moments.moment(context, forward.get("Date"), "raw.FwdFrom.Date"),
    )


def reply_of(raw: dict[str, Any], channel_id: int) -> Reply | None:
    """The post answered; None for what merely is in a topic, for a story, and for what is in no channel."""
    header = raw.get("ReplyTo")
    if not _has(raw, _REPLY) or not isinstance(header, dict) or header.get("ReplyToScheduled") is True:
        return None
    message_id = ids.optional_message_id(header.get("ReplyToMsgID"))
    if message_id is None or (header.get("ForumTopic") is True and not header.get("ReplyToTopID")):
        return None
    other = header.get("ReplyToPeerID")
    other_id = _channel_id(other)
    if other and other_id is None:
        return None
    return Reply(message_id=message_id, channel_id=None if other_id == channel_id else other_id)


def album_of(raw: dict[str, Any]) -> int | None:
    """Telegram's grouped_id."""
    grouped = raw.get("GroupedID")
    return grouped if _has(raw, _ALBUM) and type(grouped) is int else None


def counters_of(raw: dict[str, Any], context: ReadContext) -> Counters | None:
    """Counts that are there; nothing says when they were read."""
    has_views, has_replies, has_reactions = (_has(raw, bit) for bit in (_VIEWS, _REPLIES, _REACTIONS))
    if not (has_views or has_replies or has_reactions):
        return None
    replies, reactions = raw.get("Replies"), raw.get("Reactions")
    return Counters(
        views=counts.count(context, raw.get("Views"), "raw.Views") if has_views else None,
        forwards=counts.count(context, raw.get("Forwards"), "raw.Forwards") if has_views else None,
        replies=counts.count(context, replies.get("Replies"), "raw.Replies.Replies")
        if has_replies and isinstance(replies, dict)
        else None,
        reactions=counts.reactions(context, _reactions(reactions.get("Results")), "raw.Reactions.Results.Count")
        if has_reactions and isinstance(reactions, dict)
        else None,
    )


def _reactions(results: object) -> Iterator[tuple[str | None, object]]:
    for result in results if isinstance(results, list) else ():
        if isinstance(result, dict):
            yield _reaction_name(result.get("Reaction")), result.get("Count")


def _reaction_name(reaction: object) -> str | None:
    if isinstance(reaction, str):  # before layer 144
        return reaction
    if not isinstance(reaction, dict):
        return None
    if "DocumentID" in reaction:
        return f"custom:{reaction['DocumentID']}"
    return entities.optional_text(reaction.get("Emoticon")) if reaction else "paid"


def _channel_id(peer: object) -> int | None:
    return ids.optional_channel_id(peer.get("ChannelID")) if isinstance(peer, dict) else None

"""``raw`` of ``tdl chat export --raw``: a message as gotd's structs give it to Go's JSON.

There are no names of types: what an object is shows by its fields. What is absent is 0, "" or an empty object; the bits
of ``Flags`` say what is there.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.mapping import counts, entities, ids, moments, shapes
from ingest.sources.tdl.raw_media import attachments
from schemas import Counters, EntityKind, ForwardOrigin, Media, Reply, TextEntity
from schemas.shown_counters import shown_counters

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


def text_of(message: dict[str, Any], context: ReadContext) -> tuple[str, tuple[TextEntity, ...]]:
    """The text with its entities."""
    raw = message["raw"]
    if not isinstance(raw, dict):
        raise InvalidRecordError("expected an object", "raw")
    text = entities.text(raw.get("Message", message.get("text")), "raw.Message")
    listed = shapes.objects(context, raw.get("Entities"), "raw.Entities")
    return text, entities.from_utf16(context, text, _entities(listed), "raw.Entities")


def _entities(given: list[dict[str, Any]]) -> Iterator[entities.GivenEntity]:
    for entity in given:
        kind = next((kind for name, kind in _BY_FIELD if name in entity), EntityKind.UNKNOWN)
        yield kind, entity.get("Offset"), entity.get("Length"), entity.get("URL")


def edited_at(raw: dict[str, Any], context: ReadContext) -> datetime | None:
    """When it was edited; reactions and counts bump the date as well, with ``EditHide``."""
    if not _has(raw, _EDITED) or _has(raw, _EDIT_HIDE) or raw.get("EditHide") is True:
        return None
    return moments.optional_moment(context, raw.get("EditDate"), "raw.EditDate")


def media_of(raw: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    """Attachments."""
    return attachments(raw.get("Media"), context) if _has(raw, _MEDIA) else ()


def forward_of(raw: dict[str, Any], context: ReadContext) -> ForwardOrigin | None:
    """Its origin; of a person only the name."""
    forward = shapes.optional_object(context, raw.get("FwdFrom"), "raw.FwdFrom") if _has(raw, _FORWARD) else None
    if forward is None:
        return None
    return ForwardOrigin(
        channel_id=_channel_id(context, forward.get("FromID"), "raw.FwdFrom.FromID"),
        message_id=ids.optional_message_id(context, forward.get("ChannelPost"), "raw.FwdFrom.ChannelPost"),
        name=shapes.text(context, forward.get("FromName"), "raw.FwdFrom.FromName"),
        posted_at=moments.optional_moment(context, forward.get("Date"), "raw.FwdFrom.Date"),
    )


def reply_of(raw: dict[str, Any], channel_id: int, context: ReadContext) -> Reply | None:
    """The post answered; None for what merely is in a topic, for a story, and for what is in no channel."""
    header = shapes.optional_object(context, raw.get("ReplyTo"), "raw.ReplyTo") if _has(raw, _REPLY) else None
    if header is None or shapes.flag(context, header.get("ReplyToScheduled"), "raw.ReplyTo.ReplyToScheduled"):
        return None
    message_id = ids.optional_message_id(context, header.get("ReplyToMsgID"), "raw.ReplyTo.ReplyToMsgID")
    in_topic = shapes.flag(context, header.get("ForumTopic"), "raw.ReplyTo.ForumTopic")
    if message_id is None or (in_topic and not header.get("ReplyToTopID")):
        return None
    other = header.get("ReplyToPeerID")
    other_id = _channel_id(context, other, "raw.ReplyTo.ReplyToPeerID")
    if other and other_id is None:
        return None
    return Reply(message_id=message_id, channel_id=None if other_id == channel_id else other_id)


def album_of(raw: dict[str, Any], context: ReadContext) -> int | None:
    """Telegram's grouped_id."""
    return ids.album_id(context, raw.get("GroupedID"), "raw.GroupedID") if _has(raw, _ALBUM) else None


def counters_of(raw: dict[str, Any], context: ReadContext) -> Counters | None:
    """Counts that are there; nothing says when they were read."""
    has_views, has_replies, has_reactions = (_has(raw, bit) for bit in (_VIEWS, _REPLIES, _REACTIONS))
    if not (has_views or has_replies or has_reactions):
        return None
    replies = shapes.object_of(context, raw.get("Replies"), "raw.Replies") if has_replies else {}
    reactions = shapes.optional_object(context, raw.get("Reactions"), "raw.Reactions") if has_reactions else None
    return shown_counters(
        views=counts.count(context, raw.get("Views"), "raw.Views") if has_views else None,
        forwards=counts.count(context, raw.get("Forwards"), "raw.Forwards") if has_views else None,
        replies=counts.count(context, replies.get("Replies"), "raw.Replies.Replies"),
        reactions=None
        if reactions is None
        else counts.listed_reactions(
            context,
            {"Results": []} | reactions,
            "raw.Reactions.Results",
            list_key="Results",
            name_of=_reaction_name,
            count_key="Count",
        ),
    )


def _reaction_name(result: dict[str, Any]) -> str | None:
    reaction = result.get("Reaction")
    if isinstance(reaction, str):  # before layer 144
        return reaction
    if not isinstance(reaction, dict):
        return None
    if "DocumentID" in reaction:
        return counts.custom_emoji(reaction["DocumentID"])
    return entities.optional_text(reaction.get("Emoticon")) if reaction else "paid"


def _channel_id(context: ReadContext, peer: object, field: str) -> int | None:
    return ids.origin_id(context, shapes.object_of(context, peer, field).get("ChannelID"), f"{field}.ChannelID")

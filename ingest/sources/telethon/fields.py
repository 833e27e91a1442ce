"""One message of Telethon's ``to_dict`` -> RawPost, in the layout of any version; Pushshift has it as well."""

from datetime import datetime
from typing import Any

from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.mapping import counts, entities, ids, moments, shapes
from ingest.sources.mapping.ids import OtherChatError
from ingest.sources.mapping.markdown import from_markdown
from ingest.sources.telethon.dialects import as_telethon
from ingest.sources.telethon.media import attachments
from ingest.sources.telethon.names import TelethonNames
from ingest.sources.telethon.peers import channel_id_of, forward_of, reply_of
from schemas import Channel, Counters, RawPost, TextEntity
from schemas.shown_counters import shown_counters

_DESCRIPTIONS = ("Channel", "ChannelForbidden", "Chat", "ChatForbidden", "User", "ChatFull", "UserFull")
NamedAs = tuple[int | None, str | None, str | None]
"""Id, username and title of the channel, from around the message."""


def post_of(
    record: ArchiveRecord,
    names: TelethonNames,
    named_as: NamedAs,
    context: ReadContext,
    observed_at: datetime | None = None,
) -> RawPost | NoPost:
    """The post; raises InvalidRecordError. ``named_as`` is used where the message itself does not say it."""
    message: Any = as_telethon(record.value)
    if message is None:  # what Telethon returns for an id that is gone
        return NoPost(NoPostKind.EMPTY)
    if not isinstance(message, dict):
        raise InvalidRecordError("expected an object")
    kind = message.get("_")
    if kind == "MessageService" or (kind is None and isinstance(message.get("action"), dict)):
        return NoPost(NoPostKind.SERVICE)
    if kind == "MessageEmpty":
        return NoPost(NoPostKind.EMPTY)
    if kind in _DESCRIPTIONS:
        return NoPost(NoPostKind.METADATA)
    if kind not in (None, "Message"):
        raise InvalidRecordError("no message of a channel", "_")
    message_id = ids.message_id(message.get("id"))
    try:
        channel = _channel(channel_id_of(message), names, named_as, context)
    except OtherChatError:
        if context.options.chats != "all":
            return NoPost(NoPostKind.OTHER_CHAT)
        channel = context.channel(fallback=f"chats of {context.file.base_name}")
    return _post(message, message_id, channel, record, names, context, observed_at)


def _channel(channel_id: int | None, names: TelethonNames, named_as: NamedAs, context: ReadContext) -> Channel:
    frame_id, frame_username, frame_title = named_as
    channel_id = channel_id or frame_id
    username, title = names.of(channel_id)
    if username is None and title is None:
        username, title = frame_username, frame_title
    return context.channel(
        channel_id=channel_id,
        username=username,
        title=title,
        fallback=context.file.folder or context.file.base_name,
    )


def _post(
    message: dict[str, Any],
    message_id: int,
    channel: Channel,
    record: ArchiveRecord,
    names: TelethonNames,
    context: ReadContext,
    observed_at: datetime | None,
) -> RawPost:
    text, text_entities = _content(message, context)
    return context.post(
        channel,
        message_id,
        place=record.number,
        posted_at=moments.utc(message.get("date"), "date"),
        # Reactions and counts bump the date as well; edit_hide marks that.
        edited_at=None
        if shapes.flag(context, message.get("edit_hide"), "edit_hide")
        else moments.optional_utc(context, message.get("edit_date"), "edit_date"),
        text=text,
        entities=text_entities,
        media=attachments(context, message.get("media")),
        forward=forward_of(context, message, names),
        reply_to=reply_of(context, message, channel.id),
        album_id=ids.album_id(context, message.get("grouped_id"), "grouped_id"),
        counters=_counters(message, context, observed_at),
        original=record.value,
    )


def _content(message: dict[str, Any], context: ReadContext) -> tuple[str, tuple[TextEntity, ...]]:
    media = message.get("media")
    field = "message" if "message" in message else "text"
    text = entities.text(message.get(field), field)
    if not text and isinstance(media, dict) and media.get("caption"):
        text = entities.text(media["caption"], "media.caption")  # layers before 75
    if not text and message.get("rich_message"):
        context.warn("rich messages are read without their blocks of text")
    given = shapes.objects(context, message.get("entities"), "entities")
    if given:
        return text, entities.from_utf16(context, text, map(_entity, given))
    return from_markdown(text) if context.options.is_markdown else (text, ())


def _entity(given: dict[str, Any]) -> entities.GivenEntity:
    return given.get("_"), given.get("offset"), given.get("length"), given.get("url")


def _counters(message: dict[str, Any], context: ReadContext, observed_at: datetime | None) -> Counters:
    replies = message.get("replies")
    return shown_counters(
        observed_at=observed_at,
        views=counts.count(context, message.get("views"), "views"),
        forwards=counts.count(context, message.get("forwards"), "forwards"),
        replies=counts.count(context, replies.get("replies") if isinstance(replies, dict) else replies, "replies"),
        reactions=counts.listed_reactions(
            context, message.get("reactions"), "reactions", list_key="results", name_of=_reaction_name
        ),
    )


def _reaction_name(given: dict[str, Any]) -> str | None:
    reaction = given.get("reaction")
    if isinstance(reaction, str):  # layers before 145
        return reaction
    if not isinstance(reaction, dict):
        return None
    if reaction.get("_") == "ReactionPaid":
        return "paid"
    if reaction.get("document_id") is not None:
        return counts.custom_emoji(reaction["document_id"])
    return entities.optional_text(reaction.get("emoticon"))

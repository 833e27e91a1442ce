"""One message -> RawPost: layouts of 0.x and 1.x (``message_id``), 2.x (``id``), and forks (``forward_origin``)."""

from typing import Any

from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, EmptyMessageError, InvalidRecordError
from ingest.sources.mapping import counts, entities, ids, moments, shapes
from ingest.sources.mapping.markdown import from_markdown
from ingest.sources.pyrogram.media import attachments
from schemas import Channel, Counters, ForwardOrigin, RawPost, Reply, TextEntity
from schemas.shown_counters import shown_counters

_CHANNELS = ("channel", "supergroup", "forum", "")
"""Types of chats that have ids of channels; an unknown type is judged by the id."""


def post_of(record: ArchiveRecord, context: ReadContext, original: object = None) -> RawPost | NoPost:
    """The post; raises InvalidRecordError. ``original`` is what is kept of it, if that is not the message alone."""
    message: Any = record.value
    if message is None:
        return NoPost(NoPostKind.EMPTY)
    if not isinstance(message, dict):
        raise InvalidRecordError("expected an object")
    kind = str(message.get("_") or "Message").rpartition(".")[2]
    if kind in ("Chat", "User"):
        return NoPost(NoPostKind.METADATA)
    if kind != "Message":
        raise InvalidRecordError("no message", "_")
    if shapes.flag(context, message.get("empty"), "empty"):
        return NoPost(NoPostKind.EMPTY)
    if message.get("service"):
        return NoPost(NoPostKind.SERVICE)
    id_field = "id" if "id" in message else "message_id"
    message_id = ids.message_id(message.get(id_field), id_field)
    channel = _channel(message, context)
    if channel is None:
        return NoPost(NoPostKind.OTHER_CHAT)
    try:
        return _post(message, message_id, channel, record, context, original or message)
    except EmptyMessageError:
        # The Bot API does not say which messages are of service.
        return NoPost(NoPostKind.EMPTY if "_" in message else NoPostKind.SERVICE)


def _channel(message: dict[str, Any], context: ReadContext) -> Channel | None:
    """The channel of a message; None for a chat that is none and is not requested."""
    chat: Any = message.get("chat") or message.get("sender_chat")
    if not isinstance(chat, dict):
        raise InvalidRecordError("missing; it is required" if chat is None else "expected an object", "chat")
    title = shapes.text(context, chat.get("title"), "chat.title")
    if _kind(context, chat) in _CHANNELS:
        channel_id = ids.channel_id(chat.get("id"), "chat.id")
        return context.channel(
            channel_id=channel_id, username=_username(context, chat, "chat"), title=title, fallback=_fallback(context)
        )
    if context.options.chats != "all":
        return None
    return context.channel(title=title, fallback=_fallback(context))


def _fallback(context: ReadContext) -> str:
    return context.file.folder or context.file.base_name


def _kind(context: ReadContext, chat: dict[str, Any]) -> str:
    """``channel``, of ``ChatType.CHANNEL`` as well."""
    return (shapes.text(context, chat.get("type"), "chat.type") or "").rpartition(".")[2].lower()


def _username(context: ReadContext, chat: dict[str, Any], field: str) -> str | None:
    others = shapes.objects(context, chat.get("usernames"), f"{field}.usernames") if "usernames" in chat else []
    names = (chat.get("username"), *(each.get("username") for each in others if each.get("active", True)))
    return next((name for each in names if (name := shapes.text(context, each, f"{field}.username"))), None)


def _post(
    message: dict[str, Any],
    message_id: int,
    channel: Channel,
    record: ArchiveRecord,
    context: ReadContext,
    original: object,
) -> RawPost:
    text, text_entities = _content(message, context)
    return context.post(
        channel,
        message_id,
        place=record.number,
        posted_at=moments.moment(context, message.get("date"), "date"),
        # Reactions and counts bump the date as well; only some forks keep the mark of that.
        edited_at=moments.optional_moment(context, message.get("edit_date"), "edit_date")
        if not shapes.flag(context, message.get("edit_hidden"), "edit_hidden") and message.get("edit_hidden") is False
        else None,
        text=text,
        entities=text_entities,
        media=attachments(context, message),
        forward=_forward(context, message),
        reply_to=_reply(context, message),
        album_id=ids.album_id(context, message.get("media_group_id"), "media_group_id"),
        counters=_counters(message, context),
        original=original,
    )


def _content(message: dict[str, Any], context: ReadContext) -> tuple[str, tuple[TextEntity, ...]]:
    is_caption = message.get("text") in (None, "") and message.get("caption") is not None
    field, list_field = ("caption", "caption_entities") if is_caption else ("text", "entities")
    given: Any = message.get(field)
    listed = message.get(list_field)
    if isinstance(given, dict):  # forks: a text with its entities
        given, listed = given.get("text", given), given.get("entities")
    text = entities.text(given, field)
    spans = shapes.objects(context, listed, list_field)
    if spans:
        return text, entities.from_utf16(context, text, map(_entity, spans), list_field)
    return from_markdown(text) if context.options.is_markdown else (text, ())


def _entity(given: dict[str, Any]) -> entities.GivenEntity:
    return given.get("type"), given.get("offset"), given.get("length"), given.get("url")


def _forward(context: ReadContext, message: dict[str, Any]) -> ForwardOrigin | None:
    origin = shapes.optional_object(context, message.get("forward_origin"), "forward_origin")
    chat: Any
    if origin is not None:
        chat = origin.get("chat") or origin.get("sender_chat")
        number, name, date = origin.get("message_id"), origin.get("sender_user_name"), origin.get("date")
        person = origin.get("sender_user")
    else:
        chat, person = message.get("forward_from_chat"), message.get("forward_from")
        number, name = message.get("forward_from_message_id"), message.get("forward_sender_name")
        date = message.get("forward_date")
        if not (chat or person or name or date):
            return None
    chat = shapes.object_of(context, chat, "forward_from_chat")
    channel_id = ids.origin_id(context, chat.get("id"), "forward_from_chat.id")
    return ForwardOrigin(
        channel_id=channel_id,
        channel_username=_username(context, chat, "forward_from_chat") if channel_id else None,
        message_id=ids.optional_message_id(context, number, "forward_from_message_id") if channel_id else None,
        name=shapes.text(context, chat.get("title"), "forward_from_chat.title")
        or shapes.text(context, name, "forward_sender_name")
        or _name(context, person),
        posted_at=moments.optional_moment(context, date, "forward_date"),
    )


def _name(context: ReadContext, person: object) -> str | None:
    """The name that a forward shows."""
    given = shapes.object_of(context, person, "forward_from")
    parts = (shapes.text(context, given.get(field), f"forward_from.{field}") for field in ("first_name", "last_name"))
    return " ".join(part for part in parts if part) or None


def _reply(context: ReadContext, message: dict[str, Any]) -> Reply | None:
    answered = message.get("reply_to_message_id")
    if answered is None:
        nested = shapes.object_of(context, message.get("reply_to_message"), "reply_to_message")
        answered = nested.get("id", nested.get("message_id"))
    number = ids.optional_message_id(context, answered, "reply_to_message_id")
    return Reply(message_id=number) if number else None


def _counters(message: dict[str, Any], context: ReadContext) -> Counters:
    return shown_counters(
        views=counts.count(context, message.get("views"), "views"),
        forwards=counts.count(context, message.get("forwards"), "forwards"),
        reactions=counts.listed_reactions(
            context, message.get("reactions"), "reactions", list_key="reactions", name_of=_reaction_name
        ),
    )


def _reaction_name(reaction: dict[str, Any]) -> str | None:
    kind = reaction.get("type")
    if isinstance(kind, dict):  # forks: the reaction is within its count
        reaction = kind
    if reaction.get("custom_emoji_id") is not None:
        return counts.custom_emoji(reaction["custom_emoji_id"])
    if reaction.get("emoji") is None and (reaction.get("is_paid") or "paid" in str(reaction.get("_") or kind).lower()):
        return "paid"
    return entities.optional_text(reaction.get("emoji"))

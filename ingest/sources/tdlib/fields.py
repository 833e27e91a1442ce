"""One message of TDLib -> RawPost, in the layout of any version since 1.0 (2017)."""

from typing import Any

from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.mapping import counts, entities, ids, moments, shapes
from ingest.sources.mapping.ids import OtherChatError
from ingest.sources.tdlib.chats import ChatNames, channel_id, origin_id
from ingest.sources.tdlib.classes import class_of, object_of
from ingest.sources.tdlib.content import is_service, text_of
from ingest.sources.tdlib.media import attachments
from ingest.sources.tdlib.message_ids import optional_server_id, server_id
from schemas import Channel, Counters, ForwardOrigin, RawPost, Reply
from schemas.shown_counters import shown_counters

_CHANGES = ("updateDeleteMessages", "updateMessageContent", "updateMessageEdited", "updateMessageInteractionInfo")


def post_of(record: ArchiveRecord, names: ChatNames, context: ReadContext) -> RawPost | NoPost:
    """The post; raises InvalidRecordError."""
    message: Any = record.value
    if message is None:  # what TDLib returns for a message that is gone
        return NoPost(NoPostKind.EMPTY)
    if not isinstance(message, dict):
        raise InvalidRecordError("expected an object")
    kind = class_of(message)
    if kind.startswith("update"):
        if kind in _CHANGES:
            context.warn("updates of edits, deletions and counts are not read: posts are as they were when they came")
        message = message.get("message")
        if not isinstance(message, dict):
            return NoPost(NoPostKind.METADATA)
        kind = class_of(message)
    if kind not in ("", "message"):
        raise InvalidRecordError("no message", "@type")
    return _judged(message, record, names, context)


def _judged(message: dict[str, Any], record: ArchiveRecord, names: ChatNames, context: ReadContext) -> RawPost | NoPost:
    message_id = server_id(message.get("id"))
    if message_id is None or message.get("sending_state") or message.get("scheduling_state"):
        return NoPost(NoPostKind.UNSENT)
    content = message.get("content")
    if not isinstance(content, dict):
        raise InvalidRecordError("missing; it is required" if content is None else "expected an object", "content")
    if not class_of(content):
        raise InvalidRecordError("expected an object with a class", "content")
    if class_of(content) == "messageUnsupported":
        return NoPost(NoPostKind.UNSUPPORTED)
    try:
        channel = _channel(channel_id(message.get("chat_id")), names, context)
    except OtherChatError:
        if context.options.chats != "all":
            return NoPost(NoPostKind.OTHER_CHAT)
        channel = context.channel(fallback=f"chats of {context.file.base_name}")
    if is_service(content):
        return NoPost(NoPostKind.SERVICE)
    return _post(message, content, message_id, channel, record, names, context)


def _channel(number: int, names: ChatNames, context: ReadContext) -> Channel:
    username, title = names.of(number)
    return context.channel(channel_id=number, username=username, title=title, fallback="")


def _post(
    message: dict[str, Any],
    content: dict[str, Any],
    message_id: int,
    channel: Channel,
    record: ArchiveRecord,
    names: ChatNames,
    context: ReadContext,
) -> RawPost:
    text, text_entities = text_of(content, context)
    return context.post(
        channel,
        message_id,
        place=record.number,
        posted_at=moments.utc(message.get("date"), "date"),
        # TDLib leaves dates out that only reactions and counts have moved; that of 2018 did not.
        edited_at=None if "views" in message else moments.optional_utc(context, message.get("edit_date"), "edit_date"),
        text=text,
        entities=text_entities,
        media=attachments(context, content),
        forward=_forward(message.get("forward_info"), names, context),
        reply_to=_reply(context, message, channel.id),
        album_id=ids.album_id(context, message.get("media_album_id"), "media_album_id"),
        counters=_counters(message, context),
        original=message,
    )


def _forward(info: object, names: ChatNames, context: ReadContext) -> ForwardOrigin | None:
    """Where a message was forwarded from. Of a person nothing is kept but the name that the forward shows."""
    given = shapes.optional_object(context, info, "forward_info")
    if given is None:
        return None
    origin = shapes.object_of(context, given.get("origin", given), "forward_info.origin")  # before 1.3.7 one object
    channel = origin_id(context, origin.get("chat_id", origin.get("sender_chat_id")), "forward_info.origin.chat_id")
    username, title = names.of(channel)
    number = optional_server_id(context, origin.get("message_id"), "forward_info.origin.message_id")
    return ForwardOrigin(
        channel_id=channel,
        channel_username=username,
        message_id=number if channel else None,
        name=shapes.text(context, origin.get("sender_name"), "forward_info.origin.sender_name") or title,
        posted_at=moments.optional_utc(context, given.get("date"), "forward_info.date"),
    )


def _reply(context: ReadContext, message: dict[str, Any], own_id: int) -> Reply | None:
    """The post that a message answers; None for a story, and for a message of a chat that is no channel."""
    answer = shapes.optional_object(context, message.get("reply_to"), "reply_to")
    if answer is not None:
        number, chat_id = answer.get("message_id"), answer.get("chat_id")
    else:
        number, chat_id = message.get("reply_to_message_id"), message.get("reply_in_chat_id")
    answered = optional_server_id(context, number, "reply_to.message_id")
    if answered is None:
        return None
    if chat_id is None or chat_id in (0, message.get("chat_id")):
        return Reply(message_id=answered)
    other_id = origin_id(context, chat_id, "reply_to.chat_id")
    return None if other_id is None else Reply(message_id=answered, channel_id=None if other_id == own_id else other_id)


def _counters(message: dict[str, Any], context: ReadContext) -> Counters | None:
    """A count of 0 views is none: groups have no views, and the author is the first to see a post."""
    if "views" in message:  # before 1.6.9
        views = counts.count(context, message["views"], "views")
        return shown_counters(views=views) if views else None
    info = shapes.optional_object(context, message.get("interaction_info"), "interaction_info")
    if info is None:
        return None
    views = counts.count(context, info.get("view_count"), "interaction_info.view_count")
    forwards = counts.count(context, info.get("forward_count"), "interaction_info.forward_count")
    replies = shapes.object_of(context, info.get("reply_info"), "interaction_info.reply_info").get("reply_count")
    return shown_counters(
        views=views or None,
        forwards=forwards if views else None,
        replies=counts.count(context, replies, "interaction_info.reply_info.reply_count"),
        reactions=counts.listed_reactions(
            context,
            info.get("reactions"),
            "interaction_info.reactions",
            list_key="reactions",
            name_of=_reaction_name,
            count_key="total_count",
        ),
    )


def _reaction_name(reaction: dict[str, Any]) -> str | None:
    kind = object_of(reaction.get("type"))
    if class_of(kind) == "reactionTypePaid":
        return "paid"
    if kind.get("custom_emoji_id") is not None:
        return counts.custom_emoji(kind["custom_emoji_id"])
    return entities.optional_text(kind.get("emoji") or reaction.get("reaction"))  # the emoji alone before 1.8.6

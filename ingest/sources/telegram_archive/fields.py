"""One row of ``messages`` -> RawPost."""

import re
from typing import Any, NamedTuple

from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.channel_fields import parse_id
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.json_text import parse_json
from ingest.sources.mapping import counts, entities, ids, moments, shapes
from ingest.sources.mapping.markdown import from_markdown
from schemas import Channel, Counters, ForwardOrigin, Media, MediaKind, Poll, PollAnswer, RawPost, Reply, TextEntity
from schemas.shown_counters import shown_counters

MESSAGE_COLUMNS = (
    *("account_id", "id", "chat_id", "date", "text", "reply_to_msg_id", "reply_to_top_id", "forward_from_id"),
    *("media_type", "raw_data", "is_deleted"),
)
MARKS = frozenset(("chat_id", "reply_to_msg_id", "forward_from_id", "raw_data"))
"""Columns of its messages that together no other program has, in any of its versions."""
MEDIA_COLUMNS = ("type", "file_name", "file_size", "mime_type", "width", "height", "duration")
_KINDS = {**{kind.value: kind for kind in MediaKind}, "geo": MediaKind.LOCATION, "webpage": MediaKind.WEB_PAGE}
_STORED_NAME = re.compile(r"(?P<id>[0-9]{15,20})(?:_(?P<name>.+)|\.\w+)", re.DOTALL)
"""Telegram's id of the file, put before the sender's name."""
_MARKDOWN = re.compile(r"\*\*|__|~~|`|\]\(")


class ArchivedChat(NamedTuple):
    """A row of ``chats``."""

    kind: object
    title: object
    username: object


def post_of(record: ArchiveRecord, chats: dict[object, ArchivedChat], context: ReadContext) -> RawPost | NoPost:
    """The post; raises InvalidRecordError.

    ``edit_date`` is not read: reactions move it as well, and the mark that says so is not kept.
    """
    row: Any = record.value
    raw = _raw_data(row["raw_data"], context)
    channel = _channel(row["chat_id"], chats, context)
    if channel is None:
        return NoPost(NoPostKind.OTHER_CHAT)
    if row["is_repeated"] and _is_marked(row["chat_id"]):
        return NoPost(NoPostKind.REPEATED)
    if raw.get("service_type") or raw.get("action_type"):
        return NoPost(NoPostKind.SERVICE)
    message_id = ids.message_id(row["id"])
    text, text_entities = _content(row["text"], context)
    media = _media(row, raw, context)
    if row["is_deleted"]:
        context.warn("messages that were deleted since are read as posts")
    return context.post(
        channel,
        message_id,
        place=record.number,
        posted_at=moments.utc(row["date"], "date"),
        text=text,
        entities=text_entities,
        media=media,
        forward=_forward(row, raw, context),
        reply_to=_reply(row, context),
        album_id=ids.album_id(context, raw.get("grouped_id"), "raw_data.grouped_id"),
        counters=_counters(row, context),
        original=raw | {name: row[name] for name in MESSAGE_COLUMNS if not isinstance(row[name], bytes)},
    )


def _is_marked(chat_id: object) -> bool:
    return str(chat_id).startswith("-100")


def _channel(chat_id: object, chats: dict[object, ArchivedChat], context: ReadContext) -> Channel | None:
    """The channel; None for another chat that is not requested, as in a full export of Telegram Desktop."""
    if type(parse_id(chat_id)) is not int:
        raise InvalidRecordError("expected the id of a chat", "chat_id")
    chat = chats.get(chat_id, ArchivedChat("channel" if _is_marked(chat_id) else "private", None, None))
    is_all = context.options.chats == "all"
    if chat.kind != "channel" and not is_all:
        return None
    title = shapes.text(context, chat.title, "title of the chat")
    username = shapes.text(context, chat.username, "username of the chat")
    if chat.kind == "channel" or _is_marked(chat_id):
        channel_id = ids.channel_id(chat_id, "chat_id")
        return context.channel(channel_id=channel_id, username=username, title=title, fallback="")
    return context.channel(title=title, fallback=f"chats of {context.file.base_name}")


def _raw_data(written: object, context: ReadContext) -> dict[str, Any]:
    written = shapes.text(context, written, "raw_data")
    if written is None:
        return {}
    try:
        found = parse_json(written.encode())
    except InvalidRecordError:
        context.warn("raw_data holds what is no JSON; it is left out")
        return {}
    return shapes.object_of(context, found, "raw_data")


def _content(written: object, context: ReadContext) -> tuple[str, tuple[TextEntity, ...]]:
    text = entities.text(written)
    if context.options.is_markdown:
        return from_markdown(text)
    if _MARKDOWN.search(text):
        context.warn("texts hold Telethon's markdown; --markup markdown reads it")
    return text, ()


def _forward(row: dict[str, Any], raw: dict[str, Any], context: ReadContext) -> ForwardOrigin | None:
    origin, name = (
        row["forward_from_id"],
        shapes.text(context, raw.get("forward_from_name"), "raw_data.forward_from_name"),
    )
    if origin is None and name is None:
        return None
    # Without -100 it may be a person: older versions wrote all ids without their mark.
    channel_id = ids.origin_id(context, origin, "forward_from_id")
    channel_id = channel_id if _is_marked(origin) else None
    return ForwardOrigin(channel_id=channel_id, name=name)


def _reply(row: dict[str, Any], context: ReadContext) -> Reply | None:
    answered = ids.optional_message_id(context, row["reply_to_msg_id"], "reply_to_msg_id")
    if answered is None or answered == row["reply_to_top_id"]:
        return None
    return Reply(message_id=answered)


def _counters(row: dict[str, Any], context: ReadContext) -> Counters | None:
    if not row["reactions"]:
        return None
    found = ((_reaction_name(name), number) for name, number in row["reactions"])
    return shown_counters(reactions=counts.reactions(context, found, "reactions.count"))


def _reaction_name(written: object) -> str | None:
    name = written if isinstance(written, str) else None
    return name.replace("custom_", "custom:", 1) if name and name.startswith("custom_") else name


def _media(row: dict[str, Any], raw: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    poll = shapes.optional_object(context, raw.get("poll"), "raw_data.poll")
    if poll is not None:
        return (_poll(poll, context),)
    found = tuple(_file(each, context) for each in row["media"])
    if found:
        return found
    if row["media_type"]:  # versions before 6 had it with the message
        return (Media(kind=_KINDS.get(shapes.text(context, row["media_type"], "media_type") or "", MediaKind.OTHER)),)
    return (Media(kind=MediaKind.WEB_PAGE),) if raw.get("webpage") else ()


def _file(found: dict[str, Any], context: ReadContext) -> Media:
    name = shapes.text(context, found["file_name"], "media.file_name")
    stored = _STORED_NAME.fullmatch(name or "")
    return Media(
        kind=_KINDS.get(shapes.text(context, found["type"], "media.type") or "", MediaKind.OTHER),
        id=stored["id"] if stored else None,
        file_name=stored["name"] if stored else name,
        mime_type=shapes.text(context, found["mime_type"], "media.mime_type"),
        size_bytes=counts.size(context, found["file_size"] or None, "media.file_size"),
        width_px=counts.count(context, found["width"], "media.width"),
        height_px=counts.count(context, found["height"], "media.height"),
        duration_s=moments.seconds(context, found["duration"], "media.duration"),
    )


def _poll(poll: dict[str, Any], context: ReadContext) -> Media:
    results = shapes.object_of(context, poll.get("results"), "raw_data.poll.results")
    counted = shapes.objects(context, results.get("results"), "raw_data.poll.results.results")
    voters = {str(each.get("option")): each.get("voters") for each in counted}
    answers = shapes.objects(context, poll.get("answers"), "raw_data.poll.answers")
    record = Poll(
        question=shapes.words(context, poll.get("question"), "raw_data.poll.question"),
        answers=tuple(
            PollAnswer(
                text=shapes.words(context, each.get("text"), "raw_data.poll.answers.text"),
                voters=counts.votes(context, voters, str(each.get("option")), "raw_data.poll.voters"),
            )
            for each in answers
        ),
        is_quiz=shapes.flag(context, poll.get("quiz"), "raw_data.poll.quiz"),
        is_closed=shapes.flag(context, poll.get("closed"), "raw_data.poll.closed"),
        voters=counts.count(context, results.get("total_voters"), "raw_data.poll.total_voters"),
    )
    return Media(kind=MediaKind.POLL, id=ids.media_id(context, poll.get("id"), "raw_data.poll.id"), poll=record)

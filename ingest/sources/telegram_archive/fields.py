"""One row of ``messages`` -> RawPost."""

import re
from typing import Any, NamedTuple

from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.json_text import parse_json
from ingest.sources.mapping import counts, entities, ids, moments
from ingest.sources.mapping.markdown import from_markdown
from schemas import Channel, Counters, ForwardOrigin, Media, MediaKind, Poll, PollAnswer, RawPost, Reply, TextEntity

MESSAGE_COLUMNS = (
    *("account_id", "id", "chat_id", "date", "text", "reply_to_msg_id", "reply_to_top_id", "forward_from_id"),
    *("media_type", "raw_data", "is_deleted"),
)
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
    if not text and not media:
        return NoPost(NoPostKind.EMPTY)
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
        forward=_forward(row, raw),
        reply_to=_reply(row),
        album_id=ids.album_id(raw.get("grouped_id")),
        counters=_counters(row, context),
        original=raw | {name: row[name] for name in MESSAGE_COLUMNS if not isinstance(row[name], bytes)},
    )


def _is_marked(chat_id: object) -> bool:
    return str(chat_id).startswith("-100")


def _channel(chat_id: object, chats: dict[object, ArchivedChat], context: ReadContext) -> Channel | None:
    """The channel; None for another chat that is not asked for, as in a full export of Telegram Desktop."""
    chat = chats.get(chat_id, ArchivedChat("channel" if _is_marked(chat_id) else "private", None, None))
    is_all = context.options.chats == "all"
    if chat.kind != "channel" and not is_all:
        return None
    title, username = entities.optional_text(chat.title), entities.optional_text(chat.username)
    if chat.kind == "channel" or _is_marked(chat_id):
        channel_id = ids.channel_id(chat_id, "chat_id")
        return context.channel(channel_id=channel_id, username=username, title=title, fallback="")
    return context.channel(title=title, fallback=f"chats of {context.file.base_name}")


def _raw_data(written: object, context: ReadContext) -> dict[str, Any]:
    if not isinstance(written, str) or not written:
        return {}
    try:
        found = parse_json(written.encode())
    except InvalidRecordError:
        context.warn("raw_data holds what is no JSON; it is left out")
        return {}
    return found if isinstance(found, dict) else {}


def _content(written: object, context: ReadContext) -> tuple[str, tuple[TextEntity, ...]]:
    text = entities.text(written)
    if context.options.is_markdown:
        return from_markdown(text)
    if _MARKDOWN.search(text):
        context.warn("texts hold Telethon's markdown; --markup markdown reads it")
    return text, ()


def _forward(row: dict[str, Any], raw: dict[str, Any]) -> ForwardOrigin | None:
    origin, name = row["forward_from_id"], entities.optional_text(raw.get("forward_from_name"))
    if origin is None and name is None:
        return None
    # Without -100 it may be a person: older versions wrote all ids without their mark.
    channel_id = ids.optional_channel_id(origin) if _is_marked(origin) else None
    return ForwardOrigin(channel_id=channel_id, name=name)


def _reply(row: dict[str, Any]) -> Reply | None:
    answered = ids.optional_message_id(row["reply_to_msg_id"])
    if answered is None or answered == row["reply_to_top_id"]:
        return None
    return Reply(message_id=answered)


def _counters(row: dict[str, Any], context: ReadContext) -> Counters | None:
    if not row["reactions"]:
        return None
    found = ((_reaction_name(name), number) for name, number in row["reactions"])
    return Counters(reactions=counts.reactions(context, found, "reactions.count"))


def _reaction_name(written: object) -> str | None:
    name = entities.optional_text(written)
    return name.replace("custom_", "custom:", 1) if name and name.startswith("custom_") else name


def _media(row: dict[str, Any], raw: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    if isinstance(raw.get("poll"), dict):
        return (_poll(raw["poll"], context),)
    found = tuple(_file(each, context) for each in row["media"])
    if found:
        return found
    if row["media_type"]:  # versions before 6 had it with the message
        return (Media(kind=_KINDS.get(str(row["media_type"]), MediaKind.OTHER)),)
    return (Media(kind=MediaKind.WEB_PAGE),) if raw.get("webpage") else ()


def _file(found: dict[str, Any], context: ReadContext) -> Media:
    stored = _STORED_NAME.fullmatch(entities.optional_text(found["file_name"]) or "")
    return Media(
        kind=_KINDS.get(str(found["type"]), MediaKind.OTHER),
        id=stored["id"] if stored else None,
        file_name=stored["name"] if stored else entities.optional_text(found["file_name"]),
        mime_type=entities.optional_text(found["mime_type"]),
        size_bytes=counts.size(context, found["file_size"] or None, "media.file_size"),
        width_px=counts.count(context, found["width"], "media.width"),
        height_px=counts.count(context, found["height"], "media.height"),
        duration_s=moments.seconds(found["duration"]),
    )


def _poll(poll: dict[str, Any], context: ReadContext) -> Media:
    results = poll["results"] if isinstance(poll.get("results"), dict) else {}
    counted = [each for each in results.get("results") or () if isinstance(each, dict)]
    voters = {each.get("option"): each.get("voters") for each in counted if isinstance(each.get("option"), str)}
    answers = [each for each in poll.get("answers") or () if isinstance(each, dict)]
    record = Poll(
        question=entities.optional_text(poll.get("question")) or "",
        answers=tuple(
            PollAnswer(
                text=entities.optional_text(each.get("text")) or "",
                voters=counts.count(context, voters.get(str(each.get("option"))), "raw_data.poll.voters"),
            )
            for each in answers
        ),
        is_quiz=bool(poll.get("quiz")),
        is_closed=bool(poll.get("closed")),
        voters=counts.count(context, results.get("total_voters"), "raw_data.poll.total_voters"),
    )
    return Media(kind=MediaKind.POLL, id=str(poll["id"]) if poll.get("id") else None, poll=record)

"""One message -> RawPost."""

from datetime import datetime
from typing import Any

from ingest.collector.channel.albums import join
from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.mapping import counts, ids, moments, shapes
from ingest.sources.tdesktop_json.chat import ChatState, channel_of, peer
from ingest.sources.tdesktop_json.media import media_of
from ingest.sources.tdesktop_json.text import text_of
from schemas import Counters, ForwardOrigin, RawPost, Reply
from schemas.shown_counters import shown_counters

_WINTER_OF_1970 = 1970


def post_of(record: ArchiveRecord, value: object, state: ChatState, context: ReadContext) -> RawPost | NoPost:
    """The post; raises InvalidRecordError."""
    if not isinstance(value, dict):
        raise InvalidRecordError("expected an object")
    message: dict[str, Any] = value
    match message.get("type", "message"):
        case "message":
            pass
        case "service":
            return NoPost(NoPostKind.SERVICE)
        case str():
            return NoPost(NoPostKind.UNSUPPORTED)
        case _:
            raise InvalidRecordError("expected text", "type")
    message_id = ids.exported_message_id(message.get("id"))
    channel = state.channel(message)
    if channel is None:
        return NoPost(NoPostKind.OTHER_CHAT)
    text, spans = text_of(message, context)
    _check_sender(context, message.get("from_id"))
    return context.post(
        channel,
        message_id,
        place=record.number,
        posted_at=_posted_at(message, context),
        text=text,
        entities=spans,
        media=media_of(message, context),
        forward=_forward(message, context) if "forwarded_from" in message or "forwarded_from_id" in message else None,
        reply_to=_reply(message, state, channel.id, context) if "reply_to_message_id" in message else None,
        counters=_counters(message["reactions"], context) if "reactions" in message else None,
        original=message,
    )


def album_of(record: ArchiveRecord, state: ChatState, context: ReadContext) -> RawPost | NoPost:
    """One post of several messages, as live collection makes it; raises InvalidRecordError."""
    assert isinstance(record.value, tuple)
    parts = [post_of(record, message, state, context) for message in record.value]
    posts = [part for part in parts if isinstance(part, RawPost)]
    if not posts:
        return parts[0]
    post = join(posts, posts[0].message_id)
    return post.model_copy(update={"original": list(record.value)}) if context.options.keeps_original else post


def _check_sender(context: ReadContext, sender: object) -> None:
    """Warn of one that is of no known form; exports before 2021 have bare numbers."""
    if type(sender) is not int:
        _peer(context, sender, "from_id")


def _posted_at(message: dict[str, Any], context: ReadContext) -> datetime | None:
    unix_time = message.get("date_unixtime")
    if unix_time is not None and unix_time != "":
        return moments.moment(context, unix_time, "date_unixtime")
    if context.options.timezone is None:
        _hint_at_zone(message.get("edited"), context)
    return moments.moment(context, message.get("date"), "date")


def _hint_at_zone(edited: object, context: ReadContext) -> None:
    """Old exports write 0 as the date of an edit that never was, in the exporter's local time."""
    if not isinstance(edited, str) or not edited.startswith(("1970-01-01T", "1969-12-31T")):
        return
    try:
        local = datetime.fromisoformat(edited)
    except ValueError:
        return
    if local.tzinfo is None:
        minutes = round((local - datetime(1970, 1, 1)).total_seconds() / 60)  # noqa: DTZ001 - the clock that was read
        hours, rest = divmod(abs(minutes), 60)
        zone = f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
        context.warn(
            f"edits dated 1970 show that the exporter's clock was at {zone} in winter, which --timezone can give"
        )


def _forward(message: dict[str, Any], context: ReadContext) -> ForwardOrigin:
    """Its name is null when the origin is hidden."""
    return ForwardOrigin(
        channel_id=channel_of(_peer(context, message.get("forwarded_from_id"), "forwarded_from_id")),
        message_id=ids.optional_message_id(
            context, message.get("forwarded_from_message_id"), "forwarded_from_message_id"
        ),
        name=shapes.text(context, message.get("forwarded_from"), "forwarded_from"),
    )


def _reply(message: dict[str, Any], state: ChatState, channel_id: int, context: ReadContext) -> Reply | None:
    """None for what merely is in a topic, and for a reply to what is in no channel."""
    message_id = ids.optional_message_id(context, message["reply_to_message_id"], "reply_to_message_id")
    other = _peer(context, message.get("reply_to_peer_id"), "reply_to_peer_id")
    other_id = channel_of(other)
    if message_id is None or (other is not None and other_id is None):
        return None
    if other_id is None and state.is_topic(message_id):
        return None
    return Reply(message_id=message_id, channel_id=None if other_id == channel_id else other_id)


def _peer(context: ReadContext, value: object, field: str) -> tuple[str, int] | None:
    """As ``peer``; None for null, and with a warning for what is none."""
    found = peer(value)
    if found is None and value is not None and value != "":
        context.unknown(field, "id")
    return found


def _counters(given: object, context: ReadContext) -> Counters | None:
    found = counts.listed_reactions(context, given, "reactions", list_key="reactions", name_of=_reaction)
    return None if found is None else shown_counters(reactions=found)


def _reaction(reaction: dict[str, Any]) -> str | None:
    """The emoji, ``paid``, or ``custom:`` with the id, in place of which most exports have the path of a file, or why
    there is none: neither identifies the emoji.
    """
    if reaction.get("type") == "paid":
        return "paid"
    emoji = reaction.get("emoji")
    if emoji not in (None, "") and reaction.get("type") != "custom_emoji":
        return emoji if isinstance(emoji, str) else None
    document = reaction.get("document_id")
    is_unknown = document is None or isinstance(document, str)
    return counts.custom_emoji(document) or (counts.UNKNOWN_CUSTOM if is_unknown else None)

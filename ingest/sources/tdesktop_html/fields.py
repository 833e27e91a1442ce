"""The element of one message -> RawPost."""

import re
from collections.abc import Mapping
from datetime import datetime

from selectolax.lexbor import LexborNode

from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.html_splitter import parse_block
from ingest.sources.mapping import counts, ids, moments
from ingest.sources.tdesktop_html.dates import date_of
from ingest.sources.tdesktop_html.media import attachments
from ingest.sources.tdesktop_html.nodes import boxes, children, classes, words
from ingest.sources.tdesktop_html.text import marked_text
from schemas import Channel, Counters, ForwardOrigin, RawPost, Reply, TextEntity
from schemas.shown_counters import shown_counters

_ID = re.compile(r"message(-?[0-9]{1,20})")
_REPLY = re.compile(r".*#go_to_message([0-9]{1,20})", re.DOTALL)
_VIA = re.compile(r" via @[A-Za-z0-9_]+$")
_NOBODY = "Deleted Account"
"""What is written for an empty name: a hidden sender, or one whose account is gone."""
_UNSUPPORTED = "This message is not supported by this version of Telegram Desktop"
_FILE_ID = re.compile(r"(?:.*/)?([0-9]{5,20})(?:\.[a-z]+)?", re.DOTALL)


def post_of(
    record: ArchiveRecord, channel: Channel, context: ReadContext, leader: bytes | None = None
) -> RawPost | NoPost:
    """The post; raises InvalidRecordError. ``leader`` is the message whose header a joined one shares."""
    node = parse_block(record.raw)
    if "service" in classes(node):
        return NoPost(NoPostKind.UNSUPPORTED if words(node).startswith(_UNSUPPORTED) else NoPostKind.SERVICE)
    message_id = _message_id(node)
    body = boxes(node).get("body")
    if body is None:
        raise InvalidRecordError("the message has no body")
    frame = boxes(body)
    forwarded = _forwarded(body) if "forwarded" in frame else None
    content = body if forwarded is None else forwarded
    parts = frame if forwarded is None else boxes(forwarded)
    text, entities = _text(parts)
    return context.post(
        channel,
        message_id,
        place=record.number,
        posted_at=_posted_at(context, frame.get("date")),
        text=text,
        entities=entities,
        media=attachments(content) if "media_wrap" in parts else (),
        forward=None if forwarded is None else _forward(context, parts.get("from_name"), leader),
        reply_to=_reply(context, parts.get("reply_to")),
        counters=_counters(context, frame.get("reactions")),
        original=record.raw.decode() if context.options.keeps_original else None,
        file_name=record.file_name,
    )


def _message_id(node: LexborNode) -> int:
    written = node.attributes.get("id") or ""
    match = _ID.fullmatch(written)
    if match is None:
        raise InvalidRecordError('expected id="message" and a number' if written else "missing; it is required", "id")
    return ids.exported_message_id(match[1])


def _forwarded(body: LexborNode) -> LexborNode | None:
    """The box of a forwarded message; a picture of its author has one of its classes, too."""
    return next((node for node, names in children(body) if "forwarded" in names and "body" in names), None)


def _posted_at(context: ReadContext, date: LexborNode | None) -> datetime | None:
    return None if date is None else date_of(context, date.attributes.get("title") or "", "date")


def _text(parts: Mapping[str, LexborNode]) -> tuple[str, tuple[TextEntity, ...]]:
    box = parts.get("text")
    if box is None:  # since 2026 a text may be an article, with headings and tables
        box = next((node for name, node in parts.items() if name.startswith("rich_")), None)
    return ("", ()) if box is None else marked_text(box)


def _forward(context: ReadContext, header: LexborNode | None, leader: bytes | None) -> ForwardOrigin:
    """Where the message comes from; a hidden sender has no name. Of a joined message the name is the leader's."""
    if header is not None:
        return ForwardOrigin(name=_name(header), posted_at=_forwarded_at(context, header))
    header = None if leader is None else parse_block(leader).css_first(".forwarded.body > .from_name")
    return ForwardOrigin(name=None if header is None else _name(header))


def _name(header: LexborNode) -> str | None:
    date = next((words(each) for each, names in children(header) if "details" in names), "")
    name = _VIA.sub("", words(header).removesuffix(date).strip())
    return None if name == _NOBODY else name or None


def _forwarded_at(context: ReadContext, header: LexborNode) -> datetime | None:
    date = next((each for each, names in children(header) if "details" in names), None)
    written = "" if date is None else date.attributes.get("title") or words(date)
    return moments.or_unknown(
        context, "forwarded date", lambda: date_of(context, written, "forwarded date") if written else None
    )


def _reply(context: ReadContext, box: LexborNode | None) -> Reply | None:
    """The message answered in this chat, whatever page it is on; one in another chat is not named."""
    link = None if box is None else box.css_first("a[href]")
    match = None if link is None else _REPLY.fullmatch(link.attributes.get("href") or "")
    message_id = None if match is None else ids.optional_message_id(context, match[1], "reply")
    return None if message_id is None else Reply(message_id=message_id)


def _counters(context: ReadContext, box: LexborNode | None) -> Counters | None:
    if box is None:
        return None
    found = [(_reaction(each, names), _count(each)) for each, names in children(box) if "reaction" in names]
    return shown_counters(reactions=counts.reactions(context, found, "reactions") or None)


def _reaction(node: LexborNode, names: list[str]) -> str:
    if "paid" in names:
        return "paid"
    picture = node.css_first(".emoji a")
    if picture is None:
        return words(boxes(node).get("emoji"))
    match = _FILE_ID.fullmatch(picture.attributes.get("href") or "")
    return f"custom:{match[1]}" if match else counts.UNKNOWN_CUSTOM  # the emoji shown is the same for all


def _count(node: LexborNode) -> object:
    """The number, which is left out where everybody's picture is shown."""
    number = words(boxes(node).get("count"))
    return number or len(node.css(".userpics .userpic")) or None

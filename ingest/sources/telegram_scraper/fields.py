"""One row -> RawPost."""

import re
from pathlib import PureWindowsPath
from typing import Any

from ingest.sources.base import NoPost
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.mapping import counts, entities, ids, moments, shapes
from ingest.sources.mapping.markdown import from_markdown
from ingest.sources.mapping.media import kind_of_class, kind_of_file
from schemas import Channel, Counters, Media, MediaKind, RawPost, Reply
from schemas.shown_counters import shown_counters

_REACTION = re.compile(r"(\S+)\s+([0-9]+)(?:\s+|$)")
_NUMBERED = re.compile(r"[0-9]+-(.+)", re.DOTALL)
_NAMELESS = re.compile(r"(?:photo|document)\.\w+")


def post_of(record: ArchiveRecord, channel: Channel, context: ReadContext) -> RawPost | NoPost:
    """The post; raises InvalidRecordError. A row without text and media was a service message."""
    row: Any = record.value
    if not isinstance(row, dict):
        raise InvalidRecordError("expected an object")
    given = row.get("message_id")
    message_id = ids.message_id(None if given == "" else given, "message_id")
    text = entities.text(row.get("message"), "message")
    media = _media(row, context)
    shown, text_entities = from_markdown(text) if context.options.is_markdown else (text, ())
    answered = ids.optional_message_id(context, row.get("reply_to"), "reply_to")
    return context.post(
        channel,
        message_id,
        place=record.line or record.number,
        posted_at=moments.utc(row.get("date"), "date"),
        text=shown,
        entities=text_entities,
        media=media,
        reply_to=Reply(message_id=answered) if answered else None,
        counters=_counters(row, context),
        original={name: value for name, value in row.items() if name not in ("first_name", "last_name")},
    )


def _media(row: dict[str, Any], context: ReadContext) -> tuple[Media, ...]:
    name = shapes.text(context, row.get("media_type"), "media_type")
    kind = kind_of_class(name) if name else None
    if kind is None:
        return ()
    path = shapes.text(context, row.get("media_path"), "media_path")
    if path is None or kind not in (MediaKind.DOCUMENT, MediaKind.PHOTO):
        return (Media(kind=kind),)
    file_name = PureWindowsPath(path).name  # separators of both systems
    numbered = _NUMBERED.fullmatch(file_name)  # the message's id is put before the sender's name
    given = numbered[1] if numbered else file_name
    is_named = kind is MediaKind.DOCUMENT and not _NAMELESS.fullmatch(given)
    return (
        Media(
            kind=kind_of_file(file_name) if kind is MediaKind.DOCUMENT else kind, file_name=given if is_named else None
        ),
    )


def _counters(row: dict[str, Any], context: ReadContext) -> Counters | None:
    if not {"views", "forwards", "reactions"} & row.keys():
        return None
    return shown_counters(
        views=counts.count(context, row.get("views"), "views"),
        forwards=counts.count(context, row.get("forwards"), "forwards"),
        reactions=_reactions(row.get("reactions"), context),
    )


def _reactions(written: object, context: ReadContext) -> dict[str, int] | None:
    """From ``👍 12 ❤ 3``; custom emoji are not written."""
    found = shapes.text(context, written, "reactions")
    if found is None:
        return None
    if _REACTION.sub("", found).strip():
        context.unknown("reactions", "list of reactions")
    return counts.reactions(context, _REACTION.findall(found), "reactions")

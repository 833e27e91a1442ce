"""One row of 4CAT -> RawPost. ``id`` is ``name-2016``; times without a zone are beside unix times, which are read.

``timestamp_edited`` moves with reactions as well, and would give the state a false rank: it is not read.
"""

import re
from datetime import datetime

from ingest.sources.base import NoPost
from ingest.sources.context import ReadContext
from ingest.sources.csv_table.known_columns import CsvRow
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.fourcat.reactions import reactions_of
from ingest.sources.json_text import parse_object
from ingest.sources.mapping import counts, entities, ids, moments, shapes
from ingest.sources.mapping.markdown import from_markdown
from ingest.sources.table import cells
from ingest.sources.table.attachments import kind_of_name
from ingest.sources.table.channels import username
from ingest.utf16 import readable
from schemas import Channel, Counters, ForwardOrigin, Media, MediaKind, Poll, PollAnswer, RawPost, Reply, TextEntity
from schemas.shown_counters import shown_counters

_ID = re.compile(r"(?:(.*)-)?(-?[0-9.]+)", re.DOTALL)


def post_of(row: CsvRow, record: ArchiveRecord, context: ReadContext) -> RawPost | NoPost:
    """The post; raises InvalidRecordError."""
    match = _ID.fullmatch(row["id"].strip())
    if match is None:
        raise InvalidRecordError("expected CHAT-NUMBER", "id")
    text, text_entities = _content(row, context)
    reply_to = cells.optional_message_id(context, row.get("reply_to"), "reply_to")
    return context.post(
        _channel(row, context),
        cells.message_id(match[2], "id"),
        place=record.line,
        posted_at=_moment(row, "timestamp", context),
        text=text,
        entities=text_entities,
        media=_media(row, context),
        forward=_forward(row, context),
        reply_to=None if reply_to is None else Reply(message_id=reply_to),
        counters=_counters(row, context),
        original=row,
    )


def _channel(row: CsvRow, context: ReadContext) -> Channel:
    written = row.get("chat", "").strip() or row["thread_id"].strip()
    name = username(written)
    is_id = written.lstrip("-").isdigit()
    return context.channel(
        channel_id=cells.channel_id(written, "chat") if is_id else None,
        username=name,
        title=None if is_id or name else written or None,
        fallback=context.file.base_name,
    )


def _content(row: CsvRow, context: ReadContext) -> tuple[str, tuple[TextEntity, ...]]:
    """The plain text; with ``--markup markdown`` the one that holds the entities, too."""
    markdown = row.get("body_markdown")
    if context.options.is_markdown and markdown:
        return from_markdown(readable(markdown))
    return entities.text(row.get("body"), "body"), ()


def _moment(row: CsvRow, column: str, context: ReadContext) -> datetime | None:
    unix_time = cells.known(row.get(f"unix_{column}"))
    if unix_time is not None:
        return cells.utc(unix_time, f"unix_{column}")
    return cells.moment(context, row.get(column), column)


def _counters(row: CsvRow, context: ReadContext) -> Counters:
    """Views alone: 4CAT writes nothing for 0 and for unknown ones."""
    return shown_counters(
        views=counts.count(context, cells.known(row.get("views")), "views"),
        forwards=counts.count(context, cells.known(row.get("forwards")), "forwards"),
        reactions=reactions_of(row.get("reactions", ""), context),
    )


def _forward(row: CsvRow, context: ReadContext) -> ForwardOrigin | None:
    """The id may be a person's as well as a channel's, and nothing distinguishes them: it is left out."""
    name = cells.known(row.get("author_forwarded_from_name"))
    channel_username = username(row.get("author_forwarded_from_username"))
    posted_at = moments.or_unknown(
        context, "timestamp_forwarded_from", lambda: _moment(row, "timestamp_forwarded_from", context)
    )
    written_id = cells.known(row.get("author_forwarded_from_id"))
    if all(part is None for part in (name, channel_username, posted_at, written_id)):
        return None
    return ForwardOrigin(
        channel_username=channel_username, name=readable(str(name)) if name else None, posted_at=posted_at
    )


def _media(row: CsvRow, context: ReadContext) -> tuple[Media, ...]:
    written = str(cells.known(row.get("attachment_type")) or "")
    if not written:
        return ()
    kind = kind_of_name(written) or MediaKind.OTHER
    data = _data(context, row.get("attachment_data", ""))
    if kind is MediaKind.POLL:
        return (Media(kind=kind, poll=_poll(data, context)),)
    is_file = kind not in (MediaKind.WEB_PAGE, MediaKind.CONTACT, MediaKind.LOCATION)
    name = cells.known(row.get("attachment_filename")) if is_file and kind is not MediaKind.PHOTO else None
    media_id = ids.media_id(context, data.get("id"), "attachment_data.id") if is_file else None
    return (Media(kind=kind, id=media_id, file_name=readable(str(name)) if name else None),)


def _data(context: ReadContext, written: str) -> dict[str, object]:
    """Contacts have phone numbers here: nothing of them is read."""
    if cells.known(written) is None:
        return {}
    try:
        return parse_object(written.encode("utf-8", "replace"))
    except InvalidRecordError:
        context.unknown("attachment_data", "JSON object")
        return {}


def _poll(data: dict[str, object], context: ReadContext) -> Poll | None:
    question = shapes.words(context, data.get("question"), "attachment_data.question")
    if not question:
        return None
    return Poll(
        question=question,
        answers=tuple(
            PollAnswer(
                text=shapes.words(context, each.get("answer"), "attachment_data.answers"),
                voters=counts.count(context, each.get("votes"), "attachment_data"),
            )
            for each in shapes.objects(context, data.get("answers"), "attachment_data.answers")
        ),
        voters=counts.count(context, data.get("voters"), "attachment_data"),
    )

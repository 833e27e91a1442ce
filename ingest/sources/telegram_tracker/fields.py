"""One row of telegram-tracker -> RawPost.

Ids come as ``1681050227.0``. Columns about contacts are never read.
"""

from contextlib import suppress

from ingest.sources.base import NoPost
from ingest.sources.channel_fields import parse_id
from ingest.sources.context import ReadContext
from ingest.sources.csv_table.known_columns import CsvRow
from ingest.sources.format import ArchiveRecord
from ingest.sources.mapping import counts, entities, ids, moments, shapes
from ingest.sources.table import cells
from ingest.sources.table.attachments import kind_of_name
from ingest.sources.table.channels import username
from ingest.sources.telegram_tracker.polls import poll_of
from ingest.utf16 import readable
from schemas import Counters, ForwardOrigin, Media, MediaKind, RawPost, Reply
from schemas.channel_names import post_link
from schemas.keys import ID_LIMIT
from schemas.shown_counters import shown_counters


def post_of(row: CsvRow, record: ArchiveRecord, context: ReadContext) -> RawPost | NoPost:
    """The post; raises InvalidRecordError."""
    message_id = cells.message_id(row.get("msg_id"), "msg_id")
    channel = context.channel(
        channel_id=cells.channel_id(row.get("channel_id"), "channel_id"),
        username=username(row.get("channel_name")) or _linked_username(row),
        fallback=context.file.folder or context.file.base_name,
    )
    reply_to = cells.optional_message_id(context, row.get("reply_to_msg_id"), "reply_to_msg_id")
    return context.post(
        channel,
        message_id,
        place=record.line,
        posted_at=cells.utc(row.get("date"), "date"),
        text=_text(row),
        media=_media(row, context),
        forward=_forward(row, context),
        reply_to=None if reply_to is None else Reply(message_id=reply_to),
        counters=_counters(row, context),
        original=row,
    )


def _linked_username(row: CsvRow) -> str | None:
    link = post_link(row.get("msg_link", ""))
    return link.username if link else None


def _text(row: CsvRow) -> str:
    """Data sets keep the text only where it is cleaned, and a blank in its place."""
    text = entities.text(row.get("message"), "message")
    return text if text.strip() else entities.text(row.get("cleaned_message"), "cleaned_message") or text


def _counters(row: CsvRow, context: ReadContext) -> Counters:
    views, forwards, replies = (
        counts.count(context, cells.known(row.get(column)), column)
        for column in ("views", "number_forwards", "number_replies")
    )
    return shown_counters(views=views, forwards=forwards, replies=replies)


def _forward(row: CsvRow, context: ReadContext) -> ForwardOrigin | None:
    is_forward = cells.truth(row.get("is_forward"))
    if is_forward is None and cells.known(row.get("is_forward")) is not None:
        context.unknown("is_forward", "yes or no")
    if not is_forward:
        return None
    link = post_link(row.get("forward_msg_link", ""))
    is_channel = row.get("forward_msg_from_peer_type", "").strip() in ("PeerChannel", "channel_id")
    name = username(row.get("forward_msg_from_peer_name")) if is_channel else None
    return ForwardOrigin(
        channel_id=ids.origin_id(context, cells.known(row.get("forward_msg_from_peer_id")), "forward_msg_from_peer_id")
        if is_channel
        else None,
        channel_username=link.username if link and link.username else name,
        message_id=link.message_id if link else None,
        name=None
        if is_channel or link
        else shapes.text(context, cells.known(row.get("forward_msg_from_peer_name")), "forward_msg_from_peer_name"),
        posted_at=moments.or_unknown(
            context, "forward_msg_date", lambda: cells.utc(row.get("forward_msg_date"), "forward_msg_date")
        ),
    )


def _media(row: CsvRow, context: ReadContext) -> tuple[Media, ...]:
    written = str(cells.known(row.get("media_type")) or "")
    if not written and not cells.truth(row.get("contains_media")):
        return ()
    kind = kind_of_name(written) or MediaKind.OTHER
    if kind is MediaKind.POLL:
        return (Media(kind=kind, poll=poll_of(row, context)),)
    if kind is not MediaKind.DOCUMENT:
        return (Media(kind=kind),)
    document = str(cells.known(row.get("document_type")) or "")
    number = _document_id(row.get("document_id"))
    name = cells.known(row.get("document_filename"))
    return (
        Media(
            kind=_document_kind(document),
            id=str(number) if number else None,
            mime_type=document if "/" in document else None,
            file_name=readable(name) if isinstance(name, str) else None,
            duration_s=_duration(context, row.get("document_video_duration")),
        ),
    )


def _document_kind(written: str) -> MediaKind:
    main = written.partition("/")[0]
    return kind_of_name(main) or MediaKind.DOCUMENT


def _document_id(value: object) -> int | None:
    """None for nearly all: of ids of 64 bits the tool's numbers do not hold all digits."""
    number = parse_id(cells.known(value))
    return number if type(number) is int and 0 < number < ID_LIMIT else None


def _duration(context: ReadContext, value: object) -> float | None:
    known = cells.known(value)
    with suppress(ValueError):  # of which a warning is made
        known = known if known is None else float(str(known))
    return moments.seconds(context, known, "document_video_duration")

"""One row of a table of any layout -> RawPost."""

from datetime import datetime

import orjson

from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.mapping import entities, ids, moments
from ingest.sources.mapping.markdown import from_markdown
from ingest.sources.table import cells
from ingest.sources.table.attachments import attachments
from ingest.sources.table.channels import Identity, RowChannels
from ingest.sources.table.columns import Layout
from ingest.sources.table.forwards import forward_of
from ingest.sources.table.guess import CellsByColumn, value_of
from ingest.sources.table.reactions import reactions_of
from ingest.sources.table.text_entities import text_entities
from ingest.sources.table.written_out import class_of, written_parts
from ingest.sources.tdesktop_json.text import joined_text
from ingest.sources.tdlib.message_ids import optional_server_id, server_id
from schemas import Counters, ForwardOrigin, Media, RawPost, Reply, TextEntity, numbered_id
from schemas.shown_counters import shown_counters

EXCEL_LIMIT = 32_767
"""UTF-16 units of a cell: a spreadsheet cuts off what is behind them."""
_COUNTERS = ("views", "forwards", "replies", "reactions")
_SERVICE = frozenset(("service", "messageservice", "action", "system"))


class RowMapper:
    """Builds posts of one file by its layout."""

    def __init__(self, layout: Layout, context: ReadContext) -> None:
        self._fields, self._date_orders = layout.fields, layout.date_orders
        self._context = context
        self._has_tdlib_ids = layout.has_tdlib_ids
        self._channels = RowChannels(layout, context)
        self._has_counters = any(field in self._fields for field in _COUNTERS)
        self._has_forward = any(field.startswith("forward_") or field == "forward" for field in self._fields)
        self._has_media = any(field in self._fields for field in ("media", "file_name", "mime_type"))
        context.says_attachments = self._has_media

    def name_channel(self, around: Identity, key: Identity) -> None:
        """What is said around the next rows: of their channel, and by the key that their list has."""
        self._channels.around, self._channels.key = around, key

    def post_of(self, record: ArchiveRecord) -> RawPost | NoPost:
        """The post; raises InvalidRecordError with the column at fault."""
        row = record.value
        if not isinstance(row, dict):
            raise InvalidRecordError("expected an object")
        if self._is_service(row):
            return NoPost(NoPostKind.SERVICE)
        message_id = self._message_id(row, record)
        if message_id is None:
            return NoPost(NoPostKind.UNSENT)
        text, spans = self._content(row)
        return self._context.post(
            self._channels.of(row),
            message_id,
            place=record.line or record.number,
            posted_at=self._moment(row, "date"),
            edited_at=self._edited_at(row) if "edited" in self._fields else None,
            text=text,
            entities=spans,
            media=self._media(row),
            forward=self._forward(row),
            reply_to=self._reply(row) if "reply_to" in self._fields else None,
            album_id=self._album_id(row) if "album" in self._fields else None,
            counters=self._counters(row),
            original=_as_json(row) if self._context.options.keeps_original else None,
        )

    def _column(self, field: str) -> str:
        return self._fields.get(field, field)

    def _get(self, row: CellsByColumn, field: str) -> object:
        column = self._fields.get(field)
        return None if column is None else value_of(row, column)

    def _moment(self, row: CellsByColumn, field: str) -> datetime | None:
        column = self._fields.get(field)
        if column is None:
            return None
        return cells.moment(self._context, value_of(row, column), column, self._date_orders.get(column))

    def _other_moment(self, row: CellsByColumn, field: str) -> datetime | None:
        """A date that is not the post's own."""
        return moments.or_unknown(self._context, self._column(field), lambda: self._moment(row, field))

    def _is_service(self, row: CellsByColumn) -> bool:
        if "kind" not in self._fields:
            return False
        kind = self._get(row, "kind")
        if isinstance(kind, bool) or cells.truth(kind) is not None:
            column = self._column("kind").lower()
            return "service" in column and cells.truth(kind) is True
        if not isinstance(kind, str):
            return False
        written = (class_of(kind) or kind).strip().lower()
        return written in _SERVICE or written.startswith("messageaction")

    def _message_id(self, row: CellsByColumn, record: ArchiveRecord) -> int | None:
        """The id; None for that of a message which only TDLib had."""
        column = self._fields.get("id")
        if column is not None and self._has_tdlib_ids:
            return server_id(cells.whole(value_of(row, column), column), column)
        if column is not None:
            return cells.message_id(value_of(row, column), column)
        link = cells.link(self._get(row, "link"))
        if link is not None:
            return link.message_id
        if "link" in self._fields:
            raise InvalidRecordError("no link to a post", self._column("link"))
        self._context.warn("no column holds ids of messages; they are numbered by their place in the file")
        return numbered_id(record.number or record.line or 1)

    def _content(self, row: CellsByColumn) -> tuple[str, tuple[TextEntity, ...]]:
        """Text and entities; a list of parts is what Telegram Desktop writes."""
        value = self._get(row, "text")
        if isinstance(value, str) and value[:1] == "[":
            value = written_parts(value)
        if isinstance(value, list) and value:
            return joined_text(self._context, value, self._column("text"))
        text = self._text(row)
        spans = self._spans(row, text) if "entities" in self._fields else ()
        return from_markdown(text) if self._context.options.is_markdown and not spans else (text, spans)

    def _text(self, row: CellsByColumn) -> str:
        text = self._plain(row, "text")
        if not text.strip() and "caption" in self._fields:
            text = self._plain(row, "caption") or text
        if len(text) >= EXCEL_LIMIT // 2 and len(text.encode("utf-16-le", "replace")) // 2 == EXCEL_LIMIT:
            self._context.warn(f"a text of exactly {EXCEL_LIMIT:,} characters: a spreadsheet cuts texts there")
        return text

    def _plain(self, row: CellsByColumn, field: str) -> str:
        value, column = self._get(row, field), self._column(field)
        if isinstance(value, list):
            return joined_text(self._context, value, column)[0]
        return entities.text(None if isinstance(value, float) and value != value else value, column)

    def _media(self, row: CellsByColumn) -> tuple[Media, ...]:
        if not self._has_media:
            return ()
        return attachments(
            self._context, self._get(row, "media"), self._get(row, "file_name"), self._get(row, "mime_type")
        )

    def _forward(self, row: CellsByColumn) -> ForwardOrigin | None:
        if not self._has_forward:
            return None
        return forward_of(
            self._context, lambda field: self._origin(row, field), self._other_moment(row, "forward_date")
        )

    def _origin(self, row: CellsByColumn, field: str) -> object:
        is_id = field == "forward_message_id"
        return self._other_id(row, field) if is_id else self._get(row, field)

    def _other_id(self, row: CellsByColumn, field: str) -> int | None:
        """The id of another message."""
        context, column = self._context, self._column(field)
        found = cells.optional_message_id(context, self._get(row, field), column)
        return optional_server_id(context, found, column) if self._has_tdlib_ids else found

    def _album_id(self, row: CellsByColumn) -> int | None:
        column = self._column("album")
        return ids.album_id(self._context, cells.optional_whole(self._context, self._get(row, "album"), column), column)

    def _spans(self, row: CellsByColumn, text: str) -> tuple[TextEntity, ...]:
        return text_entities(self._context, text, self._get(row, "entities"), self._column("entities"))

    def _edited_at(self, row: CellsByColumn) -> datetime | None:
        """None for a mere yes."""
        return None if cells.truth(self._get(row, "edited")) is not None else self._other_moment(row, "edited")

    def _reply(self, row: CellsByColumn) -> Reply | None:
        message_id = self._other_id(row, "reply_to")
        return None if message_id is None else Reply(message_id=message_id)

    def _counters(self, row: CellsByColumn) -> Counters | None:
        if not self._has_counters:
            return None
        context = self._context
        written = [self._get(row, field) for field in _COUNTERS[:3]]
        views, forwards, replies = (
            cells.count(context, value, self._column(field)) for field, value in zip(_COUNTERS, written, strict=False)
        )
        reactions = None
        if "reactions" in self._fields:
            reactions = reactions_of(context, self._get(row, "reactions"), self._column("reactions"))
        if all(found is None for found in (views, forwards, replies, reactions)):
            return None
        observed_at = self._other_moment(row, "observed")
        return shown_counters(
            observed_at=observed_at,
            is_exact=False if any(map(cells.is_rounded, written)) else None,
            views=views,
            forwards=forwards,
            replies=replies,
            reactions=reactions,
        )


def _as_json(row: CellsByColumn) -> object:
    """The row with what only Parquet has, such as dates, as text."""
    return orjson.loads(orjson.dumps(row, default=str, option=orjson.OPT_NON_STR_KEYS))

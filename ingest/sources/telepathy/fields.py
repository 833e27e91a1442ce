"""One row of Telepathy -> RawPost. The sender's name and id are never read; nor is ``Edit_date``, which moves with
reactions as well and would give the state a false rank.
"""

from collections.abc import Mapping

from ingest.sources.base import NoPost
from ingest.sources.context import ReadContext
from ingest.sources.csv_table.known_columns import CsvRow
from ingest.sources.format import ArchiveRecord
from ingest.sources.mapping import counts, entities
from ingest.sources.table import cells
from ingest.sources.table.channels import username
from schemas import Counters, Media, MediaKind, RawPost, Reply
from schemas.channel_names import post_link
from schemas.shown_counters import shown_counters

_REACTIONS: Mapping[str, str] = {
    "Thumbs_up": "👍",
    "Thumbs_down": "👎",
    "Heart": "❤",
    "Fire": "🔥",
    "Smile_with_hearts": "🥰",
    "Clap": "👏",
    "Smile": "😁",
    "Thinking": "🤔",
    "Exploding_head": "🤯",
    "Scream": "😱",
    "Angry": "🤬",
    "Single_tear": "😢",
    "Party": "🎉",
    "Starstruck": "🤩",
    "Vomit": "🤮",
    "Poop": "💩",
    "Pray": "🙏",
}
"""Columns for single reactions; all others are only within the total."""


def post_of(row: CsvRow, record: ArchiveRecord, context: ReadContext) -> RawPost | NoPost:
    """The post; raises InvalidRecordError."""
    target = row.get("To", "").strip()
    link = post_link(row.get("URL", ""))
    name = username(target) or (link.username if link else None)
    is_id = target.lstrip("-").isdigit()
    channel = context.channel(
        channel_id=cells.channel_id(target, "To") if is_id else link.channel_id if link else None,
        username=name,
        title=target if target and not is_id and name is None else None,
        fallback=context.file.folder or context.file.base_name,
    )
    reply_to = cells.optional_message_id(context, row.get("Reply_to_ID"), "Reply_to_ID")
    return context.post(
        channel,
        cells.message_id(row.get("Message ID"), "Message ID"),
        place=record.line,
        posted_at=cells.utc(row.get("Timestamp"), "Timestamp"),
        text=entities.text(row.get("Message_text"), "Message_text"),
        media=(Media(kind=MediaKind.OTHER),) if _has_media(row) else (),
        reply_to=None if reply_to is None else Reply(message_id=reply_to),
        counters=_counters(row, context),
        original=dict(row),
    )


def _has_media(row: CsvRow) -> bool:
    value = row.get("Has_media")
    return cells.truth(value) is not False and cells.known(value) is not None


def _counters(row: CsvRow, context: ReadContext) -> Counters:
    views, forwards, replies = (
        counts.count(context, cells.known(row.get(column)), column) for column in ("Views", "Forwards", "Replies")
    )
    return shown_counters(views=views, forwards=forwards, replies=replies, reactions=_reactions(row, context))


def _reactions(row: CsvRow, context: ReadContext) -> dict[str, int] | None:
    """Those that have a column of their own; null when no column has a number above 0."""
    named = [(emoji, cells.known(row.get(column))) for column, emoji in _REACTIONS.items()]
    found = counts.reactions(context, ((emoji, value) for emoji, value in named if value is not None), "reactions")
    return {emoji: number for emoji, number in (found or {}).items() if number} or None

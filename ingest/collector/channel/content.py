"""What a source says of a message, against what was published of it."""

from ingest.collector.channel.digest import digest
from ingest.ledger.records import Row
from ingest.live_reader import Absence, Entry, Gone
from schemas import RawPost

LAG_S = 600.0
"""Servers are not all equally far. So much later an answer with an earlier date is what Telegram has now: its clock was
set back.
"""


def differs(row: Row, entry: Entry | None, now_s: float) -> bool:
    """Whether a source says something else of a message than what was published; None: it does not have it.

    ``now_s`` is by the clock of orders.
    """
    if isinstance(entry, RawPost):
        return row.is_deleted or (row.digest != digest(entry) and not _is_older(entry, row, now_s))
    return not row.is_deleted and is_gone(entry)


def _is_older(post: RawPost, row: Row, now_s: float) -> bool:
    """Whether an answer precedes an edit that was published a moment ago."""
    if post.edited_at is None or row.edited_at is None or row.digest is None or row.seen_at is None:
        return False
    return post.edited_at.timestamp() < row.edited_at and now_s < row.seen_at + LAG_S


def is_gone(entry: Entry | None) -> bool:
    """Whether a message is not there any more. One that cannot be read, or is no post now, still is."""
    return entry is None or (isinstance(entry, Gone) and entry.why in (Absence.DELETED, Absence.NOT_RETURNED))

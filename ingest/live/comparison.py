"""What a source says of a message, against what was published of it."""

from ingest.live.digest import digest
from ingest.live.reader import Absence, Entry, Gone
from ingest.progress.settlement import Row
from schemas import RawPost


def differs(row: Row, entry: Entry | None) -> bool:
    """Whether a source says something else of a message than what was published; None: it does not have it."""
    if isinstance(entry, RawPost):
        return row.is_deleted or (row.digest != digest(entry) and not _is_older(entry, row))
    return not row.is_deleted and is_gone(entry)


def _is_older(post: RawPost, row: Row) -> bool:
    """Whether an answer precedes an edit that was published: servers and accounts are not all equally far."""
    if post.edited_at is None or row.edited_at is None or row.digest is None:
        return False
    return post.edited_at.timestamp() < row.edited_at


def is_gone(entry: Entry | None) -> bool:
    """Whether a message is not there any more. One that cannot be read, or is no post now, still is."""
    return entry is None or (isinstance(entry, Gone) and entry.why in (Absence.DELETED, Absence.NOT_RETURNED))

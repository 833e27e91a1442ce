"""A message and its row of the ledger: what counts as the same, and what differs from what was published."""

import orjson
import xxhash

from ingest.ledger.records import PublishedMessage
from ingest.live_reader import AbsenceReason, AbsentMessage, PostOrAbsence
from schemas import RawPost
from schemas.raw import Poll

LAG_S = 600.0
"""Servers are not all equally far. So much later an answer with an earlier date is what Telegram has now: its clock was
set back.
"""
_SIGN = 1 << 63


def digest(post: RawPost) -> int:
    """Signed xxh3-64 over text, entities, ids of media, and the question and answers of polls.

    Counts, votes, reactions and the date of the edit never change it: Telegram reports a reaction as an edit.
    """
    if not post.entities and not post.media:
        return _hash(post.text.encode())
    entities = [(entity.kind.value, entity.start, entity.end, entity.url) for entity in post.entities]
    media = [(media.kind.value, media.id, _poll(media.poll)) for media in post.media]
    return _hash(orjson.dumps((post.text, entities, media)))


def _poll(poll: Poll | None) -> tuple[str, list[str], bool] | None:
    return None if poll is None else (poll.question, [answer.text for answer in poll.answers], poll.is_closed)


def _hash(content: bytes) -> int:
    return int(xxhash.xxh3_64_intdigest(content)) - _SIGN


def row_of(post: RawPost, seen_at: float, *, anchor: int | None = None, is_known: bool = True) -> PublishedMessage:
    """The row of a message. ``seen_at``, by the clock of orders, is the post's date when none is known; with
    ``is_known`` False its content is yet to be published.
    """
    return PublishedMessage(
        post.message_id,
        post.message_id if anchor is None else anchor,
        post.album_id,
        digest(post) if is_known else None,
        seen_at if post.posted_at is None else post.posted_at.timestamp(),
        None if post.edited_at is None else post.edited_at.timestamp(),
        seen_at=seen_at,
        last_seen_at=None if post.collected_at is None else post.collected_at.timestamp(),
    )


def differs(row: PublishedMessage, entry: PostOrAbsence | None, now_s: float) -> bool:
    """Whether a message of a source differs from what was published; None: the source does not have it.

    ``now_s`` is by the clock of orders.
    """
    if isinstance(entry, RawPost):
        return row.is_deleted or (row.digest != digest(entry) and not _is_older(entry, row, now_s))
    return not row.is_deleted and is_gone(entry)


def is_unchanged(row: PublishedMessage, entry: PostOrAbsence | None) -> bool:
    """Whether a source still has a message with the content that was published."""
    return isinstance(entry, RawPost) and not row.is_deleted and row.digest == digest(entry)


def _is_older(post: RawPost, row: PublishedMessage, now_s: float) -> bool:
    """Whether an answer precedes an edit that was published a moment ago."""
    if post.edited_at is None or row.edited_at is None or row.digest is None or row.seen_at is None:
        return False
    return post.edited_at.timestamp() < row.edited_at and now_s < row.seen_at + LAG_S


def is_gone(entry: PostOrAbsence | None) -> bool:
    """Whether a message is not there any more. One that cannot be read, or is no post now, still is."""
    return entry is None or (
        isinstance(entry, AbsentMessage) and entry.reason in (AbsenceReason.DELETED, AbsenceReason.NOT_RETURNED)
    )

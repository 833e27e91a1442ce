"""What a ledger holds of a channel, and the updates that it records once a post is acknowledged."""

from dataclasses import dataclass
from typing import NamedTuple

from ingest.live_reader import AbsentRange

MAX_ALBUM_SPAN = 20
"""Ids within which the parts of an album lie: it has at most 10, and other messages can come between."""


class PublishedMessage(NamedTuple):
    """A message that was published, as it was last acknowledged. Times are seconds since 1970."""

    id: int
    anchor: int
    """Message id of the post's key: that of the album, else its own."""
    album: int | None
    digest: int | None
    """Digest of the message's own content; None: not yet published with its album."""
    posted_at: float
    edited_at: float | None
    is_deleted: bool = False
    seen_at: float | None = None
    """By the clock of orders: its content is not later than that. None: not known, in a ledger of an older version."""
    last_seen_at: float | None = None
    """By the wall clock: when it was there for the last time, with this content. None: not known."""


class Refetch(NamedTuple):
    """An order to read one message again."""

    id: int
    stamp: int
    """Distinguishes this request from a later one for the same message."""
    is_deletion: bool
    """Whether an update reported the message as deleted."""
    is_in_doubt: bool = False
    """Whether something was sent for it that may not be recorded: what is published last is then not known."""


@dataclass(frozen=True, slots=True)
class ChannelProgress:
    """How far a channel is collected, as message ids."""

    started_at: int
    """Newest id when the channel was first seen: what is above is collected live, the rest by a backfill."""
    frontier: int
    """Every id above ``started_at`` up to here is explained."""
    backfilled: int
    """Every id up to here is explained."""


@dataclass(slots=True)
class LedgerUpdate:
    """What the ledger records when the post that it belongs to is acknowledged, or has nothing to wait for."""

    channel_id: int
    rows: tuple[PublishedMessage, ...] = ()
    absent: tuple[AbsentRange, ...] = ()
    frontier: int | None = None
    backfilled: int | None = None
    done: tuple[Refetch, ...] = ()
    found: tuple[int, ...] = ()
    """Ids that were absent and are not any more."""
    filled: tuple[tuple[int, int], ...] = ()
    """Stretches of ids that the bounds of a backfill had left out, and that are explained now."""
    next_refetch: tuple[int, float] | None = None
    """Id of a post, and when to read it again; an earlier request for it is kept."""

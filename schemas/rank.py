"""The order of the states of one post: which of two is newer, whatever the order in which they arrive.

docs/order.md has the decision table. The analysis, duplicate detection and every store use this rule.
"""

from datetime import datetime
from enum import Enum, IntEnum, auto
from typing import NamedTuple

from schemas.raw import RawPost
from schemas.times import UNIX_EPOCH

_DAY_S = 86_400


class StateClass(IntEnum):
    """Where a state comes from. At equal moments a collected one is above an archived one."""

    ARCHIVED = 0
    COLLECTED = 1


class Rank(NamedTuple):
    """Place of a state among all states of its post: compare two of them as tuples."""

    moment_us: int
    """Microseconds since 1970: the collector's order; of an archive the edit date, else the post date, else 0."""
    state_class: StateClass


LOWEST = Rank(0, StateClass.ARCHIVED)
"""Rank of a state of which nothing is known: below all others."""


class State(NamedTuple):
    """A state of a post, as far as its order asks."""

    rank: Rank
    revision: str
    """Revision of the post; empty for a deletion."""
    is_deleted: bool


class Freshness(Enum):
    """How a state compares with the known one."""

    NEWER = auto()
    """It takes the known one's place."""
    REPEAT = auto()
    """It is the known one again."""
    STALE = auto()
    """The known one stays."""


def microseconds(moment: datetime) -> int:
    """A moment as whole microseconds since 1970."""
    since = moment - UNIX_EPOCH
    return (since.days * _DAY_S + since.seconds) * 1_000_000 + since.microseconds


def rank_of(raw: RawPost) -> Rank | None:
    """Rank of a raw post; None for an archived deletion without a date."""
    if raw.order is not None:
        return Rank(raw.order, StateClass.COLLECTED)
    date = raw.edited_at if raw.is_deleted else raw.edited_at or raw.posted_at
    if date is not None:
        return Rank(microseconds(date), StateClass.ARCHIVED)
    return None if raw.is_deleted else LOWEST


def compare(known: State | None, rank: Rank | None, revision: str, *, is_deleted: bool) -> tuple[Freshness, State]:
    """How a state compares with the known one, and the state after both; ``rank`` is that of ``rank_of``."""
    if rank is None:
        if known is not None and known.rank.state_class == StateClass.COLLECTED:
            return Freshness.STALE, known
        rank = LOWEST if known is None else known.rank
    new = State(rank, "" if is_deleted else revision, is_deleted)
    if known is None:
        return Freshness.NEWER, new
    if new == known:
        return Freshness.REPEAT, known
    if new.rank != known.rank:
        is_newer = new.rank > known.rank
    elif new.rank.state_class == StateClass.ARCHIVED:
        is_newer = True  # of archives with one date the later arrival wins: nothing else orders them
    else:
        is_newer = (new.is_deleted, new.revision) > (known.is_deleted, known.revision)
    return (Freshness.NEWER, new) if is_newer else (Freshness.STALE, known)

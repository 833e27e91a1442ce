"""The oracle's own model of the order of states, from the table in docs/order.md."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from schemas.times import UNIX_EPOCH
from tests.chaos.worker.issued import Issued

Rank = tuple[int, int]
"""Microseconds, and 1 for a collected state or 0 for an archived one."""


class End(NamedTuple):
    """The state that all others of its post are older than."""

    issued: Issued
    rank: Rank


def rank(issued: Issued) -> Rank | None:
    """Rank of a state; None for a deletion without a date, which takes that of the state it meets."""
    post = issued.post
    if post.order is not None:
        return post.order, 1
    date = post.edited_at or (None if post.is_deleted else post.posted_at)
    if date is not None:
        since = date - UNIX_EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds, 0
    return None if post.is_deleted else (0, 0)


def end(arrived: Iterable[Issued]) -> End | None:
    """What is left of states that arrived in this order."""
    known: End | None = None
    for issued in arrived:
        own = rank(issued)
        if own is None:
            if known is not None and known.rank[1]:
                continue  # a deletion without a date does not touch what was collected
            own = (0, 0) if known is None else known.rank
        if known is None or own >= known.rank:
            known = End(issued, own)
    return known


def ends(history: Sequence[Issued], acknowledged: frozenset[int], *, is_in_order: bool) -> list[End]:
    """All that the last record of a post may be. The lanes have no common order, and what is not acknowledged may have
    arrived or not. Archived states are on one lane: they arrive in the order of their issue, unless a publisher failed,
    of which a record may come late.
    """
    found = {}
    for arrived in _arrivals(history, acknowledged):
        archived = [issued for issued in arrived if issued.post.order is None]
        collected = [issued for issued in arrived if issued.post.order is not None]
        orders = [[*collected, *archived], [*archived, *collected]]
        if not is_in_order:
            orders += [[*collected, *(one for one in archived if one is not late), late] for late in archived]
        for order in orders:
            if (last := end(order)) is not None:
                found[last.issued.number, last.rank] = last
    return list(found.values())


def _arrivals(history: Sequence[Issued], acknowledged: frozenset[int]) -> Iterator[list[Issued]]:
    sure = [issued for issued in history if issued.number in acknowledged]
    yield sure
    if len(sure) < len(history):
        for unsure in history:
            if unsure.number not in acknowledged:
                yield [issued for issued in history if issued is unsure or issued.number in acknowledged]
        yield list(history)

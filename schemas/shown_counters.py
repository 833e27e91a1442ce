"""Counts that a source shows."""

from collections.abc import Mapping
from datetime import datetime

from schemas.raw import Counters


def shown_counters(
    *,
    is_exact: bool | None = True,
    observed_at: datetime | None = None,
    views: int | None = None,
    forwards: int | None = None,
    replies: int | None = None,
    reactions: Mapping[str, int] | None = None,
) -> Counters:
    """Counts, exact unless said otherwise; ``Counters.is_exact`` is null where none of them is known."""
    is_known = any(found is not None for found in (views, forwards, replies, reactions))
    return Counters(
        observed_at=observed_at,
        is_exact=is_exact if is_known else None,
        views=views,
        forwards=forwards,
        replies=replies,
        reactions=None if reactions is None else dict(reactions),
    )

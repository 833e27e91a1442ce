"""Periods of time as tokens of SQLite's word index, so that a search ends where the times of its query end.

FTS5 compares the lists of two words whole where they have no post in common, whatever ids are asked for. The list of a
period is short, and where it ends the comparison ends.
"""

from typing import Final

_PERIOD_BITS: Final = 42
"""An id begins with the second of its post, 22 bits above: a period is 2^20 seconds, twelve days."""


def period_of(post_id: int) -> int:
    """The period of a post; the next one has the next number."""
    return post_id >> _PERIOD_BITS


def period_token(period: int) -> str:
    """The token of a period, which no text has."""
    return f"§t{period}"


def with_period(post_id: int, tokens: str) -> str:
    """What the word index holds for a post, as the view ``search`` has it: its tokens and that of its period."""
    return f"{tokens} {period_token(period_of(post_id))}"

"""What comes of a statement that somebody wrote."""

from dataclasses import dataclass

from sinks.store.database import DbRow
from sinks.store.errors import StatementTimeError


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Rows of a statement; ``has_more`` where there are others beyond the limit."""

    columns: tuple[str, ...]
    rows: list[DbRow]
    has_more: bool


def too_long(limit_s: float) -> StatementTimeError:
    """The error of a statement beyond its limit."""
    return StatementTimeError(
        f"the statement took longer than {limit_s:g} s and was ended. Narrow it, or give --timeout"
    )

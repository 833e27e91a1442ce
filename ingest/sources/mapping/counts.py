"""Counts and reactions."""

from collections.abc import Iterable

from ingest.sources.channel_fields import parse_id
from ingest.sources.context import ReadContext
from ingest.utf16 import readable
from schemas.bounds import COUNT_LIMIT
from schemas.keys import ID_LIMIT


def count(context: ReadContext, value: object, field: str, limit: int = COUNT_LIMIT) -> int | None:
    """A count from a number, digits or "123.0"; None for null, "" and -1 (unknown).

    What else cannot be a count is null as well, and the user is warned: a post is not lost for a number beside it.
    """
    if type(value) is int and 0 <= value < limit:
        return value
    if value is None or value == "" or value == -1:
        return None
    number = parse_id(value)
    if type(number) is int and 0 <= number < limit:
        return number
    context.warn(f"{field} holds what is no count; it is left unknown")
    return None


def size(context: ReadContext, value: object, field: str) -> int | None:
    """A size in bytes, as ``count``."""
    return count(context, value, field, ID_LIMIT)


def reactions(context: ReadContext, found: Iterable[tuple[str | None, object]], field: str) -> dict[str, int]:
    """Reaction -> count, those of one name added up; names: the emoji, ``custom:ID``, ``paid``. None is left out."""
    total: dict[str, int] = {}
    for name, value in found:
        number = count(context, value, field)
        if name and number is not None:
            total[readable(name)] = total.get(readable(name), 0) + number
    return {name: number for name, number in total.items() if number < COUNT_LIMIT}

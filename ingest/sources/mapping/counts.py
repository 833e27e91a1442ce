"""Counts and reactions."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ingest.sources.channel_fields import parse_id
from ingest.sources.context import ReadContext
from ingest.sources.mapping import shapes
from ingest.utf16 import readable
from schemas.bounds import COUNT_LIMIT
from schemas.keys import ID_LIMIT

UNKNOWN_CUSTOM = "custom:unknown"
"""Custom emoji of which a format does not keep the id."""
_DOCUMENT_ID = re.compile(r"-?[0-9]{1,20}", re.ASCII)


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
    context.unknown(field, "count")
    return None


def votes(context: ReadContext, voters: Mapping[str, object], option: str, field: str) -> int | None:
    """Those of an answer of a poll, which is named by its option; None, with a warning, where only others have any."""
    if voters and option not in voters:
        context.unknown(field, "option of the poll")
    return count(context, voters.get(option), field)


def size(context: ReadContext, value: object, field: str) -> int | None:
    """A size in bytes, as ``count``."""
    return count(context, value, field, ID_LIMIT)


def custom_emoji(document_id: object) -> str | None:
    """``custom:ID`` of a custom emoji; None for what is no id."""
    is_id = type(document_id) is int or (isinstance(document_id, str) and _DOCUMENT_ID.fullmatch(document_id))
    return f"custom:{document_id}" if is_id else None


def reactions(context: ReadContext, found: Iterable[tuple[str | None, object]], field: str) -> dict[str, int] | None:
    """Reaction -> count, those of one name added up; names: the emoji, ``custom:ID``, ``paid``. One whose name or count
    is unknown is left out; of the name the user is warned. None where that leaves none; empty where none are given.
    """
    is_empty = True
    total: dict[str, int] = {}
    for name, value in found:
        is_empty = False
        number = count(context, value, field)
        if not name:
            context.unknown(field, "reaction")
        elif number is not None:
            total[readable(name)] = total.get(readable(name), 0) + number
    known = {name: number for name, number in total.items() if number < COUNT_LIMIT}
    return known if known or is_empty else None


def listed_reactions(
    context: ReadContext,
    given: object,
    field: str,
    *,
    list_key: str,
    name_of: Callable[[dict[str, Any]], str | None],
    count_key: str = "count",
) -> dict[str, int] | None:
    """Those of a list of objects, or of the list within an object; None where there is none of these."""
    listed = given.get(list_key) if isinstance(given, dict) else given
    if not isinstance(listed, list):
        if given is not None:
            context.unknown(field, "list")
        return None
    given_ones = shapes.objects(context, listed, field)
    if listed and not given_ones:
        return None
    return reactions(context, ((name_of(each), each.get(count_key)) for each in given_ones), field)

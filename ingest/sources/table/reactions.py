"""Reactions, as scripts write them into one cell."""

import re
from collections.abc import Iterator

from ingest.sources.context import ReadContext
from ingest.sources.mapping import counts
from ingest.sources.table import cells, written_out

_PAIR = re.compile(r"([^\s\w,;:|()\[\]{}'\"=×.-][^\s\w,;:|()\[\]{}'\"=×]*)[\s:=x×(]*([0-9]{1,9})")
"""An emoji, which is neither a word nor punctuation, and how often."""


def reactions_of(context: ReadContext, value: object, field: str) -> dict[str, int] | None:
    """Reaction -> count from an object, a list of objects, either of them as JSON or as Python writes it, or "👍 5".

    None for what is unknown, and with a warning for a bare total and for what is none.
    """
    given = cells.known(value)
    value = _parsed(given) if isinstance(given, str) else given
    found = list(_pairs(value))
    if not found:
        if value in ({}, []):
            return {}
        if given is not None:
            context.unknown(field, "list of reactions")
        return None
    return counts.reactions(context, found, field)


def _parsed(written: str) -> object:
    written = written.strip()
    if written_out.class_of(written) is not None and written[0] != "{":
        return written_out.reactions(written)
    found = written_out.literal(written)
    if found is not None:
        return found
    return [(match[1], int(match[2])) for match in _PAIR.finditer(written)] or None


def _pairs(value: object) -> Iterator[tuple[str | None, object]]:
    if isinstance(value, dict):
        value = value["results"] if isinstance(value.get("results"), list) else list(value.items())
    if not isinstance(value, list | tuple):
        return
    for each in value:
        if isinstance(each, dict):
            yield _name(each.get("reaction", each.get("emoji", each.get("emoticon", each)))), each.get("count")
        elif isinstance(each, list | tuple) and len(each) == 2 and isinstance(each[0], str):
            yield written_out.reaction_name(each[0]), each[1]


def _name(given: object) -> str | None:
    if isinstance(given, dict):
        if given.get("document_id") is not None:
            return counts.custom_emoji(given["document_id"])
        given = given.get("emoticon", given.get("emoji"))
    return written_out.reaction_name(given) if isinstance(given, str) and given else None

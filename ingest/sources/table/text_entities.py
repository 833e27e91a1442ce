"""Entities of a row's text: objects with offsets in UTF-16 units, as Telegram's libraries write them."""

import re
from collections.abc import Iterator

from ingest.sources.context import ReadContext
from ingest.sources.mapping import entities, shapes
from ingest.sources.table import cells
from ingest.sources.table.written_out import literal
from schemas import TextEntity

_WRITTEN = re.compile(
    r"(MessageEntity[A-Za-z]+)\(offset=([0-9]{1,9}), length=([0-9]{1,9})(?:, url=(?:'([^']*)'|\"([^\"]*)\"))?", re.ASCII
)
"""As Telethon's objects show themselves."""


def text_entities(context: ReadContext, text: str, value: object, field: str) -> tuple[TextEntity, ...]:
    """Those of a list of objects, also written out as JSON or by Python; none for anything else, with a warning."""
    return entities.from_utf16(context, text, _given(context, cells.known(value), field), field)


def _given(context: ReadContext, value: object, field: str) -> Iterator[entities.GivenEntity]:
    if isinstance(value, str):
        written = _WRITTEN.findall(value)
        for kind, offset, length, single, double in written:
            yield kind, int(offset), int(length), single or double
        value = [] if written else literal(value) or value
    for one in shapes.objects(context, value or None, field):
        kind, url = one.get("type") if one.get("_") is None else one["_"], one.get("url")
        if isinstance(kind, dict):  # TDLib's
            its: dict[str, object] = kind
            kind, url = its.get("@type", its), its.get("url")
        yield kind, one.get("offset"), one.get("length"), url

"""Entities of a row's text: objects with offsets in UTF-16 units, as Telegram's libraries write them."""

import re
from collections.abc import Iterator

from ingest.sources.mapping import entities
from ingest.sources.table.written_out import literal
from schemas import TextEntity

_WRITTEN = re.compile(
    r"(MessageEntity[A-Za-z]+)\(offset=([0-9]{1,9}), length=([0-9]{1,9})(?:, url=(?:'([^']*)'|\"([^\"]*)\"))?", re.ASCII
)
"""As Telethon's objects show themselves."""


def text_entities(text: str, value: object) -> tuple[TextEntity, ...]:
    """Those of a list of objects, also written out as JSON or by Python; none for anything else."""
    return entities.from_utf16(text, _given(value))


def _given(value: object) -> Iterator[entities.GivenEntity]:
    if isinstance(value, str):
        for kind, offset, length, single, double in _WRITTEN.findall(value):
            yield entities.kind(kind), int(offset), int(length), single or double
        value = literal(value)
    if isinstance(value, list):
        for one in value:
            if isinstance(one, dict):
                kind, url = one.get("_") or one.get("type"), one.get("url")
                if isinstance(kind, dict):  # TDLib's
                    its: dict[str, object] = kind
                    kind, url = its.get("@type"), its.get("url")
                yield entities.kind(str(kind)), one.get("offset"), one.get("length"), url

"""Texts and their entities."""

from collections.abc import Iterable, Mapping

from ingest.sources.format import InvalidRecordError
from ingest.utf16 import Utf16Offsets, readable
from schemas import EntityKind, TextEntity
from schemas.bounds import COUNT_LIMIT

KINDS: Mapping[str, EntityKind] = {
    **{kind.value: kind for kind in EntityKind},
    # Telethon, gotd and Pyrogram call these otherwise; compared in lower case without underscores.
    "texturl": EntityKind.TEXT_LINK,
    "textlink": EntityKind.TEXT_LINK,
    "link": EntityKind.URL,
    "strikethrough": EntityKind.STRIKE,
    "mentionname": EntityKind.TEXT_MENTION,
    "textmention": EntityKind.TEXT_MENTION,
    "botcommand": EntityKind.BOT_COMMAND,
    "bankcard": EntityKind.BANK_CARD,
    "customemoji": EntityKind.CUSTOM_EMOJI,
    "phonenumber": EntityKind.PHONE,
}
"""Kinds by the names of Telegram's libraries, see ``kind``."""


def kind(name: str) -> EntityKind:
    """A kind by its name in any library: ``MessageEntityTextUrl``, ``MessageEntityType.TEXT_LINK``, ``text_link``."""
    plain = name.rpartition(".")[2].removeprefix("Input").removeprefix("MessageEntity").lower().replace("_", "")
    return KINDS.get(plain) or KINDS.get(name.lower()) or EntityKind.UNKNOWN


def text(value: object, field: str = "text") -> str:
    """A text; "" for null. InvalidRecordError for anything else. Half surrogate pairs become U+FFFD."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidRecordError("expected text", field)
    return readable(value)


def optional_text(value: object) -> str | None:
    """A name or title; None for null, "" and what is no text."""
    return readable(value) or None if isinstance(value, str) else None


Utf16Entity = tuple[EntityKind, object, object, object]
"""Kind, offset and length in UTF-16 units, address of a text_link."""


def from_utf16(content: str, given: Iterable[Utf16Entity]) -> tuple[TextEntity, ...]:
    """Entities counted in code points. What reaches out of the text is clipped, what is empty or no number left out."""
    offsets: Utf16Offsets | None = None
    found = []
    for kind_, offset, length, url in given:
        offsets = offsets or Utf16Offsets(content)
        if not (_is_offset(offset) and _is_offset(length)):
            continue
        span = offsets.span(offset, length)  # type: ignore[arg-type]
        if span is not None:
            address = optional_text(url) if kind_ is EntityKind.TEXT_LINK else None
            found.append(TextEntity(kind=kind_, start=span[0], end=span[1], url=address))
    return tuple(found)


def _is_offset(value: object) -> bool:
    return type(value) is int and abs(value) < COUNT_LIMIT

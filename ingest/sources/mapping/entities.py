"""Texts and their entities."""

from collections.abc import Iterable, Mapping
from typing import TypeGuard

from ingest.sources.format import InvalidRecordError
from ingest.utf16 import entities_of, readable
from schemas import EntityKind, TextEntity
from schemas.bounds import COUNT_LIMIT

KINDS: Mapping[str, EntityKind] = {
    **{kind.value: kind for kind in EntityKind},
    # Telethon, gotd, Pyrogram and TDLib call these otherwise; compared in lower case without underscores.
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
    "emailaddress": EntityKind.EMAIL,
    "bankcardnumber": EntityKind.BANK_CARD,
    "precode": EntityKind.PRE,
    "expandableblockquote": EntityKind.BLOCKQUOTE,
}
"""Kinds by the names of Telegram's libraries, see ``kind``."""


def kind(name: str) -> EntityKind:
    """A kind by its name in any library: ``MessageEntityTextUrl``, ``MessageEntityType.TEXT_LINK``, ``text_link``."""
    plain = name.rpartition(".")[2].removeprefix("Input").removeprefix("MessageEntity")
    plain = plain.removeprefix("textEntityType").lower().replace("_", "")
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


GivenEntity = tuple[EntityKind, object, object, object]
"""Kind, offset and length in UTF-16 units, address of a text_link, as a file has them."""


def from_utf16(content: str, given: Iterable[GivenEntity]) -> tuple[TextEntity, ...]:
    """Entities counted in code points; those whose offset or length is no number are left out."""
    return entities_of(
        content,
        (
            (kind_, offset, length, optional_text(url) if kind_ is EntityKind.TEXT_LINK else None)
            for kind_, offset, length, url in given
            if _is_offset(offset) and _is_offset(length)
        ),
    )


def _is_offset(value: object) -> TypeGuard[int]:
    return type(value) is int and abs(value) < COUNT_LIMIT

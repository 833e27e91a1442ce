"""Texts and their entities."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TypeGuard

from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.mapping import shapes
from ingest.utf16 import Utf16Entity, entities_of, readable
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

_LONGEST_NAME = 64


def kind(name: str) -> EntityKind:
    """A kind by its name in any library: ``MessageEntityTextUrl``, ``MessageEntityType.TEXT_LINK``, ``text_link``."""
    return _kind(name) if len(name) <= _LONGEST_NAME else EntityKind.UNKNOWN


@lru_cache(256)
def _kind(name: str) -> EntityKind:
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
    """A name of a channel that is described beside the posts; None for null, "" and what is no text."""
    return readable(value) or None if isinstance(value, str) else None


GivenEntity = tuple[object, object, object, object]
"""Kind or its name, offset and length in UTF-16 units, address of a text_link, as a file has them."""


def from_utf16(
    context: ReadContext, content: str, given: Iterable[GivenEntity], field: str = "entities"
) -> tuple[TextEntity, ...]:
    """Entities counted in code points. Those whose offset or length is no number are left out, of which the user is
    warned, as of a kind that is no text.
    """
    return entities_of(content, _readable(context, given, field))


def _readable(context: ReadContext, given: Iterable[GivenEntity], field: str) -> Iterator[Utf16Entity]:
    for name, offset, length, url in given:
        kind_ = name if isinstance(name, EntityKind) else kind(shapes.text(context, name, f"{field}.type") or "")
        if _is_offset(offset) and _is_offset(length):
            is_link = kind_ is EntityKind.TEXT_LINK
            yield kind_, offset, length, shapes.text(context, url, f"{field}.url") if is_link else None
        else:
            context.unknown(field, "range of the text")


def _is_offset(value: object) -> TypeGuard[int]:
    return type(value) is int and abs(value) < COUNT_LIMIT

"""Text of Telegram messages: whole code points, and entities counted in them."""

import re
from bisect import bisect_left
from collections.abc import Iterable

from telethon.tl import types

from schemas import EntityKind, TextEntity

_KINDS: dict[type, EntityKind] = {
    types.MessageEntityBold: EntityKind.BOLD,
    types.MessageEntityItalic: EntityKind.ITALIC,
    types.MessageEntityUnderline: EntityKind.UNDERLINE,
    types.MessageEntityStrike: EntityKind.STRIKE,
    types.MessageEntitySpoiler: EntityKind.SPOILER,
    types.MessageEntityCode: EntityKind.CODE,
    types.MessageEntityPre: EntityKind.PRE,
    types.MessageEntityBlockquote: EntityKind.BLOCKQUOTE,
    types.MessageEntityTextUrl: EntityKind.TEXT_LINK,
    types.MessageEntityUrl: EntityKind.URL,
    types.MessageEntityEmail: EntityKind.EMAIL,
    types.MessageEntityPhone: EntityKind.PHONE,
    types.MessageEntityMention: EntityKind.MENTION,
    types.MessageEntityMentionName: EntityKind.TEXT_MENTION,
    types.InputMessageEntityMentionName: EntityKind.TEXT_MENTION,
    types.MessageEntityHashtag: EntityKind.HASHTAG,
    types.MessageEntityCashtag: EntityKind.CASHTAG,
    types.MessageEntityBotCommand: EntityKind.BOT_COMMAND,
    types.MessageEntityBankCard: EntityKind.BANK_CARD,
    types.MessageEntityCustomEmoji: EntityKind.CUSTOM_EMOJI,
    types.MessageEntityFormattedDate: EntityKind.UNKNOWN,
    types.MessageEntityDiffInsert: EntityKind.UNKNOWN,
    types.MessageEntityDiffReplace: EntityKind.UNKNOWN,
    types.MessageEntityDiffDelete: EntityKind.UNKNOWN,
    types.MessageEntityUnknown: EntityKind.UNKNOWN,
}
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def readable(text: str) -> str:
    """The text without lone surrogates: U+FFFD replaces each, so that no UTF-16 offset moves."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def readable_entities(text: str, entities: Iterable[types.TypeMessageEntity] | None) -> tuple[TextEntity, ...]:
    """Entities of a readable text. What reaches out of it is clipped; what is empty then, or of no kind of entity,
    is left out. They may overlap, as they do in Telegram.
    """
    if not entities:
        return ()
    offsets = _Utf16Offsets(text)
    found = []
    for entity in entities:
        kind = _KINDS.get(type(entity))
        if kind is None:
            continue
        start = offsets.floor(max(entity.offset, 0))
        end = offsets.ceil(min(entity.offset + entity.length, offsets.units))
        if start < end:
            url = readable(entity.url) if kind is EntityKind.TEXT_LINK else None
            found.append(TextEntity(kind=kind, start=start, end=end, url=url))
    return tuple(found)


class _Utf16Offsets:
    """From UTF-16 units, in which Telegram counts, to code points; an offset within a pair is moved out of it."""

    def __init__(self, text: str) -> None:
        self._pairs = [match.start() + before for before, match in enumerate(_ASTRAL.finditer(text))]
        """Offsets in units at which the characters of two units begin."""
        self.units = len(text) + len(self._pairs)

    def floor(self, unit: int) -> int:
        return unit - bisect_left(self._pairs, unit)

    def ceil(self, unit: int) -> int:
        pairs = bisect_left(self._pairs, unit)
        is_within = pairs > 0 and self._pairs[pairs - 1] == unit - 1
        return unit - pairs + is_within

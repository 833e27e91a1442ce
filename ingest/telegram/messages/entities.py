"""Text of Telegram messages: whole code points, and entities counted in them."""

from collections.abc import Iterable

from telethon.tl import types

from ingest.utf16 import Utf16Offsets, readable
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


def readable_entities(text: str, entities: Iterable[types.TypeMessageEntity] | None) -> tuple[TextEntity, ...]:
    """Entities of a readable text. What reaches out of it is clipped; what is empty then, or of no kind of entity,
    is left out. They may overlap, as they do in Telegram.
    """
    if not entities:
        return ()
    offsets = Utf16Offsets(text)
    found = []
    for entity in entities:
        kind = _KINDS.get(type(entity))
        if kind is None:
            continue
        span = offsets.span(entity.offset, entity.length)
        if span is not None:
            url = readable(entity.url) if kind is EntityKind.TEXT_LINK else None
            found.append(TextEntity(kind=kind, start=span[0], end=span[1], url=url))
    return tuple(found)

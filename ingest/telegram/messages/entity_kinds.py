"""Which kind of entity each of Telegram's types is; what is missing here is no entity."""

from telethon.tl import types

from schemas import EntityKind

ENTITY_KINDS: dict[type, EntityKind] = {
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

"""Rich messages (layer 229): a tree of blocks instead of a text with entities, read as such a text."""

from collections.abc import Iterable, Iterator
from typing import Any

from telethon.tl import types

from ingest.utf16 import readable
from schemas import EntityKind, TextEntity

_KINDS: dict[type, EntityKind] = {
    types.TextBold: EntityKind.BOLD,
    types.TextItalic: EntityKind.ITALIC,
    types.TextUnderline: EntityKind.UNDERLINE,
    types.TextStrike: EntityKind.STRIKE,
    types.TextSpoiler: EntityKind.SPOILER,
    types.TextFixed: EntityKind.CODE,
    types.TextUrl: EntityKind.TEXT_LINK,
    types.TextAutoUrl: EntityKind.URL,
    types.TextEmail: EntityKind.EMAIL,
    types.TextAutoEmail: EntityKind.EMAIL,
    types.TextPhone: EntityKind.PHONE,
    types.TextAutoPhone: EntityKind.PHONE,
    types.TextMention: EntityKind.MENTION,
    types.TextMentionName: EntityKind.TEXT_MENTION,
    types.TextHashtag: EntityKind.HASHTAG,
    types.TextCashtag: EntityKind.CASHTAG,
    types.TextBotCommand: EntityKind.BOT_COMMAND,
    types.TextBankCard: EntityKind.BANK_CARD,
    types.TextCustomEmoji: EntityKind.CUSTOM_EMOJI,
    types.PageBlockPreformatted: EntityKind.PRE,
    types.PageBlockBlockquote: EntityKind.BLOCKQUOTE,
    types.PageBlockBlockquoteBlocks: EntityKind.BLOCKQUOTE,
    types.PageBlockPullquote: EntityKind.BLOCKQUOTE,
}
_WORDS: dict[type, str] = {
    types.TextPlain: "text",
    types.TextCustomEmoji: "alt",
    types.TextMath: "source",
    types.PageBlockMath: "source",
}
"""Where a leaf keeps its characters."""
_PARTS = ("title", "text", "texts", "author", "items", "blocks", "rows", "cells", "cover", "caption", "credit")
"""Where a node keeps its content, in the order in which it is shown."""


def rich_text(message: types.RichMessage) -> tuple[str, tuple[TextEntity, ...]]:
    """Text, each block on lines of its own, and entities in order of their start, outer ones first."""
    writer = _Writer()
    writer.write(message.blocks)
    writer.entities.reverse()  # an outer one ends behind those within it
    return "".join(writer.pieces), tuple(sorted(writer.entities, key=lambda entity: (entity.start, -entity.end)))


class _Writer:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        """The text so far: one string that grows is copied again and again."""
        self._length = 0
        self.entities: list[TextEntity] = []
        self._is_line_due = False

    def write(self, nodes: Iterable[Any]) -> None:
        for node in nodes:
            is_block = type(node).__name__.startswith("Page")  # blocks, list items, rows and cells of tables
            self._is_line_due |= is_block
            start = self._length + (self._is_line_due and self._length > 0)
            if (field := _WORDS.get(type(node))) is not None:
                self._append(readable(getattr(node, field)))
            for part in _parts(node):
                self.write(part)
                self._is_line_due |= is_block
            kind = _KINDS.get(type(node))
            if kind is not None and start < self._length:
                url = readable(node.url) if kind is EntityKind.TEXT_LINK else None
                self.entities.append(TextEntity(kind=kind, start=start, end=self._length, url=url))

    def _append(self, words: str) -> None:
        if words:
            if self._is_line_due and self.pieces:
                words = "\n" + words
            self._is_line_due = False
            self.pieces.append(words)
            self._length += len(words)


def _parts(node: object) -> Iterator[list[Any]]:
    for name in _PARTS:
        part = getattr(node, name, None)
        if part is not None and not isinstance(part, str):
            yield part if isinstance(part, list) else [part]

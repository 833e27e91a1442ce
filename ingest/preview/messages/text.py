"""Marked-up text of a preview -> text and entities."""

import re

from selectolax.lexbor import LexborNode

from schemas import EntityKind, TextEntity
from schemas.channel_names import telegram_path

_KINDS = {
    "b": EntityKind.BOLD,
    "strong": EntityKind.BOLD,
    "i": EntityKind.ITALIC,
    "em": EntityKind.ITALIC,
    "u": EntityKind.UNDERLINE,
    "ins": EntityKind.UNDERLINE,
    "s": EntityKind.STRIKE,
    "del": EntityKind.STRIKE,
    "code": EntityKind.CODE,
    "pre": EntityKind.PRE,
    "blockquote": EntityKind.BLOCKQUOTE,
    "tg-spoiler": EntityKind.SPOILER,
    "tg-emoji": EntityKind.CUSTOM_EMOJI,
}
_BLOCKS = {"pre", "blockquote"}
_WHOLE = {EntityKind.PRE, EntityKind.CUSTOM_EMOJI}
"""What is within them is a matter of how the page draws them."""
_SEARCH = re.compile(r"(?:https?://(?:t|telegram)\.me/s/[A-Za-z0-9_]+/?)?\?q=(?:%23|%24|[#$])", re.IGNORECASE)
"""A hashtag's link; a browser that saves the page adds where it leads from."""
_SOURCE_BREAK = re.compile(r"[ \t\r]*\n[ \t\r\n]*")
"""Telegram's pages have none; in a page that a program has reformatted, it is one space."""
_SCHEMES = {"mailto:": EntityKind.EMAIL, "tel:": EntityKind.PHONE}


def marked_text(node: LexborNode) -> tuple[str, tuple[TextEntity, ...]]:
    """Text within a node, and its entities in order of their start, outer ones first.

    Line breaks are ``<br>`` and the edges of quotes and code blocks, which the page draws apart. An emoji drawn as a
    picture becomes the character that it shows. A line break of the page's source is a space, as a browser shows it.
    """
    walk = _MarkupReader()
    walk.within(node, is_plain=False)
    walk.entities.reverse()  # an outer one ends behind those within it
    return walk.text, tuple(sorted(walk.entities, key=lambda entity: (entity.start, -entity.end)))


class _MarkupReader:
    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self.entities: list[TextEntity] = []
        self._is_line_due = self._is_space_due = False

    @property
    def text(self) -> str:
        """The plain text that was read so far."""
        return "".join(self._pieces)

    def within(self, node: LexborNode, *, is_plain: bool) -> None:
        for child in node.iter(include_text=True):
            if child.is_text_node:
                self._read(child.text_content or "", is_code=node.tag == "pre")
            elif (tag := child.tag) == "br":
                self._is_space_due = False
                self._write("\n")
            elif child.is_element_node:
                self._element(child, tag or "", is_plain=is_plain)

    def _element(self, node: LexborNode, tag: str, *, is_plain: bool) -> None:
        is_picture = tag == "i" and _is_picture(node)
        kind = None if is_plain or is_picture else _kind(node, tag)
        is_block = tag in _BLOCKS
        if is_block and self._pieces and not self._pieces[-1].endswith("\n"):
            self._is_line_due = True
        self._begin()
        start, first = self._length, len(self._pieces)
        self.within(node, is_plain=is_plain or is_picture or kind in _WHOLE)
        if kind is not None and start < self._length:
            url = node.attributes.get("href") if kind is EntityKind.TEXT_LINK else None
            self.entities.append(
                TextEntity(kind=_kind_by_text(kind, self._pieces[first]), start=start, end=self._length, url=url)
            )
        if is_block:
            self._is_line_due = True

    def _read(self, text: str, *, is_code: bool) -> None:
        if is_code or "\n" not in text:
            self._write(text)
            return
        for number, part in enumerate(_SOURCE_BREAK.split(text)):
            self._is_space_due |= number > 0
            self._write(part)

    def _write(self, text: str) -> None:
        if text:
            self._begin()
            self._append(text)

    def _begin(self) -> None:
        """Write the line break or the space that is due before a text or an element, and not at the end."""
        if self._is_line_due:
            self._append("\n")
        elif self._is_space_due and self._pieces and not self._pieces[-1][-1].isspace():
            self._append(" ")
        self._is_line_due = self._is_space_due = False

    def _append(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)


def _is_picture(node: LexborNode) -> bool:
    return "emoji" in (node.attributes.get("class") or "").split()


def _kind(node: LexborNode, tag: str) -> EntityKind | None:
    return _kind_of_link(node) if tag == "a" else _KINDS.get(tag)


def _kind_of_link(node: LexborNode) -> EntityKind | None:
    href, text = node.attributes.get("href") or "", node.text()
    if _SEARCH.match(href):
        return EntityKind.HASHTAG
    for scheme, kind in _SCHEMES.items():
        if href.startswith(scheme):
            return kind
    name = (telegram_path(href) or "").rstrip("/").lower()
    if name and "/" not in name and text.lower() == f"@{name}":
        return EntityKind.MENTION
    if href.startswith("tg://user"):
        return EntityKind.TEXT_MENTION
    if _bare(href) == _bare(text):
        return EntityKind.URL
    return EntityKind.TEXT_LINK if href else None


def _kind_by_text(kind: EntityKind, text: str) -> EntityKind:
    return EntityKind.CASHTAG if kind is EntityKind.HASHTAG and text.startswith("$") else kind


def _bare(url: str) -> str:
    """What the page changes about an address that is part of the text: it adds a scheme and a slash."""
    return re.sub(r"^https?://", "", url, flags=re.IGNORECASE).rstrip("/")

"""Marked-up text of a preview -> text and entities."""

import re

from selectolax.lexbor import LexborNode

from schemas import EntityKind, TextEntity

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
_SCHEMES = {"mailto:": EntityKind.EMAIL, "tel:": EntityKind.PHONE}
_MENTION = re.compile(r"https?://t\.me/([A-Za-z0-9_]+)/?", re.IGNORECASE)


def marked_text(node: LexborNode) -> tuple[str, tuple[TextEntity, ...]]:
    """Text within a node, and its entities in order of their start, outer ones first.

    Line breaks are ``<br>`` and the edges of quotes and code blocks, which the page draws apart. An emoji drawn as a
    picture is the character that stands behind it.
    """
    walk = _Walk()
    walk.within(node, is_plain=False)
    walk.found.reverse()  # an outer one ends behind those within it
    text = "".join(walk.pieces)
    entities = [
        TextEntity(kind=_told_by_text(kind, text, start), start=start, end=end, url=url)
        for kind, start, end, url in walk.found
    ]
    return text, tuple(sorted(entities, key=lambda entity: (entity.start, -entity.end)))


class _Walk:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        """The text so far: one string that grows is copied again and again."""
        self.found: list[tuple[EntityKind, int, int, str | None]] = []
        """Kind, start, end and target of each entity, those within another one before it."""
        self._length = 0
        self._is_line_due = False

    def within(self, node: LexborNode, *, is_plain: bool) -> None:
        for child in node.iter(include_text=True):
            if child.is_text_node:
                self._write(child.text_content or "")
            elif child.tag == "br":
                self._write("\n")
            elif child.is_element_node:
                self._element(child, is_plain=is_plain)

    def _element(self, node: LexborNode, *, is_plain: bool) -> None:
        tag = node.tag or ""
        kind = None if is_plain or _is_picture(node) else _kind(node)
        if tag in _BLOCKS and self.pieces and not self.pieces[-1].endswith("\n"):
            self._is_line_due = True
        self._break_line()
        start = self._length
        self.within(node, is_plain=is_plain or kind in _WHOLE or _is_picture(node))
        if kind is not None and start < self._length:
            url = node.attributes.get("href") if kind is EntityKind.TEXT_LINK else None
            self.found.append((kind, start, self._length, url))
        if tag in _BLOCKS:
            self._is_line_due = True

    def _write(self, text: str) -> None:
        if text:
            self._break_line()
            self._append(text)

    def _break_line(self) -> None:
        if self._is_line_due:
            self._append("\n")
            self._is_line_due = False

    def _append(self, text: str) -> None:
        self.pieces.append(text)
        self._length += len(text)


def _is_picture(node: LexborNode) -> bool:
    return node.tag == "i" and "emoji" in (node.attributes.get("class") or "").split()


def _kind(node: LexborNode) -> EntityKind | None:
    return _kind_of_link(node) if node.tag == "a" else _KINDS.get(node.tag or "")


def _kind_of_link(node: LexborNode) -> EntityKind | None:
    href, text = node.attributes.get("href") or "", node.text()
    if href.startswith("?q="):
        return EntityKind.HASHTAG
    for scheme, kind in _SCHEMES.items():
        if href.startswith(scheme):
            return kind
    if (mention := _MENTION.fullmatch(href)) and text.lower() == f"@{mention[1].lower()}":
        return EntityKind.MENTION
    if href.startswith("tg://user"):
        return EntityKind.TEXT_MENTION
    if _bare(href) == _bare(text):
        return EntityKind.URL
    return EntityKind.TEXT_LINK if href else None


def _told_by_text(kind: EntityKind, text: str, start: int) -> EntityKind:
    return EntityKind.CASHTAG if kind is EntityKind.HASHTAG and text.startswith("$", start) else kind


def _bare(url: str) -> str:
    """What the page changes about an address that stands in the text: it adds a scheme and a slash."""
    return re.sub(r"^https?://", "", url, flags=re.IGNORECASE).rstrip("/")

"""The text of a message and its entities, from the markup that Telegram Desktop writes."""

import re

from selectolax.lexbor import LexborNode

from ingest.sources.tdesktop_html.nodes import classes
from schemas import EntityKind, TextEntity
from schemas.channel_names import telegram_path

_KINDS = {
    "strong": EntityKind.BOLD,
    "b": EntityKind.BOLD,
    "em": EntityKind.ITALIC,
    "i": EntityKind.ITALIC,
    "u": EntityKind.UNDERLINE,
    "ins": EntityKind.UNDERLINE,
    "s": EntityKind.STRIKE,
    "del": EntityKind.STRIKE,
    "strike": EntityKind.STRIKE,
    "code": EntityKind.CODE,
    "pre": EntityKind.PRE,
    "blockquote": EntityKind.BLOCKQUOTE,
}
_SCRIPTS = {
    "ShowHashtag": EntityKind.HASHTAG,
    "ShowCashtag": EntityKind.CASHTAG,
    "ShowBotCommand": EntityKind.BOT_COMMAND,
    "ShowMentionName": EntityKind.TEXT_MENTION,
    "ShowNotLoadedEmoji": EntityKind.CUSTOM_EMOJI,
    "ShowNotAvailableEmoji": EntityKind.CUSTOM_EMOJI,
}
"""Links that open nothing, by the function that they call."""
_SCRIPT = re.compile(r"^(?:return )?(Show[A-Za-z]+)\(")
_SCHEMES = {"mailto:": EntityKind.EMAIL, "tel:": EntityKind.PHONE}
_SCHEME = re.compile("mailto:|tel:", re.IGNORECASE)
_EMOJI_FILE = re.compile(r"(?!https?:)(?:.*/)?[a-z_]+/[^/]+\.(?:tgs|webm|webp|png|json)", re.IGNORECASE | re.DOTALL)
"""Where the picture of a custom emoji was saved: ``stickers/AnimatedSticker.tgs``."""
_HTTP = re.compile("^https?://", re.IGNORECASE)
_LINE = re.compile(r"[ \t\r]*\n[ \t\r\n]*")
"""Line breaks of the page's source: those of the text are ``<br>``."""
_NO_TEXT = {"script", "style", "template"}


def marked_text(node: LexborNode) -> tuple[str, tuple[TextEntity, ...]]:
    """Text within a node, and its entities in order of their start, outer ones first."""
    writer = _HtmlTextWriter()
    _walk(node, writer)
    found = sorted(writer.entities, key=lambda entity: (entity.start, -entity.end))
    return writer.text, tuple(found)


def _walk(root: LexborNode, writer: "_HtmlTextWriter") -> None:
    """Depth first, without recursion: hostile pages nest as deeply as they like."""
    node, depth = root.child, 0
    while node is not None:
        if node.is_text_node:
            writer.write(node.text_content or "")
        elif (tag := node.tag) == "br":
            writer.break_line()
        elif tag not in _NO_TEXT and (inner := node.child) is not None and node.is_element_node:
            writer.enter(*_entity(node, tag), is_verbatim=tag == "pre")
            node, depth = inner, depth + 1
            continue
        following = node.next
        while following is None and depth:
            writer.leave()
            node, depth = node.parent, depth - 1
            assert node is not None
            following = node.next
        node = following


class _HtmlTextWriter:
    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._is_space_due = False
        self._open: list[tuple[EntityKind | None, str | None, bool]] = []
        self._starts: list[int] = []
        """Where the open elements begin; those behind its end hold no character yet."""
        self._verbatim = 0
        self.entities: list[TextEntity] = []

    @property
    def text(self) -> str:
        """What was written so far."""
        return "".join(self._pieces)

    def write(self, text: str) -> None:
        """A text as the source has it."""
        if "\n" not in text or self._verbatim:
            self._append(text)
            return
        for number, line in enumerate(_LINE.split(text)):
            self._is_space_due = self._is_space_due or number > 0
            self._append(line)

    def break_line(self) -> None:
        """``<br>``."""
        self._is_space_due = False
        self._append("\n")

    def enter(self, kind: EntityKind | None, url: str | None, *, is_verbatim: bool) -> None:
        """An element begins."""
        self._open.append((kind, url, is_verbatim))
        self._verbatim += is_verbatim

    def leave(self) -> None:
        """The innermost element ends."""
        kind, url, is_verbatim = self._open.pop()
        self._verbatim -= is_verbatim
        if len(self._starts) <= len(self._open):
            return  # nothing is in it
        start = self._starts.pop()
        if kind is not None:
            self.entities.append(TextEntity(kind=kind, start=start, end=self._length, url=url))

    def _append(self, text: str) -> None:
        if not text:
            return
        if self._is_space_due:
            self._is_space_due = False
            if self._pieces and not self._pieces[-1].endswith("\n"):
                self._pieces.append(" ")
                self._length += 1
        while len(self._starts) < len(self._open):
            self._starts.append(self._length)
        self._pieces.append(text)
        self._length += len(text)


def _entity(node: LexborNode, tag: str | None) -> tuple[EntityKind | None, str | None]:
    if tag == "a":
        return _link(node)
    if tag == "span":
        return EntityKind.SPOILER if "spoiler" in classes(node) else None, None
    return _KINDS.get(tag or ""), None


def _link(node: LexborNode) -> tuple[EntityKind | None, str | None]:
    """The kind of a link, and where a text_link leads."""
    given = node.attributes
    script = _SCRIPT.search(given.get("onclick") or "")
    if script is not None:
        return _SCRIPTS.get(script[1], EntityKind.UNKNOWN), None
    href, text = (given.get("href") or "").strip(), node.text().strip()
    if not href:
        return None, None
    if scheme := _SCHEME.match(href):
        return _SCHEMES[scheme[0].lower()], None
    if text.startswith("@") and (telegram_path(href) or "").rstrip("/").lower() == text[1:].lower():
        return EntityKind.MENTION, None
    if _bare(href) == _bare(text) or (href.startswith("file:") and href.endswith(f"/{text}")):
        return EntityKind.URL, None
    if _EMOJI_FILE.fullmatch(href) and not any(character.isalnum() for character in text):
        return EntityKind.CUSTOM_EMOJI, None
    return EntityKind.TEXT_LINK, href


def _bare(url: str) -> str:
    """What a browser adds to an address that it saves: a scheme and a slash."""
    return _HTTP.sub("", url).rstrip("/")

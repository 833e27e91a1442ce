"""Telethon's markdown, which scripts store when they keep ``message.text`` instead of the text with its entities."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from schemas import EntityKind, TextEntity

_KINDS = {
    "**": EntityKind.BOLD,
    "__": EntityKind.ITALIC,
    "~~": EntityKind.STRIKE,
    "`": EntityKind.CODE,
    "```": EntityKind.PRE,
}
_MARK = re.compile(r"\*\*|__|~~|```|`|\[|\]")
_MAX_LINK_CHARS = 4096
"""Longest text, and longest address, of a link: it bounds the search for its end."""
_PERSON = "tg://user?id="


def from_markdown(text: str) -> tuple[str, tuple[TextEntity, ...]]:
    """The text that is shown, and its entities in order of their start, outer ones first. Marks without an end are
    text. Links to persons become mentions without the person's id.
    """
    if not _MARK.search(text):
        return text, ()
    return _Parser(text).parse()


class _Open(NamedTuple):
    kind: EntityKind
    start: int
    """In the text that is shown."""
    resume: int
    """Where the source goes on behind its end mark."""
    url: str | None


@dataclass(slots=True)
class _Link:
    text_end: int
    end: int
    url: str


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._last = {mark: source.rfind(mark) for mark in _KINDS}
        """A mark behind which there is no other cannot be closed: known without a search."""
        self._pieces: list[str] = []
        self._length = 0
        self._ends: dict[int, _Open] = {}
        """Open entities by the place of their end mark."""
        self._entities: list[TextEntity] = []

    def parse(self) -> tuple[str, tuple[TextEntity, ...]]:
        at = 0
        while (mark := _MARK.search(self._source, at)) is not None:
            self._add(at, mark.start())
            at = self._mark(mark[0], mark.start())
        self._add(at, len(self._source))
        self._entities.reverse()  # an outer one is closed behind those within it
        self._entities.sort(key=lambda entity: (entity.start, -entity.end))
        return "".join(self._pieces), tuple(self._entities)

    def _mark(self, mark: str, at: int) -> int:
        """Handle the mark at a place; returns where to go on."""
        ending = self._ends.pop(at, None)
        if ending is not None:
            self._close(ending)
            return ending.resume
        if mark in ("[", "]"):
            link = self._link(at) if mark == "[" else None
            if link is not None:
                is_person = link.url.startswith(_PERSON)
                kind = EntityKind.TEXT_MENTION if is_person else EntityKind.TEXT_LINK
                self._ends[link.text_end] = _Open(kind, self._length, link.end, None if is_person else link.url)
                return at + 1
            self._add(at, at + 1)
            return at + 1
        return self._delimiter(mark, at)

    def _delimiter(self, mark: str, at: int) -> int:
        content = at + len(mark)
        # Not directly behind it: **** is text.
        end = self._source.find(mark, content + 1) if self._last[mark] > content else -1
        if end < 0 or end in self._ends:
            self._add(at, content)
            return content
        opened = _Open(_KINDS[mark], self._length, end + len(mark), None)
        if mark in ("`", "```"):
            self._add(content, end)  # nothing within code is a mark
            self._close(opened)
            return opened.resume
        self._ends[end] = opened
        return content

    def _link(self, at: int) -> _Link | None:
        text_end = self._source.find("]", at, at + _MAX_LINK_CHARS)
        if text_end < 0 or self._source[text_end + 1 : text_end + 2] != "(" or text_end in self._ends:
            return None
        end = self._source.find(")", text_end, text_end + _MAX_LINK_CHARS)
        url = self._source[text_end + 2 : end].strip()
        return _Link(text_end, end + 1, url) if end >= 0 and url else None

    def _close(self, opened: _Open) -> None:
        if opened.start < self._length:
            entity = TextEntity(kind=opened.kind, start=opened.start, end=self._length, url=opened.url)
            self._entities.append(entity)

    def _add(self, start: int, end: int) -> None:
        if start < end:
            self._pieces.append(self._source[start:end])
            self._length += end - start

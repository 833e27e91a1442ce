"""A text without its Markdown, for the words around a name: channels that are read from files often keep it."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.tokens import Spelling
from processors.core.text.character_kinds import ANY

_MARKUP = re.compile(r"\*\*|__|\[(?=[^\[\]\n]{1,200}\]\([^()\s]{4,300}\))|\]\((?P<target>[^()\s]{4,300})\)")


class LinkTarget(NamedTuple):
    """A link of the text's Markdown: where what it shows ends, and its target."""

    end: int
    target: str


class Pieces(NamedTuple):
    """Where the pieces of a text between its marks start, in the plain text and in the spelling; parallel."""

    plain: list[int]
    spelled: list[int]


@dataclass(slots=True)
class PlainText:
    """The spelling of a text without Markdown, and the way back to the text as it was."""

    text: str
    lower: str
    """The same in lower case, with the same offsets."""
    pieces: Pieces | None
    """None where it has no Markdown, so that offsets are those of the spelling."""
    targets: tuple[LinkTarget, ...] = ()
    letters: int = ANY
    """The kinds of its letters; it may hold more."""

    def at_spelling(self, offset: int) -> int:
        """The offset in the spelling, behind the marks that are there."""
        if self.pieces is None:
            return offset
        piece = bisect_right(self.pieces.plain, offset) - 1
        return self.pieces.spelled[piece] + offset - self.pieces.plain[piece]

    def of_spelling(self, offset: int) -> int:
        """The offset of a character of the spelling in this text, or of the next one that it has."""
        if self.pieces is None:
            return offset
        plain, spelled = self.pieces
        piece = bisect_right(spelled, offset) - 1
        if piece < 0:
            return 0
        found = plain[piece] + offset - spelled[piece]
        return min(found, plain[piece + 1]) if piece + 1 < len(plain) else found

    def after(self, offset: int) -> int:
        """The offset in the spelling that follows the character before ``offset``."""
        return offset if self.pieces is None or offset == 0 else self.at_spelling(offset - 1) + 1

    def without(self, places: Sequence[Offsets]) -> Self:
        """The text with blanks instead of what is in the places, which are in order."""
        if not places:
            return self
        text, lower = (_blanked(one, places) for one in (self.text, self.lower))
        return replace(self, text=text, lower=lower)


def _blanked(text: str, places: Sequence[Offsets]) -> str:
    kept: list[str] = []
    begin = 0
    for start, end in places:
        kept += (text[begin:start], " " * (end - start))
        begin = end
    return "".join((*kept, text[begin:]))


def plain_text(spelling: Spelling) -> PlainText:
    """The text without marks of bold and italic type and without the targets of links."""
    text = spelling.text
    if "](" not in text and "**" not in text and "__" not in text:
        return PlainText(text, spelling.lower, None, (), spelling.letters)
    lower = spelling.lower
    kept: list[str] = []
    kept_lower: list[str] = []
    pieces = Pieces([], [])
    targets: list[LinkTarget] = []
    begin = length = 0
    for match in _MARKUP.finditer(text):
        if match.start() > begin:
            kept.append(text[begin : match.start()])
            kept_lower.append(lower[begin : match.start()])
            pieces.plain.append(length)
            pieces.spelled.append(begin)
            length += match.start() - begin
        begin = match.end()
        if match["target"] is not None:
            targets.append(LinkTarget(length, match["target"]))
    kept.append(text[begin:])
    kept_lower.append(lower[begin:])
    pieces.plain.append(length)
    pieces.spelled.append(begin)
    return PlainText("".join(kept), "".join(kept_lower), pieces, tuple(targets), spelling.letters)

"""A text without its Markdown, for the words around a name: channels that are read from files often keep it."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from processors.core.quotes.lines.tokens import Spelling

_MARKUP = re.compile(r"\*\*|__|\[(?=[^\[\]\n]{1,200}\]\([^()\s]{4,300}\))|\]\((?P<target>[^()\s]{4,300})\)")


class LinkTarget(NamedTuple):
    """A link of the text's Markdown: where what it shows ends, and its target."""

    end: int
    target: str


class PlainText(NamedTuple):
    """The spelling of a text without Markdown, and the way back to the text as it was."""

    text: str
    lower: str
    """The same in lower case, with the same offsets."""
    spelled: Sequence[int] | None
    """Of each character and of the end in the spelling; none where they are the same."""
    targets: tuple[LinkTarget, ...] = ()

    def at_spelling(self, offset: int) -> int:
        """The offset in the spelling."""
        return offset if self.spelled is None else self.spelled[offset]

    def of_spelling(self, offset: int) -> int:
        """The offset of a character of the spelling in this text, or of the next one that it has."""
        return offset if self.spelled is None else bisect_left(self.spelled, offset)

    def after(self, offset: int) -> int:
        """The offset in the spelling that follows the character before ``offset``."""
        return offset if self.spelled is None or offset == 0 else self.spelled[offset - 1] + 1


def plain_text(spelling: Spelling) -> PlainText:
    """The text without marks of bold and italic type and without the targets of links."""
    text = spelling.text
    if "](" not in text and "**" not in text and "__" not in text:
        return PlainText(text, _lower(text), None)
    kept: list[str] = []
    offsets: list[int] = []
    targets: list[LinkTarget] = []
    begin = 0
    for match in _MARKUP.finditer(text):
        kept.append(text[begin : match.start()])
        offsets.extend(range(begin, match.start()))
        begin = match.end()
        if match["target"] is not None:
            targets.append(LinkTarget(len(offsets), match["target"]))
    kept.append(text[begin:])
    offsets.extend(range(begin, len(text) + 1))
    plain = "".join(kept)
    return PlainText(plain, _lower(plain), offsets, tuple(targets))


def _lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    # What grows in lower case keeps its form, so that the offsets hold.
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)

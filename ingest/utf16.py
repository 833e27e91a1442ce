"""Telegram counts in UTF-16 units; records count code points."""

import re
from bisect import bisect_left
from collections.abc import Iterable

from schemas import EntityKind, TextEntity

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


class Utf16Offsets:
    """From UTF-16 units to code points of a text; an offset within a pair is moved out of it."""

    def __init__(self, text: str) -> None:
        self._pairs = [match.start() + before for before, match in enumerate(_ASTRAL.finditer(text))]
        """Offsets in units at which the characters of two units begin."""
        self.units = len(text) + len(self._pairs)

    def floor(self, unit: int) -> int:
        """The code point of a range's beginning."""
        return unit - bisect_left(self._pairs, unit)

    def ceil(self, unit: int) -> int:
        """The code point of a range's end."""
        pairs = bisect_left(self._pairs, unit)
        is_within = pairs > 0 and self._pairs[pairs - 1] == unit - 1
        return unit - pairs + is_within

    def span(self, offset: int, length: int) -> tuple[int, int] | None:
        """Start and end of a range, clipped to the text; None when nothing is left."""
        start, end = self.floor(max(offset, 0)), self.ceil(min(offset + length, self.units))
        return (start, end) if start < end else None


Utf16Entity = tuple[EntityKind, int, int, str | None]
"""Kind, offset and length in UTF-16 units, address of a text_link."""


def entities_of(text: str, given: Iterable[Utf16Entity]) -> tuple[TextEntity, ...]:
    """Entities of a readable text, counted in code points. They may overlap, as they do in Telegram.

    What reaches out of the text is clipped; what is empty then is left out.
    """
    offsets: Utf16Offsets | None = None
    found = []
    for kind, offset, length, url in given:
        offsets = offsets or Utf16Offsets(text)
        span = offsets.span(offset, length)
        if span is not None:
            found.append(TextEntity(kind=kind, start=span[0], end=span[1], url=url))
    return tuple(found)

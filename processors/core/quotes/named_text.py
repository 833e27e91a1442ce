"""A text with the known outlets that it names: searched once, for quote lists and for citations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from processors.core.quotes.lexicon.outlets import OutletName, OutletRegistry
from processors.core.quotes.lines.tokens import Spelling, spell_all

MAX_READ: Final = 16_384
"""Code points of a text that are read: four times Telegram's longest message."""


@dataclass(slots=True)
class NamedText:
    """The part of a text that is read, its spelling, and the known names in the spelling."""

    text: str
    spelling: Spelling
    names: list[OutletName]


def name_all(registry: OutletRegistry, texts: Sequence[str], letters: Sequence[int] | None = None) -> list[NamedText]:
    """The texts with their names; ``letters`` are the kinds of letters in each, if known."""
    read = [text[:MAX_READ] for text in texts]
    return [
        NamedText(text, spelling, registry.names(spelling.text, spelling.letters))
        for text, spelling in zip(read, spell_all(read, letters), strict=True)
    ]

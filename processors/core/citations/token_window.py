"""The tokens of a stretch of a text, as names' surroundings are read in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import compress
from operator import itemgetter
from typing import Final

from processors.core.citations.lexicon import CitationLexicon
from processors.core.citations.markdown_removal import PlainText
from processors.core.quotes.lexicon.scripts import UNPARTED
from processors.core.quotes.lexicon.unparted_words import outside_runs
from processors.core.quotes.lines.lines import Offsets
from processors.core.text.character_kinds import UNCASED

_TOKEN = re.compile(
    r"https?://\S+|www\.\S+|t\.me/\S+|@\w+|[^\W_]+|[-‑](?:(?=\s)|(?<=\s.))"
    r"|[^\w\s'’‘`´*‑‐\u200b-\u200f\ufe0f-]|‘(?:(?<!\w.)|(?!\w))"
)
WINDOW: Final = 120
"""Code points to each side of a name that are read."""
OPENING: Final = '«„“"‹「『‘《'
"""Marks that open a quotation."""
CLOSING: Final = '»“”"›」』’》'
"""Marks that close one."""
COLONS: Final = frozenset(":：")
_START = itemgetter(0)


@dataclass(slots=True)
class Word:
    """A word in lower case, and where it starts in the plain text."""

    text: str
    start: int


class TokenWindow:
    """The tokens of a stretch of the plain text in order: words, marks and addresses, as three parallel lists, which
    take half the time of an object for each.
    """

    __slots__ = ("are_words", "starts", "texts")

    def __init__(self, texts: list[str], starts: list[int], are_words: list[bool] | None = None) -> None:
        self.texts = texts
        """In lower case."""
        self.starts = starts
        """In the plain text."""
        self.are_words = list(map(str.isalnum, texts)) if are_words is None else are_words
        """Whether each is made of letters or digits."""

    def __len__(self) -> int:
        return len(self.texts)

    def end(self, index: int) -> int:
        """Where a token ends in the plain text."""
        return self.starts[index] + len(self.texts[index])

    def words(self, first: int = 0, after: int | None = None) -> Iterable[tuple[str, int]]:
        """The words among the tokens ``first`` to ``after - 1``, with their starts."""
        part = slice(first, after)
        return compress(zip(self.texts[part], self.starts[part], strict=True), self.are_words[part])

    def word(self, index: int) -> Word | None:
        """The word at an index; null for a mark, and outside of the window."""
        if not 0 <= index < len(self.texts) or not self.are_words[index]:
            return None
        return Word(self.texts[index], self.starts[index])


def tokens(lexicon: CitationLexicon, plain: PlainText, start: int, end: int) -> TokenWindow:
    """The tokens of ``plain.lower[start:end]``."""
    lower = plain.lower
    texts: list[str] = []
    starts: list[int] = []
    for match in _TOKEN.finditer(lower, start, end):
        texts.append(match[0])
        starts.append(match.start())
    if not plain.letters & UNCASED:
        return TokenWindow(texts, starts)
    for index, text in enumerate(texts):
        bare = lexicon.without_and(text)
        if bare is not text:
            texts[index] = bare
            starts[index] += 1
    if UNPARTED.search(lower, start, end) is None:
        return TokenWindow(texts, starts)
    return _parted(lexicon, lower, (start, end), zip(starts, texts, strict=True))


def _parted(lexicon: CitationLexicon, lower: str, place: Offsets, found: Iterable[tuple[int, str]]) -> TokenWindow:
    """The tokens with those of scripts that part no words cut."""
    kept: list[tuple[int, str, bool]] = []
    words = list(lexicon.unparted.words(lower, *place))
    for start, text in found:
        if UNPARTED.search(text) is None:
            kept.append((start, text, text.isalnum()))
        else:
            words += outside_runs(lower, start, start + len(text))
    kept += ((first, lower[first:after], True) for first, after in words)
    kept.sort(key=_START)
    return TokenWindow(
        [text for _, text, _ in kept], [start for start, _, _ in kept], [is_word for _, _, is_word in kept]
    )


def word_start(text: str, offset: int, floor: int) -> int:
    """Where the next word starts, so that none is cut."""
    while floor < offset < len(text) and text[offset - 1].isalnum() and UNPARTED.match(text, offset) is None:
        offset += 1
    return offset

"""Characters as search compares them: one spelling for what is written in several ways.

NFKC, case folding, NFKC, then the project's table of equivalences (``schemas.text``), without its rules for whole
words: each character is compared by itself and the marks behind it, so that a prefix is folded as its word is.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from typing import NamedTuple

from schemas.text.folding import FOLDED
from schemas.text.normalization import COMPOSING, nfkc

_COMMON = (range(0x3000), range(0x4E00, 0xA000))
"""Alphabets, their punctuation, and Chinese: what most texts are written in."""
_PLANES = (range(0x20000), range(0xE0000, 0xE0080))


def character_class(codes: Iterable[int]) -> str:
    """Code points as the inside of a regex class."""
    return "".join(
        f"\\U{first:08x}" if first == last else f"\\U{first:08x}-\\U{last:08x}" for first, last in _runs(codes)
    )


def _runs(codes: Iterable[int]) -> Iterator[tuple[int, int]]:
    first = last = -2
    for code in sorted(codes):
        if code == last + 1:
            last = code
            continue
        if last >= 0:
            yield first, last
        first = last = code
    if last >= 0:
        yield first, last


def _invisible() -> Iterator[str]:
    """Soft hyphens, joiners, marks of direction, zero-width spaces, tags behind flags."""
    return (character for character in map(chr, chain(*_PLANES)) if unicodedata.category(character) == "Cf")


def _folded_once(character: str) -> str:
    return nfkc(nfkc(character).casefold())


class _Folding:
    """The tables, made when a text is first folded: commands that fold none need not wait for them."""

    def __init__(self) -> None:
        # NFKC makes letters of the sign for a trade mark, and a blank and an accent of an acute accent that is used as
        # an apostrophe.
        self._first = {chr(code): other for code, other in FOLDED.items() if other in (" ", "'")}
        self._last = {
            **{chr(code): other for code, other in FOLDED.items() if _folded_once(chr(code)) == chr(code) != other},
            **dict.fromkeys(_invisible(), ""),
            "ґ": "г",
        }
        self._first_class = re.compile(f"[{character_class(map(ord, self._first))}]")
        # One range for all that is above U+FFFF, since ``re`` looks up only lower characters in a table.
        low = character_class(code for code in map(ord, self._last) if code < 0x10000)
        self._last_class = re.compile(f"[{low}\U00010000-\U0010ffff]")

    def __call__(self, text: str) -> str:
        text = self._first_class.sub(self._first_of, text)
        return self._last_class.sub(self._last_of, nfkc(nfkc(text).casefold()))

    def _first_of(self, match: re.Match[str]) -> str:
        return self._first[match[0]]

    def _last_of(self, match: re.Match[str]) -> str:
        return self._last.get(match[0], match[0])


@cache
def _folding() -> _Folding:
    return _Folding()


def folded(text: str) -> str:
    """The text in the spelling that is compared, in linear time; apostrophes of all kinds become ``'``."""
    if text.isascii():
        return text.lower().replace("`", "'")
    return _folding()(text)


class FoldedPiece(NamedTuple):
    """A part of a text that is folded alike alone and within the text."""

    start: int
    end: int
    folded: str
    is_plain: bool
    """Whether its characters and those of the folded piece correspond one by one."""


def pieces(text: str) -> Iterator[FoldedPiece]:
    """The text in parts that are small where its characters and the folded ones do not correspond one by one."""
    known: dict[str, str] = {}
    for match in _pieces_pattern().finditer(text):
        part = match[0]
        if match.lastgroup is not None:
            yield FoldedPiece(match.start(), match.end(), folded(part), is_plain=True)
            continue
        if part not in known:
            known[part] = folded(part)
        yield FoldedPiece(match.start(), match.end(), known[part], is_plain=False)


@cache
def _pieces_pattern() -> re.Pattern[str]:
    """Runs of characters of which each is one folded character; else one with its marks."""
    marks = COMPOSING.union(filter(_begins_with_joining, map(chr, _decomposing())))
    joining = character_class(map(ord, marks))
    plain = character_class(code for code in chain(*_COMMON) if chr(code) not in marks and len(folded(chr(code))) == 1)
    return re.compile(f"(?P<plain>[{plain}]+(?![{joining}]))|(?s:.)[{joining}]*")


def _decomposing() -> Iterator[int]:
    return chain(range(0x80, 0x3400), range(0xA000, 0xAC00), range(0xF900, 0x20000), range(0x2F800, 0x2FA20))


def _begins_with_joining(character: str) -> bool:
    """Korean letters for computers become parts of syllables."""
    return nfkc(character)[:1] in COMPOSING

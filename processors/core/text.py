"""Clean text of a post, and where its entities come to stand in it."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from schemas import TextEntity

Edit = tuple[int, int, str]
"""Replace ``text[start:end]`` by the string."""

# A zero-width joiner or non-joiner has a meaning between emoji, and in Arabic, Indic and related scripts.
_JOINED = (
    "\u0600-\u061b\u061d-\u109f\u1780-\u180d\u180f-\u18af\ufb50-\ufdff\ufe70-\ufefc"
    "\u2194\u2195\u2600-\u27bf\u2b1b\u2b1c\ufe0f\U0001f000-\U0001faff"
)
_LINE_ENDS = "\r\x0b\x0c\x85\u2028\u2029"
_BLANKS = "\t\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"
# Controls, soft hyphen, zero-width and direction marks, invisible operators, fillers, object replacements.
_JUNK = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffc"
)
_SUSPECT = re.compile(f"[{_LINE_ENDS}{_BLANKS}{_JUNK}\u200c\u200d\ufe0e\ufe0f]")
_LINE_END = frozenset(_LINE_ENDS)
_BLANK = re.compile(f"[{_BLANKS}]")
_JOINS = re.compile(f"[{_JOINED}]")
_GAP = re.compile(r"[ \n]{2,}|\A[ \n]|[ \n]\Z")


class OffsetMap:
    """From offsets in a text to offsets in the text that edits made of it."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        self._before, self._after, self._limits = [0], [0], [0]
        shift = 0
        for start, end, replacement in edits:
            self._limits[-1] = start + shift
            shift += len(replacement) - (end - start)
            self._before.append(start)
            self._after.append(start + shift + (end - start) - len(replacement))
            self._limits.append(end + shift)
            self._before.append(end)
            self._after.append(end + shift)
            self._limits.append(0)
        self._limits[-1] = -1

    def __call__(self, offset: int) -> int:
        """The new offset; one inside of an edit goes as far as its replacement reaches."""
        piece = bisect_right(self._before, offset) - 1
        moved = self._after[piece] + offset - self._before[piece]
        limit = self._limits[piece]
        return moved if limit < 0 else min(moved, limit)


class CleanText(NamedTuple):
    """A clean text and the maps that lead to it, one after the other; none when nothing moved."""

    text: str
    maps: tuple[OffsetMap, ...] = ()


def clean(raw: str) -> CleanText:
    r"""The text in NFC with ``\n`` for line ends, plain blanks, no invisible characters, no blanks at line ends,
    and at most one empty line in a row. Idempotent.
    """
    if _SUSPECT.search(raw) is None and unicodedata.is_normalized("NFC", raw) and _is_laid_out(raw):
        return CleanText(raw)
    text = raw
    maps: list[OffsetMap] = []
    for find_edits in (_character_edits, _composition_edits, _layout_edits):
        edits = list(find_edits(text))
        if edits:
            text = _apply(text, edits)
            maps.append(OffsetMap(edits))
    return CleanText(text, tuple(maps))


def remap(entities: tuple[TextEntity, ...], cleaned: CleanText, raw_length: int) -> tuple[TextEntity, ...]:
    """The entities at their places in the clean text. What reaches out of the text is clipped; what is empty,
    inverted or was cleaned away is dropped.
    """
    if not cleaned.maps and all(entity.start < entity.end <= raw_length for entity in entities):
        return entities
    return tuple(_moved(entities, cleaned, raw_length))


def _moved(entities: tuple[TextEntity, ...], cleaned: CleanText, raw_length: int) -> Iterator[TextEntity]:
    for entity in entities:
        start, end = min(entity.start, raw_length), min(entity.end, raw_length)
        for offset_map in cleaned.maps:
            start, end = offset_map(start), offset_map(end)
        if start < end:
            yield entity.model_copy(update={"start": start, "end": end})


def _apply(text: str, edits: list[Edit]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end, replacement in edits:
        pieces += text[done:start], replacement
        done = end
    return "".join(pieces) + text[done:]


def _character_edits(text: str) -> Iterator[Edit]:
    last_end, before = 0, ""
    for match in _SUSPECT.finditer(text):
        start, end = match.span()
        if start > last_end:
            before = text[start - 1]
        clean_character = _cleaned(match[0], before, text[end : end + 1])
        if clean_character != match[0]:
            yield start, end, clean_character
        last_end, before = end, clean_character or before


def _cleaned(character: str, before: str, after: str) -> str:
    """What a suspect character becomes; ``before`` is the clean one before it, "" at the head of the text."""
    if character in _LINE_END:
        return "" if character == "\r" and after == "\n" else "\n"
    if _BLANK.match(character):
        return " "
    if character in "\u200c\u200d":
        return character if _JOINS.match(before) and _JOINS.match(after) else ""
    if character in "\ufe0e\ufe0f":
        # A variation selector needs a character before it; republishers that strip emoji leave it behind.
        return character if before.strip() else ""
    return ""


def _composition_edits(text: str) -> Iterator[Edit]:
    """Edits that make the text NFC, each as short as it can be, so that offsets stay exact around it."""
    if unicodedata.is_normalized("NFC", text):
        return
    start = 0
    for end in _composition_bounds(text):
        piece = text[start:end]
        composed = unicodedata.normalize("NFC", piece)
        if composed != piece:
            yield start, end, composed
        start = end


def _composition_bounds(text: str) -> Iterator[int]:
    """Ends of the pieces that can be composed one by one."""
    start = 0
    for position in range(1, len(text)):
        character = text[position]
        if character >= "\u0300" and (
            unicodedata.combining(character) or not _stand_apart(text[start:position], character)
        ):
            continue
        yield position
        start = position
    yield len(text)


def _stand_apart(piece: str, character: str) -> bool:
    together = unicodedata.normalize("NFC", piece + character)
    return together == unicodedata.normalize("NFC", piece) + unicodedata.normalize("NFC", character)


def _is_laid_out(text: str) -> bool:
    """Whether no blank ends a line, no two empty lines follow each other, and nothing is around the text."""
    return " \n" not in text and "\n\n\n" not in text and text == text.strip(" \n")


def _layout_edits(text: str) -> Iterator[Edit]:
    if _is_laid_out(text):
        return
    for match in _GAP.finditer(text):
        start, end = match.span()
        gap = match[0]
        if start == 0 or end == len(text):
            yield start, end, ""
        elif "\n" in gap:
            lines = min(gap.count("\n"), 2)
            tidy = "\n" * lines + " " * (len(gap) - 1 - gap.rindex("\n"))
            if tidy != gap:
                yield start, end, tidy

"""Clean text of a post, and the positions of its entities in it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from processors.core.text.character_kinds import UNTIDY, letters_of_each
from processors.core.text.characters import BLANKS, JOINERS, JUNK, LINE_ENDS, SELECTORS
from processors.core.text.offset_maps import CompositionMap, Edit, Move, OffsetMap
from schemas import TextEntity
from schemas.text.normalization import excess_marks, nfc, without_excess_marks

MAX_ENTITIES = 1_000
"""Entities of a text that are kept; Telegram takes 100 with a message."""

# A zero-width joiner or non-joiner has a meaning between emoji, and in Arabic, Indic and related scripts.
_JOINED = (
    "\u0600-\u061b\u061d-\u109f\u1780-\u180d\u180f-\u18af\ufb50-\ufdff\ufe70-\ufefc"
    "\u2194\u2195\u2600-\u27bf\u2b1b\u2b1c\ufe0f\U0001f000-\U0001faff"
)
_SUSPECTS = re.compile(f"[{LINE_ENDS}{BLANKS}{JUNK}{JOINERS}{SELECTORS}]+")
_IS_LINE_END = frozenset(LINE_ENDS)
_IS_BLANK = frozenset(re.findall(f"[{BLANKS}]", "".join(map(chr, range(0x4000)))))
_IS_JOINER, _IS_SELECTOR = frozenset(JOINERS), frozenset(SELECTORS)
_DROPPED = re.compile(f"\r(?=\n)|[{JUNK}]+")
# A variation selector needs a character before it; republishers that strip emoji leave it behind.
# One set of characters first: a pattern that starts with a choice is tried at every character.
_LEFT_BEHIND = re.compile(
    rf"[{JOINERS}{SELECTORS}](?:(?<!\S.)[{JOINERS}{SELECTORS}]*|(?<=[{JOINERS}])[{JOINERS}]*(?=[{JOINERS}]))"
)
_NOT_JOINING = re.compile(f"[{JOINERS}](?:(?<![{_JOINED}].)|(?![{_JOINED}]))")
_BLANKS_AT_LINE_END = re.compile("(?<! ) ++(?=\n)")
_MORE_LINES = re.compile(r"(?<=\n\n)\n++")
_GAP = re.compile(r"[ \n]{2,}|\A[ \n]|[ \n]\Z")


@dataclass(slots=True)
class CleanText:
    """A clean text and the maps that lead to it, one after the other; none when nothing moved."""

    text: str
    maps: tuple[Move, ...] = ()


def clean(raw: str, letters: int | None = None) -> CleanText:
    r"""The text in NFC with ``\n`` for line ends, plain blanks, no invisible characters, no blanks at line ends,
    at most one empty line in a row, and at most 30 combining marks in a row. Idempotent. ``letters`` are those of the
    text, if they are known.
    """
    if letters is None:
        (letters,) = letters_of_each([raw])
    if not letters & UNTIDY and _is_laid_out(raw):
        return CleanText(raw)
    text = raw
    maps: list[Move] = []
    for clean_up in (_without_suspects, _composed, _laid_out):
        text = clean_up(text, maps)
    return CleanText(text, tuple(maps))


def remap(entities: tuple[TextEntity, ...], cleaned: CleanText, raw_length: int) -> tuple[TextEntity, ...]:
    """The first entities, up to ``MAX_ENTITIES``, at their places in the clean text. What reaches out of the text is
    clipped; what is empty, inverted or was cleaned away is dropped.
    """
    entities = entities[:MAX_ENTITIES]
    if not entities or (not cleaned.maps and all(entity.start < entity.end <= raw_length for entity in entities)):
        return entities
    return tuple(_moved(entities, cleaned, raw_length))


def _moved(entities: tuple[TextEntity, ...], cleaned: CleanText, raw_length: int) -> Iterator[TextEntity]:
    before = sorted({min(offset, raw_length) for entity in entities for offset in (entity.start, entity.end)})
    after = before
    for move in cleaned.maps:
        after = move(after)
    places = dict(zip(before, after, strict=True))
    for entity in entities:
        start, end = places[min(entity.start, raw_length)], places[min(entity.end, raw_length)]
        if start < end:
            yield entity.model_copy(update={"start": start, "end": end})


def _without(pattern: re.Pattern[str], text: str, maps: list[Move]) -> str:
    """The text without what a pattern finds."""
    return _dropped(pattern, text, pattern.sub("", text), maps)


def _dropped(pattern: re.Pattern[str], text: str, rest: str, maps: list[Move]) -> str:
    """What is left of a text without what a pattern finds."""
    if len(rest) < len(text):
        maps.append(OffsetMap(lambda: ((*match.span(), "") for match in pattern.finditer(text))))
    return rest


def _without_suspects(text: str, maps: list[Move]) -> str:
    """Plain characters for those of a kind, and none without a meaning."""
    suspects = set("".join(_SUSPECTS.findall(text)))
    if not suspects:
        return text
    marks = suspects & _IS_JOINER | suspects & _IS_SELECTOR
    blanks, line_ends = suspects & _IS_BLANK, suspects & _IS_LINE_END
    if junk := suspects - marks - blanks - line_ends | line_ends & {"\r"}:
        text = _dropped(_DROPPED, text, _without_junk(text, junk - {"\r"}), maps)
    for character in blanks:
        text = text.replace(character, " ")
    for character in line_ends:
        text = text.replace(character, "\n")
    if marks:
        text = _without(_LEFT_BEHIND, text, maps)
    if marks & _IS_JOINER:
        text = _without(_NOT_JOINING, text, maps)
    return text


def _without_junk(text: str, junk: Iterable[str]) -> str:
    """What ``_DROPPED`` leaves of a text with some junk, in a tenth of the time."""
    text = text.replace("\r\n", "\n")
    for character in junk:
        text = text.replace(character, "")
    return text


def _composed(text: str, maps: list[Move]) -> str:
    text = _with_few_marks(text, maps)
    composed = nfc(text)
    if composed == text:
        return text
    maps.append(CompositionMap(text))
    return _with_few_marks(composed, maps)  # one character may have become several marks


def _with_few_marks(text: str, maps: list[Move]) -> str:
    bounded = without_excess_marks(text)
    if len(bounded) < len(text):
        maps.append(OffsetMap(lambda: ((*piece, "") for piece in excess_marks(text))))
    return bounded


def _is_laid_out(text: str) -> bool:
    """Whether no blank ends a line, no two empty lines follow each other, and nothing is around the text."""
    return " \n" not in text and "\n\n\n" not in text and text == text.strip(" \n")


def _laid_out(text: str, maps: list[Move]) -> str:
    if _is_laid_out(text):
        return text
    maps.append(OffsetMap(lambda: _layout_edits(text)))
    tidy = _BLANKS_AT_LINE_END.sub("", text) if " \n" in text else text
    tidy = _MORE_LINES.sub("", tidy) if "\n\n\n" in tidy else tidy
    return tidy.strip(" \n")


def _layout_edits(text: str) -> Iterator[Edit]:
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

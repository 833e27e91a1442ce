"""The pieces of a post that may be items: its lines, and the sentences of a line that names outlets."""

from dataclasses import dataclass

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.reading import LineReading, Unit
from processors.core.quotes.attribution.shapes import Attribution, Shape
from processors.core.quotes.lexicon.outlets import Mention, within
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.sentences import sentences
from processors.core.quotes.lines.tokens import Tokens

MAX_PIECES = 400
"""Ten times the pieces of the longest lists; what follows is in no list."""
_WHOLE = (Shape.LABEL, Shape.ALONE, Shape.CREDIT)


@dataclass(slots=True)
class Piece:
    """A piece with the outlets that it may be attributed to."""

    start: int
    end: int
    reading: int
    """Index of its line."""
    ordinal: int
    """Its place in the line, from 0."""
    mentions: list[Mention]
    attribution: Attribution | None


def pieces_of(attributor: Attributor, tokens: Tokens, readings: list[LineReading]) -> list[Piece]:
    """The pieces of a post, in order and without overlap."""
    found: list[Piece] = []
    covered_to = 0
    for index, reading in enumerate(readings):
        line = reading.line
        if line.start < covered_to:  # part of a unit that began above
            continue
        units = reading.units
        if len(units) == 1 and units[0].attribution.shape in _WHOLE:
            unit = units[0]
            found.append(Piece(unit.start, unit.end, index, 0, reading.mentions, unit.attribution))
            covered_to = unit.end
        elif reading.is_footer or not (units or reading.mentions):
            found.append(Piece(line.start, line.end, index, 0, reading.mentions, None))
        else:
            found += _sentence_pieces(attributor, tokens, index, reading)
        if len(found) >= MAX_PIECES:
            return found[:MAX_PIECES]
    return found


def _sentence_pieces(attributor: Attributor, tokens: Tokens, index: int, reading: LineReading) -> list[Piece]:
    found: list[Piece] = []
    waiting = 0
    for start, end in sentences(tokens.text, reading.line.start, reading.line.end):
        first = waiting
        while waiting < len(reading.units) and reading.units[waiting].attribution.mentions[0].start < end:
            waiting += 1
        own = reading.units[first:waiting]
        for span, unit in _cut(own, start, end):
            inside = within(reading.mentions, *span)
            attribution = unit.attribution if unit is not None else _named(attributor, tokens, span, inside)
            found.append(Piece(*span, index, len(found), inside, attribution))
    return found


def _cut(own: list[Unit], start: int, end: int) -> list[tuple[Offsets, Unit | None]]:
    """A sentence, cut between the statements of several outlets."""
    if len(own) < 2:
        return [((start, end), own[0] if own else None)]
    found: list[tuple[Offsets, Unit | None]] = []
    for place, unit in enumerate(own):
        begin = start if place == 0 else max(start, unit.start)
        stop = end if place == len(own) - 1 else min(end, unit.end)
        found.append(((begin, stop), unit))
    return found


def _named(attributor: Attributor, tokens: Tokens, span: Offsets, mentions: list[Mention]) -> Attribution | None:
    """The outlet that a piece names, where neither form nor cue shows that the piece is attributed to it."""
    first = tokens.at(span[0])
    candidates = [mention for mention in mentions if not attributor.is_object(tokens, first, mention)]
    if not candidates:
        return None
    certain = [mention for mention in candidates if not mention.is_ambiguous]
    first_named = (certain or candidates)[0]
    return Attribution(Shape.NAMED, attributor.joined(tokens, mentions, mentions.index(first_named)), None, span[0])

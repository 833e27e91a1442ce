"""The pieces of a post that may be items: its lines, and the units of a line that names outlets."""

from dataclasses import dataclass

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.line_reading import LineReading, speaks_of_press
from processors.core.quotes.attribution.shapes import Attribution, Shape
from processors.core.quotes.lexicon.outlets import Mention, within
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.sentences import sentences
from processors.core.quotes.lines.tokens import Tokens

MAX_PIECES = 400
"""Ten times the pieces of the longest lists; what follows is in no list."""
_MARKS = ("«", '"', "“", "„")
_MAX_SHARING = 2
"""Outlets that may share one statement although each has its own below."""


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
        if reading.units:
            found += _unit_pieces(index, reading)
            covered_to = reading.units[-1].end
        elif reading.is_footer or not reading.mentions:
            found.append(Piece(line.start, line.end, index, 0, reading.mentions, None))
        else:
            found += _named_pieces(attributor, tokens, index, reading)
        if len(found) >= MAX_PIECES:
            break
    return _without_announcements(attributor, tokens, found[:MAX_PIECES])


def _without_announcements(attributor: Attributor, tokens: Tokens, pieces: list[Piece]) -> list[Piece]:
    """The pieces, where one that speaks of the press or names three outlets is attributed to none of them if pieces
    below are attributed to all but one: it announces these ("Reuters, the BBC and Le Monde all report the fire").
    """
    below: set[str] = set()
    for piece in reversed(pieces):
        own = piece.attribution
        if own is None:
            continue
        if len(piece.mentions) > 1:
            names = {mention.outlet.name for mention in piece.mentions}
            if len(names & below) >= max(_MAX_SHARING, len(names) - 1):
                is_announcing = len(names) > _MAX_SHARING or speaks_of_press(
                    attributor, tokens, piece.start, piece.end, piece.mentions
                )
                if is_announcing:
                    piece.attribution = None
                    continue
        below |= own.outlet_names
    return pieces


def _unit_pieces(index: int, reading: LineReading) -> list[Piece]:
    """A sentence about the press where the line opens with one, and each unit of the line."""
    found: list[Piece] = []
    if reading.lead is not None:
        found.append(Piece(*reading.lead, index, 0, [], None))
    for unit in reading.units:
        inside = within(reading.mentions, unit.start, unit.end)
        found.append(Piece(unit.start, unit.end, index, len(found), inside, unit.attribution))
    return found


def _named_pieces(attributor: Attributor, tokens: Tokens, index: int, reading: LineReading) -> list[Piece]:
    """The pieces of a line that names outlets and attributes nothing to them: its sentences where it names several,
    else the line without what it says about the press at its start.
    """
    line = reading.line
    spans = sentences(tokens.text, line.start, line.end)
    opening = 0
    while opening < len(spans) - 1 and speaks_of_press(attributor, tokens, *spans[opening], reading.mentions):
        opening += 1
    if len({mention.outlet.name for mention in reading.mentions if not mention.is_ambiguous}) < 2:
        spans[opening:] = [(spans[opening][0], line.end)]
    found: list[Piece] = []
    is_title = index == 0 and speaks_of_press(attributor, tokens, *spans[-1], reading.mentions) and not opening
    for place, span in enumerate(spans):
        inside = within(reading.mentions, *span)
        attribution = None if place < opening or is_title else _named(attributor, tokens, span, inside)
        found.append(Piece(*span, index, place, inside, attribution))
    return found


def _named(attributor: Attributor, tokens: Tokens, span: Offsets, mentions: list[Mention]) -> Attribution | None:
    """The outlet that a piece names, where neither form nor cue shows that the piece is attributed to it."""
    first = tokens.at(span[0])
    candidates = [
        mention
        for mention in mentions
        if not mention.needs_support and not attributor.is_object(tokens, first, mention)
    ]
    if not candidates:
        return None
    certain = [mention for mention in candidates if not mention.is_ambiguous]
    is_quoted = tokens.text[candidates[0].start - 1 : candidates[0].start] in _MARKS
    if (
        not certain
        and not is_quoted
        and candidates[0].first == first
        and speaks_of_press(attributor, tokens, *span, candidates)
    ):
        return None  # "Dünya basını": the common word
    first_named = (certain or candidates)[0]
    return Attribution(Shape.NAMED, attributor.joined(tokens, mentions, mentions.index(first_named)), None, span[0])

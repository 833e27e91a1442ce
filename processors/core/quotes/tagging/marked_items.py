"""Lines of one bullet below a line about the press: where most are outlets', each of these begins an item."""

from collections import defaultdict
from dataclasses import replace

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.line_reading import LineReading
from processors.core.quotes.attribution.shapes import Attribution, Shape
from processors.core.quotes.label_names import is_like_outlet
from processors.core.quotes.lines.tokens import Tokens
from processors.core.quotes.tagging.model import TaggedPieces
from processors.core.quotes.tagging.pieces import Piece, may_be_heading
from processors.core.quotes.tagging.viterbi import BEGINS, CONTINUES, OUTSIDE

_MIN_ALIKE = 3
_FEW = 3
"""Items for each line between them that may be the heading of those below it: a second line of most items is none."""


def with_marked_alike(
    attributor: Attributor, tokens: Tokens, readings: list[LineReading], pieces: list[Piece], tagged: TaggedPieces
) -> TaggedPieces:
    """The tags, where the lines that share a bullet below a line about the press all begin an item if they are
    attributed to outlets and at least three and most of them are, and other lines right below one go on with it: the
    model weighs each line beside two others alone.
    """
    press = next((place for place, piece in enumerate(pieces) if readings[piece.reading].is_press), None)
    if press is None:
        return tagged
    groups: dict[str, list[int]] = defaultdict(list)
    for place in range(press + 1, len(pieces)):
        piece = pieces[place]
        reading = readings[piece.reading]
        if reading.line.marker is not None and piece.ordinal == 0 and not reading.is_footer:
            groups[_kind_of_bullet(tokens.text[slice(*reading.line.marker)])].append(place)
    tags, margins = list(tagged.tags), list(tagged.margins)
    for places in groups.values():
        own = [place for place in places if _is_outlets(attributor, tokens, pieces[place].attribution)]
        if len(own) < _MIN_ALIKE or 2 * len(own) <= len(places):
            continue
        for place in own:
            if tags[place] != BEGINS:
                tags[place], margins[place] = BEGINS, 0.0
        alike = set(places)
        for place in range(own[0] + 1, own[-1]):
            is_below = tags[place - 1] != OUTSIDE and place not in alike
            if tags[place] == OUTSIDE and is_below and _continues(readings, pieces[place]):
                tags[place], margins[place] = CONTINUES, 0.0
        headings = [
            place for place in range(own[0] + 1, own[-1]) if _is_heading(tokens, readings, pieces, alike, place)
        ]
        if 0 < len(headings) * _FEW <= len(own):
            for place in headings:
                tags[place] = OUTSIDE
    return TaggedPieces(tags, margins)


def with_paragraphs_alike(
    readings: list[LineReading], pieces: list[Piece], tagged: TaggedPieces
) -> tuple[list[Piece], TaggedPieces]:
    """The pieces and their tags, where a paragraph among those of a review that names one more outlet begins its item,
    although it reports only what someone said to the outlet: at least three others, each a paragraph, begin items.
    """
    items = [place for place, tag in enumerate(tagged.tags) if tag == BEGINS and _is_paragraph(readings, pieces, place)]
    own = [place for place in items if pieces[place].attribution is not None]
    if len(own) < _MIN_ALIKE or not any(readings[piece.reading].is_press for piece in pieces[: own[0]]):
        return pieces, tagged
    taken = {name for place in own for name in _names_in(pieces[place])}
    pieces, tags, margins = list(pieces), list(tagged.tags), list(tagged.margins)
    for place in range(own[0] + 1, min(len(pieces), own[-1] + 2)):
        piece = pieces[place]
        if piece.attribution is not None or not _is_paragraph(readings, pieces, place):
            continue
        certain = [mention for mention in piece.mentions if not mention.is_ambiguous]
        if len(certain) == 1 and certain[0].outlet.name not in taken:
            mention = certain[0]
            pieces[place] = replace(piece, attribution=Attribution(Shape.NAMED, (mention,), None, piece.start))
            tags[place], margins[place] = BEGINS, 0.0
    return pieces, TaggedPieces(tags, margins)


def _is_paragraph(readings: list[LineReading], pieces: list[Piece], place: int) -> bool:
    piece = pieces[place]
    reading = readings[piece.reading]
    return piece.ordinal == 0 and reading.line.blank_before > 0 and not reading.is_footer


def _names_in(piece: Piece) -> set[str]:
    return {mention.outlet.name for mention in piece.mentions}


def _continues(readings: list[LineReading], piece: Piece) -> bool:
    """Whether a line right below another is no outlet's, no footer and says nothing about the press."""
    reading = readings[piece.reading]
    return not (piece.attribution or reading.is_footer or reading.is_press or reading.line.blank_before)


def _is_heading(tokens: Tokens, readings: list[LineReading], pieces: list[Piece], alike: set[int], place: int) -> bool:
    """Whether a short line without bullet or stop is between two lines of the bullet."""
    piece = pieces[place]
    if piece.attribution is not None or place - 1 not in alike or place + 1 not in alike:
        return False
    return may_be_heading(tokens, readings, piece) and tokens.text[piece.end - 1] not in ";,"


def _kind_of_bullet(bullet: str) -> str:
    """A bullet, or for all numbers the same."""
    return "0" if bullet[0].isdigit() or bullet[0] == "(" else bullet


def _is_outlets(attributor: Attributor, tokens: Tokens, attribution: Attribution | None) -> bool:
    if attribution is None:
        return False
    if attribution.is_known or attribution.is_shown:
        return True
    return all(is_like_outlet(attributor, tokens, one.start, one.end) for one in attribution.mentions)

"""The pieces of a post that may be items: its lines, and the units of a line that names outlets."""

from dataclasses import dataclass

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.line_reading import LineReading, speaks_of_press
from processors.core.quotes.attribution.shapes import Attribution, Shape
from processors.core.quotes.lexicon.outlets import Mention, within
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.quotation_marks import quoted
from processors.core.quotes.lines.sentences import sentences
from processors.core.quotes.lines.tokens import Tokens

MAX_PIECES = 400
"""Ten times the pieces of the longest lists; what follows is in no list."""
HEADING_MAX = 130
"""Code points of the longest heading."""
_STOPS = '.!?…»”"。！？।'
_MARKS = ("«", '"', "“", "„")
_MAX_SHARING = 2
"""Outlets that may share one statement although each has its own below."""

_GERMAN = frozenset(["DE", "AT", "CH", "LI", "LU"])
_OPENING_WORDS = 2
_QUOTED_NAME = 12
"""Code points beside a name in quotation marks: what the outlet is called, its article, its place."""
_CAPTION_MAX = 24
"""Code points of a caption beside the name."""
_CAPTION_WORDS = 2
_NO_CAPTIONS = frozenset([Shape.LABEL, Shape.ALONE, Shape.CREDIT])


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
    is_announcing: bool = False
    """It names the outlets of the pieces below, and says no more than that these report."""


def may_be_heading(tokens: Tokens, readings: list[LineReading], piece: Piece) -> bool:
    """Whether a piece may be the heading of what follows: short, without bullet or stop."""
    if piece.end - piece.start > HEADING_MAX or readings[piece.reading].line.marker is not None:
        return False
    return tokens.text[piece.end - 1] not in _STOPS


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
    return _without_captions(tokens, readings, _without_announcements(attributor, tokens, found[:MAX_PIECES]))


def _without_announcements(attributor: Attributor, tokens: Tokens, pieces: list[Piece]) -> list[Piece]:
    """The pieces, where one that speaks of the press or names three outlets is attributed to none of them if pieces
    below are attributed to all but one: it announces these ("Reuters, the BBC and Le Monde all report the fire").
    """
    below: set[str] = set()
    for piece in reversed(pieces):
        own = piece.attribution
        if own is None and len(piece.mentions) <= _MAX_SHARING:
            continue
        if len(piece.mentions) > 1:
            names = {mention.outlet.name for mention in piece.mentions}
            if len(names & below) >= max(_MAX_SHARING, len(names) - 1):
                is_announcing = len(names) > _MAX_SHARING or speaks_of_press(
                    attributor, tokens, piece.start, piece.end, piece.mentions
                )
                if is_announcing:
                    piece.attribution, piece.is_announcing = None, True
                    continue
        if own is not None:
            below |= own.outlet_names
    return pieces


def _without_captions(tokens: Tokens, readings: list[LineReading], pieces: list[Piece]) -> list[Piece]:
    """The pieces, where a line that has little but a name is attributed to none: an agency's signature in brackets
    ("(AFP, 12.3.)"), or the caption of a picture below the item of the same outlet ("Le Monde, 12 mars").
    """
    last = frozenset[str]()
    for piece in pieces:
        own = piece.attribution
        if own is None:
            continue
        if own.shape not in _NO_CAPTIONS and _is_caption(tokens, piece, own, last):
            piece.attribution = None
            readings[piece.reading].is_footer = True
            continue
        last = own.outlet_names
    return pieces


def _is_caption(tokens: Tokens, piece: Piece, own: Attribution, last: frozenset[str]) -> bool:
    named = sum(mention.end - mention.start for mention in own.mentions)
    if piece.end - piece.start - named > _CAPTION_MAX:
        return False
    inside = {place for mention in own.mentions for place in range(mention.first, mention.after)}
    words = range(tokens.at(piece.start), tokens.at(piece.end))
    others = sum(place not in inside and not tokens.words[place].isdigit() for place in words)
    if tokens.text[piece.start] in "(（" and tokens.text[piece.end - 1] in ")）":
        return others <= 1
    return others <= _CAPTION_WORDS and not last.isdisjoint(own.outlet_names) and len(words) > len(inside)


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
    while (
        opening < len(spans) - 1
        and speaks_of_press(attributor, tokens, *spans[opening], reading.mentions)
        and not _opens_with_outlet(tokens, spans[opening], reading.mentions)
    ):
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


def _outside_quotations(tokens: Tokens, span: Offsets, mentions: list[Mention]) -> list[Mention]:
    """The names that are in no quotation of more than themselves: what is quoted has other names as its subjects; a
    name that is no common word counts where there is no other.
    """
    if len(mentions) == 1 and not mentions[0].is_ambiguous:  # as in most
        return mentions
    quotations = quoted(tokens.text, *span)
    inside = [
        mention
        for mention in mentions
        if any(
            start <= mention.start and mention.end <= end and end - start > _QUOTED_NAME + mention.end - mention.start
            for start, end in quotations
        )
    ]
    outside = [mention for mention in mentions if mention not in inside]
    return outside or [mention for mention in inside if not mention.is_ambiguous]


def _opens_with_outlet(tokens: Tokens, span: Offsets, mentions: list[Mention]) -> bool:
    """Whether one of the first words of a sentence is an outlet's name, and no other outlet is in it."""
    inside = [mention for mention in within(mentions, *span) if not mention.is_ambiguous]
    return len(inside) == 1 and inside[0].first - tokens.at(span[0]) <= _OPENING_WORDS


def is_part_of_name(attributor: Attributor, tokens: Tokens, first: int, mention: Mention) -> bool:
    """Whether a common word is beside a word with a capital in a piece that starts at word ``first``, and so is a part
    of another name: "Dan Diaconescu", "Nueva York". German writes all nouns so.
    """
    if mention.outlet.country in _GERMAN or not tokens.is_capitalised(mention.first):
        return False
    text = tokens.text
    if text[mention.start : mention.end].isupper():
        return False
    after = mention.after
    if after < len(tokens.words) and text[mention.end : tokens.starts[after]] == " " and tokens.is_capitalised(after):
        return not attributor.press.qualifies(tokens.words[after])
    before = mention.first - 1
    if before <= first or tokens.between(before, mention.first) != " " or not tokens.is_capitalised(before):
        return False
    return not attributor.press.qualifies(tokens.words[before])


def _named(attributor: Attributor, tokens: Tokens, span: Offsets, mentions: list[Mention]) -> Attribution | None:
    """The outlet that a piece names, where neither form nor cue shows that the piece is attributed to it."""
    first = tokens.at(span[0])
    candidates = [
        mention
        for mention in mentions
        if not mention.needs_support
        and not attributor.is_object(tokens, first, mention)
        and not (mention.is_ambiguous and is_part_of_name(attributor, tokens, first, mention))
    ]
    if not candidates:
        return None
    candidates = _outside_quotations(tokens, span, candidates)
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

"""Reviews in sections: the outlet alone above the paragraphs or bullets that are its own, up to the next outlet."""

from itertools import pairwise

from processors.core.quotes.attribution.line_reading import LineReading
from processors.core.quotes.attribution.shapes import Attribution, Shape
from processors.core.quotes.lines.tokens import Tokens
from processors.core.quotes.tagging.model import TaggedPieces
from processors.core.quotes.tagging.pieces import Piece, may_be_heading
from processors.core.quotes.tagging.viterbi import BEGINS, CONTINUES, OUTSIDE

_MIN_SECTIONS = 2
_FORMS = frozenset([Shape.LABEL, Shape.CREDIT])


def with_sections(
    tokens: Tokens, readings: list[LineReading], pieces: list[Piece], tagged: TaggedPieces
) -> TaggedPieces:
    """The tags, where all that is between two names alone on their lines belongs to the first: the model weighs a piece
    beside two others, and knows a section of several paragraphs from none. A heading right above a name stays outside,
    and so does all above the first name, which may say whose review this is; behind the last name the tags stay, but
    for more lines of the bullet that its first one has.
    """
    heads = [place for place, piece in enumerate(pieces) if _is_head(piece.attribution)]
    if len({name for place in heads for name in _names(pieces[place])}) < _MIN_SECTIONS:
        return tagged
    if any(_is_other_item(piece.attribution) for piece in pieces):
        return tagged
    are_known = all(own is not None and own.is_known for own in (pieces[place].attribution for place in heads))
    above = pieces[: heads[0]]
    if not are_known and not any(readings[piece.reading].is_press or piece.is_announcing for piece in above):
        return tagged
    if any(_is_empty(readings, pieces, head, following) for head, following in pairwise(heads)):
        return tagged
    tags, margins = list(tagged.tags), list(tagged.margins)
    for place in range(heads[0]):
        if not _is_subject(pieces[place].attribution):
            tags[place] = OUTSIDE
    for head, following in zip(heads, [*heads[1:], len(pieces)], strict=True):
        if tags[head] != BEGINS:
            tags[head], margins[head] = BEGINS, max(0.0, margins[head])
        stop = following if following < len(pieces) else _end_of_last(tokens, readings, pieces, tags, head)
        for place in range(head + 1, stop):
            if readings[pieces[place].reading].is_footer:
                tags[place] = OUTSIDE
            elif not (
                place == stop - 1 > head + 1
                and tags[place] == OUTSIDE
                and may_be_heading(tokens, readings, pieces[place])
            ):
                tags[place] = CONTINUES
    return TaggedPieces(tags, margins)


def _is_head(attribution: Attribution | None) -> bool:
    return (
        attribution is not None and attribution.shape == Shape.ALONE and (attribution.is_known or attribution.is_shown)
    )


def _is_subject(attribution: Attribution | None) -> bool:
    """Whether a piece is an item above the first name, as where a channel says at the top whom it reads first."""
    return attribution is not None and attribution.shape == Shape.SUBJECT and attribution.is_known


def _names(piece: Piece) -> frozenset[str]:
    return frozenset() if piece.attribution is None else piece.attribution.outlet_names


def _is_other_item(attribution: Attribution | None) -> bool:
    """Whether a piece has another form of items of known outlets: a lone name may then be a topic, or a broken line."""
    return (
        attribution is not None
        and attribution.shape in _FORMS
        and attribution.is_known
        and not attribution.is_ambiguous
    )


def _is_empty(readings: list[LineReading], pieces: list[Piece], head: int, following: int) -> bool:
    return all(readings[pieces[place].reading].is_footer for place in range(head + 1, following))


def _end_of_last(tokens: Tokens, readings: list[LineReading], pieces: list[Piece], tags: list[int], head: int) -> int:
    """Where the last section ends: where the model ends it, or behind the lines of one bullet."""
    place = head + 1
    if place == len(pieces):
        return place
    bullet = _bullet(tokens, readings, pieces[place])
    while place < len(pieces) and not readings[pieces[place].reading].is_footer:
        is_alike = bullet is not None and _bullet(tokens, readings, pieces[place]) == bullet
        if place > head + 1 and tags[place] == OUTSIDE and not is_alike:
            break
        place += 1
    return place


def _bullet(tokens: Tokens, readings: list[LineReading], piece: Piece) -> str | None:
    marker = readings[piece.reading].line.marker
    return None if marker is None else tokens.text[slice(*marker)][:1]

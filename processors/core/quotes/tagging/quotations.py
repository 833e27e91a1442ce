"""Quotations that go on over several paragraphs: up to their closing mark they belong to one item."""

from processors.core.quotes.attribution.line_reading import LineReading
from processors.core.quotes.attribution.shapes import Shape
from processors.core.quotes.lines.tokens import Tokens
from processors.core.quotes.tagging.model import TaggedPieces
from processors.core.quotes.tagging.pieces import Piece
from processors.core.quotes.tagging.viterbi import CONTINUES, OUTSIDE

_CLOSING = {"„": "“”", "“": "”", "«": "»"}
"""Marks that cannot be taken for one another, with those that close them."""
_OPENED_BY = {"“": "„", "«": "»"}
"""Marks that also close, with those that open then."""
_MAX_PARAGRAPHS = 4
_FORMS = frozenset([Shape.LABEL, Shape.ALONE, Shape.CREDIT])


def with_whole_quotations(
    tokens: Tokens, readings: list[LineReading], pieces: list[Piece], tagged: TaggedPieces
) -> TaggedPieces:
    """The tags, where pieces up to the closing mark of a quotation that an item leaves open go on with it."""
    if not any(mark in tokens.text for mark in _CLOSING):
        return tagged
    tags = list(tagged.tags)
    place = 0
    while place < len(pieces):
        if tags[place] != OUTSIDE:
            stop = _closing_place(tokens, readings, pieces, place)
            if stop is not None:
                tags[place + 1 : stop + 1] = [CONTINUES] * (stop - place)
                place = stop
        place += 1
    return TaggedPieces(tags, tagged.margins)


def _closing_place(tokens: Tokens, readings: list[LineReading], pieces: list[Piece], place: int) -> int | None:
    """The piece that closes the quotation which a piece leaves open; null where it leaves none."""
    opened = left_open(tokens.text, pieces[place].start, pieces[place].end)
    if opened is None:
        return None
    for following in range(place + 1, min(len(pieces), place + 1 + _MAX_PARAGRAPHS)):
        piece = pieces[following]
        own = piece.attribution
        if readings[piece.reading].is_footer or (own is not None and own.shape in _FORMS):
            return None
        text = tokens.text[piece.start : piece.end]
        closed = min((at for mark in _CLOSING[opened] if (at := text.find(mark)) >= 0), default=None)
        again = text.find(opened, 1)
        if closed is not None and not 0 <= again < closed:
            return following
        if again >= 0:
            return None
    return None


def left_open(text: str, start: int, end: int) -> str | None:
    """The last quotation mark that ``text[start:end]`` opens and does not close."""
    at, opened = max((text.rfind(mark, start, end), mark) for mark in _CLOSING)
    if at < 0 or any(text.find(mark, at + 1, end) >= 0 for mark in _CLOSING[opened]):
        return None
    other = _OPENED_BY.get(opened)
    return None if other is not None and text.find(other, start, at) >= 0 else opened  # it closes that one

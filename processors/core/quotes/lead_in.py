"""The line or sentence that introduces a list."""

import re
from dataclasses import dataclass

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.line_reading import LineReading, cites_press, is_review_title, speaks_of_press
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.sentences import sentences
from processors.core.quotes.lines.tokens import Tokens
from processors.core.quotes.tagging.pieces import Piece
from processors.core.quotes.tagging.quote_runs import QuoteRun

_REACH = 5
"""Lines above the first item in which its introduction is looked for."""
_MAX_PIECES = 12
_MAX_TITLE_PIECES = 2
_TITLE_MAX = 130
_STOPS = frozenset(".,;…。")
_REVIEW_MAX = 320
_TAGS = re.compile(r"(?:\s+#\w++)++$")
_SPEAKER = re.compile(r"[^\W\d_]{2,20} [^\W\d_]{2,20}: ")


@dataclass(frozen=True, slots=True)
class LeadIn:
    """A list's introduction."""

    span: Offsets
    is_press: bool
    """It speaks of the press."""
    is_strong: bool
    """It also has the form of an introduction: a colon or a word of reviewing."""
    is_title: bool = False
    """It is the heading of the post alone: no evidence of a list, unless it has a word of reviewing."""
    is_review: bool = False
    """Such a heading has one."""


class LeadInFinder:
    """Finds the introductions of a post's runs."""

    def __init__(
        self, attributor: Attributor, tokens: Tokens, readings: list[LineReading], pieces: list[Piece], taken: set[int]
    ) -> None:
        """``taken`` are the indexes of pieces that belong to an item of any run."""
        self._attributor = attributor
        self._tokens = tokens
        self._readings = readings
        self._pieces = pieces
        self._taken = taken

    def of(self, run: QuoteRun) -> LeadIn | None:
        """The nearest introduction above a run; a line above the run's first heading is preferred to one below it."""
        above = self._press_pieces(run)
        if above:
            return self._press_lead(_preferred(above, run), run.items[0].start)
        return self._colon_lead(run) or self._inner_lead(run) or self._title_lead(run) or self._review_lead(run)

    def _press_pieces(self, run: QuoteRun) -> list[Piece]:
        """The pieces right above the first item that speak of the press, the nearest first."""
        first = run.items[0]
        found: list[Piece] = []
        for place in range(first.first - 1, max(-1, first.first - 1 - _MAX_PIECES), -1):
            piece = self._pieces[place]
            if place in self._taken or first.reading - piece.reading > _REACH:
                break
            if self._introduces(piece) and not self._readings[piece.reading].is_footer:
                found.append(piece)
        return found

    def _introduces(self, piece: Piece) -> bool:
        """Whether the piece speaks of the press, and has a colon at its end or attributes no statement to the press."""
        if piece.is_announcing:
            return True
        if not speaks_of_press(self._attributor, self._tokens, piece.start, piece.end, piece.mentions):
            return False
        if self._tokens.text[piece.end - 1] in ":：":
            return True
        return not cites_press(self._attributor, self._tokens, piece.start, piece.end)

    def _press_lead(self, piece: Piece, stop: int) -> LeadIn:
        """From the first sentence about the press to the end of its line or to the first item, without tags."""
        reading = self._readings[piece.reading]
        text = self._tokens.text
        start, end = piece.start, max(piece.end, min(reading.line.end, stop))
        if piece.end - piece.start == reading.line.end - reading.line.start:
            for span in sentences(text, piece.start, piece.end):
                if speaks_of_press(self._attributor, self._tokens, *span, reading.mentions):
                    start = span[0]
                    break
        while end > start and text[end - 1].isspace():
            end -= 1
        tags = _TAGS.search(text, max(start, end - 200), end)
        if tags is not None and tags.start() > start:
            end = tags.start()
        speaker = _SPEAKER.match(text, start, end)
        if speaker is not None:
            start = speaker.end()
        is_strong = text[end - 1] in ":：" or self._is_review((start, end))
        return LeadIn((start, end), is_press=True, is_strong=is_strong)

    def _is_review(self, span: Offsets) -> bool:
        tokens, review = self._tokens, self._attributor.press.review
        if span[1] - span[0] > _REVIEW_MAX:
            return False
        return not review.isdisjoint(tokens.words[tokens.at(span[0]) : tokens.at(span[1])])

    def _colon_lead(self, run: QuoteRun) -> LeadIn | None:
        """A line with a colon right above the first item, unless it is one of several headings."""
        place = run.items[0].first - 1
        if place < 0 or run.headings or place in self._taken:
            return None
        piece = self._pieces[place]
        line = self._readings[piece.reading].line
        if self._readings[piece.reading].is_footer or self._tokens.text[piece.end - 1] not in ":：":
            return None
        return LeadIn((line.start, piece.end), is_press=False, is_strong=False)

    def _inner_lead(self, run: QuoteRun) -> LeadIn | None:
        """A line about the press with a colon below the first item, where it introduces the others."""
        for place in range(run.items[0].after, run.items[-1].first):
            piece = self._pieces[place]
            if place not in self._taken and self._tokens.text[piece.end - 1] in ":：" and self._introduces(piece):
                return LeadIn((piece.start, piece.end), is_press=True, is_strong=True)
        return None

    def _title_lead(self, run: QuoteRun) -> LeadIn | None:
        """The heading that opens the post right above the first item, where the run has no other headings."""
        place = run.items[0].first - 1
        if not 0 <= place < _MAX_TITLE_PIECES or run.headings or place in self._taken:
            return None
        piece = self._pieces[place]
        line = self._readings[piece.reading].line
        text = self._tokens.text
        is_heading = piece.end == line.end and line.end - line.start <= _TITLE_MAX and text[line.end - 1] not in _STOPS
        if not is_heading or piece.mentions or self._readings[piece.reading].is_footer:
            return None
        is_review = self._is_review((line.start, line.end))
        return LeadIn((line.start, line.end), is_press=False, is_strong=False, is_title=True, is_review=is_review)

    def _review_lead(self, run: QuoteRun) -> LeadIn | None:
        """The heading that opens the post, where it has a word of reviewing and headings of items are below it."""
        first = self._pieces[0]
        if 0 in self._taken or run.items[0].reading > _REACH:
            return None
        if not is_review_title(self._attributor, self._tokens, first.start, first.end, first.mentions):
            return None
        return LeadIn((first.start, first.end), is_press=False, is_strong=False, is_title=True, is_review=True)


def _preferred(found: list[Piece], run: QuoteRun) -> Piece:
    if run.first_heading is not None:
        for piece in found:
            if piece.end <= run.first_heading[0]:
                return piece
    nearest = found[0]
    for piece in found:  # the first sentence of the line
        if piece.reading == nearest.reading:
            nearest = piece
    return nearest

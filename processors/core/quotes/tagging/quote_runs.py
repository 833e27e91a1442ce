"""Runs of items out of tagged pieces: topics, comments and footers between the items are sorted by their form."""

import re
from dataclasses import dataclass, field

from processors.core.quotes.attribution.line_reading import LineReading
from processors.core.quotes.attribution.shapes import Attribution, Shape
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.tokens import Tokens
from processors.core.quotes.tagging.model import TaggedPieces
from processors.core.quotes.tagging.pieces import HEADING_MAX, Piece
from processors.core.quotes.tagging.quotations import left_open
from processors.core.quotes.tagging.viterbi import BEGINS, CONTINUES, OUTSIDE

_MAX_COMMENTS = 3
"""More lines than these between two items end the run."""
_OTHER_LABEL = re.compile(r"[A-ZÀ-ÞА-ЯЁІЇЄҐ][^\W\d_]*(?: [A-ZÀ-ÞА-ЯЁІЇЄҐ][^\W\d_]*){0,2}: ")
_SPEECH = re.compile(r":\s?[«„“\"]")
_TERMINAL = ".!?…;,"
_SENTENCE_END = '.!?…)»”"。'
_SURE = {
    Shape.LABEL: 3,
    Shape.ALONE: 3,
    Shape.CREDIT: 3,
    Shape.SUBJECT: 2,
    Shape.CUED: 2,
    Shape.PIECE: 2,
    Shape.NAMED: 1,
}
"""How surely a form gives an item to an outlet."""
_PROSE = frozenset([Shape.SUBJECT, Shape.CUED, Shape.PIECE, Shape.NAMED])


@dataclass(slots=True)
class RunItem:
    """An item of a run: a piece with those that continue it."""

    start: int
    end: int
    marker: Offsets | None
    attribution: Attribution
    first: int
    """Index of its first piece."""
    after: int
    """Index after its last piece."""
    reading: int
    """Index of its first line."""
    margin: float
    """How much more the evidence of its first piece speaks for an item than for none."""
    topic: Offsets | None = None


@dataclass(slots=True)
class QuoteRun:
    """Items one after the other."""

    items: list[RunItem] = field(default_factory=list)
    rivals: int = 0
    """Lines between the items that have the items' form and no outlet."""
    comments: int = 0
    speakers: int = 0
    """Lines between the items that open with a label of no outlet: those of a dialogue."""
    headings: int = 0
    merged: int = 0
    """Pieces of prose that named the outlet of the item that they went on with."""
    empty: int = 0
    """Names alone on their line that nothing was said under."""
    first_heading: Offsets | None = None
    footers: list[Offsets] = field(default_factory=list)
    """Lines of the post, not of the items, that close or advertise."""

    @property
    def outlets(self) -> frozenset[str]:
        """Canonical names of all outlets."""
        return frozenset([mention.outlet.name for item in self.items for mention in item.attribution.mentions])


def runs_of(
    tokens: Tokens,
    readings: list[LineReading],
    pieces: list[Piece],
    tagged: TaggedPieces,
    pronouns: frozenset[str] = frozenset(),
) -> list[QuoteRun]:
    """The runs of a post, not yet judged; ``pronouns`` open sentences that go on with the one before."""
    builder = _Builder(tokens, readings, pieces, tagged, pronouns)
    for place, tag in enumerate(tagged.tags):
        builder.add(place, tag)
    footers = [
        (piece.start, piece.end)
        for place, piece in enumerate(pieces)
        if tagged.tags[place] == OUTSIDE and readings[piece.reading].is_footer
    ]
    for run in builder.runs:
        _without_remark(readings, run)
        _shorten_last(tokens, readings, pieces, run)
        run.footers = footers
    return builder.runs


def _without_remark(readings: list[LineReading], run: QuoteRun) -> None:
    """Drop a last item that only names an outlet of an item before it, behind the only blank line: the channel speaks
    of it.
    """
    last, others = run.items[-1], run.items[:-1]
    if len(others) < 2 or last.attribution.shape != Shape.NAMED or not readings[last.reading].line.blank_before:
        return
    if any(readings[item.reading].line.blank_before for item in others[1:]):
        return
    if any(not last.attribution.outlet_names.isdisjoint(item.attribution.outlet_names) for item in others):
        run.items.pop()


def _shorten_last(tokens: Tokens, readings: list[LineReading], pieces: list[Piece], run: QuoteRun) -> None:
    """Give the last item no more paragraphs than the others have, for comments and farewells follow it."""
    last = run.items[-1]
    limit = max((_paragraphs(readings, pieces, item) for item in run.items[:-1]), default=1)
    if last.attribution.shape == Shape.ALONE or tokens.text[pieces[last.first].end - 1] in ":：":
        limit = max(limit, 2)  # what it announces is below
    while last.after > last.first + 1 and _paragraphs(readings, pieces, last) > limit:
        if left_open(tokens.text, last.start, pieces[last.after - 2].end):
            break
        last.after -= 1
        last.end = pieces[last.after - 1].end


def _paragraphs(readings: list[LineReading], pieces: list[Piece], item: RunItem) -> int:
    return 1 + sum(readings[piece.reading].line.blank_before > 0 for piece in pieces[item.first + 1 : item.after])


class _Builder:
    def __init__(
        self,
        tokens: Tokens,
        readings: list[LineReading],
        pieces: list[Piece],
        tagged: TaggedPieces,
        pronouns: frozenset[str],
    ) -> None:
        self._tags, self._margins = tagged
        self._pronouns = pronouns
        self._tokens = tokens
        self._readings = readings
        self._pieces = pieces
        self._gap: list[int] = []
        self._topic: Offsets | None = None
        self._is_open = False
        """Whether the last piece belongs to the last item."""
        self._is_due = False
        """Whether the line above introduces the first item, which the model took it for."""
        self.runs: list[QuoteRun] = []

    def add(self, place: int, tag: int) -> None:
        piece = self._pieces[place]
        if tag == CONTINUES and (self._is_due or (self._is_open and self._names_other(piece))):
            tag = BEGINS
        self._is_due = tag == BEGINS and self._introduces(place)
        if tag == CONTINUES and self._is_open:
            item = self.runs[-1].items[-1]
            item.end, item.after = piece.end, place + 1
            return
        if tag == BEGINS and self._is_open and (self._is_text_below_name(piece) or self._goes_on(piece)):
            self.runs[-1].merged += piece.attribution is not None and self._goes_on(piece)
            item = self.runs[-1].items[-1]
            item.end, item.after = piece.end, place + 1
            return
        attribution = self._source(place) if tag == BEGINS and not self._is_due else None
        if attribution is not None:
            self._begin(place, piece, attribution)
            return
        if tag == BEGINS and self._is_open and self._is_next_line(piece):
            item = self.runs[-1].items[-1]
            item.end, item.after = piece.end, place + 1
            return
        self._is_open = False
        self._gap.append(place)

    def _names_other(self, piece: Piece) -> bool:
        """Whether a piece is the name alone of another known outlet than the open item's: no item goes on across it."""
        own = piece.attribution
        if own is None or own.shape != Shape.ALONE or not own.is_known or own.is_ambiguous:
            return False
        return own.outlet_names.isdisjoint(self.runs[-1].items[-1].attribution.outlet_names)

    def _is_text_below_name(self, piece: Piece) -> bool:
        """Whether a name alone on its line has no text yet, and a piece below it has no surer outlet than a common word
        or an unknown name.
        """
        item, own = self.runs[-1].items[-1], piece.attribution
        if item.attribution.shape != Shape.ALONE or item.after > item.first + 1 or not item.attribution.is_known:
            return False
        return own is None or (own.shape != Shape.ALONE and (own.is_ambiguous or not own.is_known))

    def _introduces(self, place: int) -> bool:
        """Whether a line about the press that names no outlet is above the first item: it is no part of this."""
        piece = self._pieces[place]
        if self.runs or piece.attribution is not None or not (piece.is_announcing or self._speaks_of_press(piece)):
            return False
        return place + 1 < len(self._pieces) and self._pieces[place + 1].reading > piece.reading

    def _speaks_of_press(self, piece: Piece) -> bool:
        reading = self._readings[piece.reading]
        return reading.is_press or (reading.lead is not None and piece.end <= reading.lead[1])

    def _is_next_line(self, piece: Piece) -> bool:
        """Whether a piece of no outlet right below the last item goes on with its author: "She writes that ..."."""
        reading = self._readings[piece.reading]
        if self._tokens.words[self._tokens.at(piece.start)] not in self._pronouns:
            return False
        if reading.is_footer or reading.is_press or reading.line.marker is not None or reading.line.blank_before:
            return False
        return self._tokens.text[piece.end - 1] in _SENTENCE_END

    def _goes_on(self, piece: Piece) -> bool:
        """Whether a piece in prose right below an item goes on with its outlet: "X leads on ... X also says ..."."""
        item, own = self.runs[-1].items[-1], piece.attribution
        if own is None or own.shape not in _PROSE or own.outlet_names != item.attribution.outlet_names:
            return False
        return piece.ordinal > 0 or self._readings[piece.reading].line.marker is None

    def _source(self, place: int) -> Attribution | None:
        """The attribution of the item that begins at a piece: the surest that its pieces have, of these the first."""
        best = self._pieces[place].attribution
        after = place + 1
        while after < len(self._tags) and self._tags[after] == CONTINUES:
            other = self._pieces[after].attribution
            if other is not None and (best is None or _SURE[other.shape] > _SURE[best.shape]):
                best = other
            after += 1
        return best

    def _begin(self, place: int, piece: Piece, attribution: Attribution) -> None:
        run = self.runs[-1] if self.runs else None
        if run is not None and attribution.shape == Shape.ALONE:
            self._fill(run)
        if run is None or not self._close_gap(run):
            self._topic = self._opening_topic()
            run = QuoteRun(first_heading=self._topic)
            self.runs.append(run)
        self._gap.clear()
        self._is_open = True
        marker = self._readings[piece.reading].line.marker if piece.ordinal == 0 else None
        run.items.append(
            RunItem(
                piece.start,
                piece.end,
                marker,
                attribution,
                place,
                place + 1,
                piece.reading,
                self._margins[place],
                self._topic,
            )
        )

    def _fill(self, run: QuoteRun) -> None:
        """Where all items have their names alone above them, give the last one the paragraphs up to the next name."""
        if any(item.attribution.shape != Shape.ALONE for item in run.items):
            return
        last = run.items[-1]
        for place in list(self._gap):
            piece = self._pieces[place]
            reading = self._readings[piece.reading]
            is_sentence = self._tokens.text[piece.end - 1] in _SENTENCE_END
            if place != last.after or reading.is_footer or reading.is_press or not is_sentence:
                return
            last.end, last.after = piece.end, place + 1
            self._gap.remove(place)

    def _close_gap(self, run: QuoteRun) -> bool:
        """Sort the pieces since the last item; false where they end the run, which then stays as it was."""
        last = run.items[-1]
        heading: Offsets | None = None
        comments = rivals = speakers = 0
        for place in self._gap:
            piece = self._pieces[place]
            reading = self._readings[piece.reading]
            if not reading.is_footer and self._is_heading(run, place):
                heading = (piece.start, piece.end)
                continue
            if heading is not None or self._speaks_of_press(piece):
                continue
            comments += 1
            speakers += _OTHER_LABEL.match(self._tokens.text, piece.start, piece.end) is not None
            is_alike = (last.marker is not None) == (reading.line.marker is not None)
            rivals += not reading.is_footer and piece.ordinal == 0 and is_alike
        if comments > _MAX_COMMENTS:
            return False
        run.comments += comments
        run.rivals += rivals
        run.speakers += speakers
        if heading is not None:
            self._topic = heading
            run.headings += 1
        return True

    def _is_heading(self, run: QuoteRun, place: int) -> bool:
        piece = self._pieces[place]
        text, start, end = self._tokens.text, piece.start, piece.end
        line = self._readings[piece.reading].line
        if piece.ordinal or end - start > HEADING_MAX or text[end - 1] in _TERMINAL or end != line.end:
            return False
        if _OTHER_LABEL.match(text, start, end) or _SPEECH.search(text, start, end):
            return False
        if text[start] in '«„“"' and end - start > HEADING_MAX // 2:
            return False
        if line.marker is not None:
            return all(item.marker is None for item in run.items)
        ends_before = place == 0 or text[self._pieces[place - 1].end - 1] in '.!?…»”";)'
        return text[end - 1] == ":" or line.blank_before > 0 or ends_before

    def _opening_topic(self) -> Offsets | None:
        """The heading right above the first item, or above one paragraph that introduces it."""
        for place in reversed(self._gap[-2:]):
            piece = self._pieces[place]
            reading = self._readings[piece.reading]
            if reading.is_press and reading.line.marker is None:
                if piece.end - piece.start <= HEADING_MAX:
                    return None
                continue
            is_short = piece.end - piece.start <= HEADING_MAX and self._tokens.text[piece.end - 1] not in _TERMINAL
            if is_short and place > 0 and not reading.is_press and piece.ordinal == 0:
                return piece.start, piece.end
        return None


def says_something(item: RunItem) -> bool:
    """Whether an item has more than the outlet's name."""
    return item.attribution.shape != Shape.ALONE or item.after > item.first + 1

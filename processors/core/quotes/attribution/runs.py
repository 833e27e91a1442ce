"""Runs of attributed units: which lines belong to an item, which are headings, comments or footers between items."""

import re
from dataclasses import dataclass, field

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.reading import LineReading, Unit
from processors.core.quotes.attribution.shapes import Attribution, Shape
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.quotation_marks import quoted
from processors.core.quotes.lines.tokens import Tokens

_HEADING_MAX = 130
_MAX_COMMENTS = 3
"""More lines than these between two items end the run."""
_OTHER_LABEL = re.compile(r"[A-ZÀ-ÞА-ЯЁІЇЄҐ][^\W\d_]*(?: [A-ZÀ-ÞА-ЯЁІЇЄҐ][^\W\d_]*){0,2}: ")
_SPEECH = re.compile(r":\s?[«„“\"]")
_TERMINAL = ".!?…;,"


@dataclass(slots=True)
class RunItem:
    """A unit of a run with the lines that continue it."""

    start: int
    end: int
    marker: Offsets | None
    attribution: Attribution
    reading: int
    """Index of its first line."""
    topic: Offsets | None = None
    continuations: int = 0


@dataclass(slots=True)
class QuoteRun:
    """Items one after the other."""

    items: list[RunItem] = field(default_factory=list)
    rivals: int = 0
    """Lines between the items that have the items' form and no outlet."""
    comments: int = 0
    headings: int = 0
    first_heading: Offsets | None = None

    @property
    def outlets(self) -> frozenset[str]:
        """Canonical names of all outlets."""
        return frozenset([mention.outlet.name for item in self.items for mention in item.attribution.mentions])


def runs(attributor: Attributor, tokens: Tokens, readings: list[LineReading]) -> list[QuoteRun]:
    """The runs of a post, not yet judged."""
    _attach_closing_names(tokens, readings)
    builder = _Builder(attributor, tokens, readings)
    for index, reading in enumerate(readings):
        builder.add(index, reading)
    return builder.finish()


class _Builder:
    """Collects items; what lies between two of them is classified when the second is known."""

    def __init__(self, attributor: Attributor, tokens: Tokens, readings: list[LineReading]) -> None:
        self._attributor = attributor
        self._tokens = tokens
        self._readings = readings
        self._runs: list[QuoteRun] = []
        self._gap: list[int] = []
        self._topic: Offsets | None = None

    def add(self, index: int, reading: LineReading) -> None:
        if not reading.units:
            self._gap.append(index)
            return
        run = self._runs[-1] if self._runs else None
        if run is None or not self._close_gap(run, index):
            self._topic = self._opening_topic(index)
            run = QuoteRun(first_heading=self._topic)
            self._runs.append(run)
        self._gap.clear()
        for unit in reading.units:
            self._add_unit(run, index, reading, unit)

    def finish(self) -> list[QuoteRun]:
        for run in self._runs:
            self._extend_last(run)
            run.items = [item for item in run.items if self._says_something(item)]
        return [run for run in self._runs if run.items]

    def _add_unit(self, run: QuoteRun, index: int, reading: LineReading, unit: Unit) -> None:
        last = run.items[-1] if run.items else None
        line = reading.line
        starts_item = unit.attribution.shape in (Shape.LABEL, Shape.ALONE) or line.marker is not None
        if (
            last
            and not starts_item
            and last.attribution.outlet_names & unit.attribution.outlet_names
            and (line.blank_before == 0 or last.reading == index)
        ):
            last.end = unit.end
            last.continuations += 1
            return
        marker = line.marker if unit is reading.units[0] else None
        run.items.append(RunItem(unit.start, unit.end, marker, unit.attribution, index, self._topic))

    def _close_gap(self, run: QuoteRun, index: int) -> bool:
        """Sort the lines between the last item and line ``index``; false where they end the run."""
        if not self._gap:
            return True
        comments = 0
        heading: int | None = None
        last = run.items[-1]
        has_body = last.attribution.shape is not Shape.ALONE
        for place in self._gap:
            reading = self._readings[place]
            if reading.line.start < last.end:
                continue
            if not has_body:
                self._continue_item(last, place)
                has_body = True
            elif reading.is_footer:
                comments += 1
            elif self._is_heading(run, place):
                heading = place
            elif heading is not None:
                continue
            elif self._continues(run, last, place):
                self._continue_item(last, place)
            else:
                comments += 1
                run.rivals += self._is_rival(last, reading)
        if comments > _MAX_COMMENTS:
            return False
        run.comments += comments
        if heading is not None:
            line = self._readings[heading].line
            self._topic = (line.start, line.end)
            run.headings += 1
        return True

    def _is_rival(self, last: RunItem, reading: LineReading) -> bool:
        return (last.marker is not None) == (reading.line.marker is not None)

    def _continue_item(self, item: RunItem, place: int) -> None:
        item.end = self._readings[place].line.end
        item.continuations += 1

    def _continues(self, run: QuoteRun, last: RunItem, place: int) -> bool:
        """Whether a line without a name of its own goes on with the item before it."""
        line = self._readings[place].line
        if (
            line.marker is not None
            or line.start < last.end
            or _OTHER_LABEL.match(self._tokens.text, line.start, line.end)
        ):
            return False
        if line.blank_before == 0 or last.attribution.shape is Shape.ALONE or last.marker is not None:
            return not self._is_personal(place)
        return self._is_only_headline(last)

    def _is_personal(self, place: int) -> bool:
        line = self._readings[place].line
        tokens = self._tokens
        words = tokens.words[tokens.at(line.start) : tokens.at(line.end)]
        return line.blank_before > 0 and any(word in self._attributor.press.person for word in words[:6])

    def _is_only_headline(self, item: RunItem) -> bool:
        """Whether the item so far is a label and one quotation, so that its text must follow."""
        if item.attribution.shape is not Shape.LABEL:
            return False
        body = self._tokens.text[item.attribution.body : item.end].strip()
        spans = quoted(body, 0, len(body))
        return len(spans) == 1 and spans[0][0] <= 2 and spans[0][1] >= len(body) - 3

    def _is_heading(self, run: QuoteRun, place: int) -> bool:
        reading = self._readings[place]
        line = reading.line
        text = self._tokens.text
        if line.end - line.start > _HEADING_MAX or text[line.end - 1] in _TERMINAL:
            return False
        if _OTHER_LABEL.match(text, line.start, line.end) or _SPEECH.search(text, line.start, line.end):
            return False
        if text[line.start] in '«„“"' and line.end - line.start > _HEADING_MAX // 2:
            return False
        has_marker = line.marker is not None
        items_marked = any(item.marker is not None for item in run.items)
        if has_marker:
            return not items_marked
        previous = self._readings[place - 1].line if place else None
        ends_before = previous is None or text[previous.end - 1] in '.!?…»”";)'
        return text[line.end - 1] == ":" or line.blank_before > 0 or ends_before

    def _opening_topic(self, index: int) -> Offsets | None:
        """The heading right above the first item, or above one paragraph that introduces it."""
        for place in reversed(self._gap[-2:]):
            line = self._readings[place].line
            reading = self._readings[place]
            if reading.is_press and line.marker is None:
                if line.end - line.start <= _HEADING_MAX:
                    return None
                continue
            is_short = line.end - line.start <= _HEADING_MAX and self._tokens.text[line.end - 1] not in _TERMINAL
            if is_short and place > 0 and not reading.is_press:
                return line.start, line.end
        return None

    def _extend_last(self, run: QuoteRun) -> None:
        """Give the last item no more lines than the others took, for comments and farewells follow it."""
        last = run.items[-1]
        usual = max((item.continuations for item in run.items[:-1]), default=0)
        needs_body = last.attribution.shape is Shape.ALONE or self._is_only_headline(last)
        limit = max(usual, 1 if needs_body else 0) - last.continuations
        place = last.reading + 1 + last.continuations
        while limit > 0 and place < len(self._readings):
            reading = self._readings[place]
            if reading.units or reading.is_footer or not (needs_body or self._continues(run, last, place)):
                return
            self._continue_item(last, place)
            needs_body = False
            place += 1
            limit -= 1

    def _says_something(self, item: RunItem) -> bool:
        if item.attribution.shape is not Shape.ALONE:
            return True
        return item.continuations > 0


def _attach_closing_names(tokens: Tokens, readings: list[LineReading]) -> None:
    """Where names are alone on the line below their texts, make each text and the name under it one unit."""
    alone = [i for i, r in enumerate(readings) if r.units and r.units[0].attribution.shape is Shape.ALONE]
    if len(alone) < 2 or not _names_stand_below(tokens, readings, alone):
        return
    floor = 0
    for place in alone:
        first = place
        while first > floor and _is_text(tokens, readings[first - 1]):
            first -= 1
        if first < place:
            unit = readings[place].units[0]
            start = readings[first].line.start
            attribution = Attribution(Shape.CREDIT, unit.attribution.mentions, None, start)
            readings[first].units = [Unit(start, unit.end, attribution)]
            for between in range(first + 1, place + 1):
                readings[between].units = []
                readings[between].is_footer = True
        floor = place + 1


def _names_stand_below(tokens: Tokens, readings: list[LineReading], alone: list[int]) -> bool:
    after_last = alone[-1] + 1
    if after_last < len(readings) and _is_text(tokens, readings[after_last]):
        return False
    return alone[0] > 0 and _is_text(tokens, readings[alone[0] - 1])


def _is_text(tokens: Tokens, reading: LineReading) -> bool:
    line = reading.line
    text = tokens.text
    is_sentence = text[line.end - 1] in '.!?…»”"“' or text[line.start] in '«„“"'
    return not reading.units and not reading.is_footer and is_sentence

"""The line or sentence that introduces a list."""

import re
from dataclasses import dataclass

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.reading import LineReading, speaks_of_press
from processors.core.quotes.attribution.runs import QuoteRun
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.sentences import sentences
from processors.core.quotes.lines.tokens import Tokens

_REACH = 5
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


def find_lead_in(attributor: Attributor, tokens: Tokens, readings: list[LineReading], run: QuoteRun) -> LeadIn | None:
    """The nearest introduction above a run; a line above the run's first heading is preferred to one below it."""
    first = run.items[0].reading
    own = readings[first].lead
    if own is not None:
        return LeadIn(own, is_press=True, is_strong=False)
    above = [place for place in range(first - 1, max(-1, first - 1 - _REACH), -1) if not readings[place].units]
    candidates = [
        place for place in above if readings[place].is_press and readings[place].line.end <= run.items[0].start
    ]
    if candidates:
        place = _preferred(candidates, readings, run)
        return _press_lead(attributor, tokens, readings[place])
    return _colon_lead(tokens, readings, run, first)


def _preferred(candidates: list[int], readings: list[LineReading], run: QuoteRun) -> int:
    if run.first_heading is not None:
        for place in candidates:
            if readings[place].line.end <= run.first_heading[0]:
                return place
    return candidates[0]


def _press_lead(attributor: Attributor, tokens: Tokens, reading: LineReading) -> LeadIn:
    """From the first sentence about the press to the end of its line, without tags."""
    line = reading.line
    text = tokens.text
    start, end = line.start, line.end
    for piece in sentences(text, line.start, line.end):
        if speaks_of_press(attributor, tokens, *piece, reading.mentions):
            start = piece[0]
            break
    tags = _TAGS.search(text, max(start, end - 200), end)
    if tags is not None and tags.start() > start:
        end = tags.start()
    speaker = _SPEAKER.match(text, start, end)
    if speaker is not None:
        start = speaker.end()
    is_strong = text[end - 1] == ":" or _is_review(attributor, tokens, (start, end))
    return LeadIn((start, end), is_press=True, is_strong=is_strong)


def _is_review(attributor: Attributor, tokens: Tokens, span: Offsets) -> bool:
    review = attributor.press.review
    return span[1] - span[0] <= _REVIEW_MAX and any(
        word in review for word in tokens.words[tokens.at(span[0]) : tokens.at(span[1])]
    )


def _colon_lead(tokens: Tokens, readings: list[LineReading], run: QuoteRun, first: int) -> LeadIn | None:
    """A line with a colon right above the first item, unless it is one of several headings."""
    if first == 0 or run.headings:
        return None
    reading = readings[first - 1]
    line = reading.line
    if reading.units or reading.is_footer or tokens.text[line.end - 1] != ":":
        return None
    return LeadIn((line.start, line.end), is_press=False, is_strong=False)

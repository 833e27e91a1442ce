"""Names on a line of their own below the text that they close."""

from processors.core.quotes.attribution.line_reading import LineReading, Unit
from processors.core.quotes.attribution.shapes import Attribution, Shape
from processors.core.quotes.lines.tokens import Tokens

CREDIT_SIGNS = frozenset("-–—―−©~")
"""What a line opens with that credits the text above it."""
_LONG = 100
"""Code points of a line that is a text, whatever it ends in, and no farewell."""


def attach_closing_names(tokens: Tokens, readings: list[LineReading]) -> None:
    """Where names are alone on the line below their texts, make each text and the name under it one unit."""
    alone = [place for place, reading in enumerate(readings) if _is_alone(tokens, reading)]
    if len(alone) < 2:
        return
    are_sources = all(_is_source(tokens, readings[place]) for place in alone)
    are_sentences = all(place > 0 and _is_text(tokens, readings[place - 1]) for place in alone)
    are_credits = not are_sources and _are_credits(tokens, readings, alone)
    if are_credits and not are_sentences:
        _attach_paragraphs(readings, alone)
    elif are_sources or are_credits or _names_close_texts(tokens, readings, alone):
        _attach_sentences(tokens, readings, alone, are_sources=are_sources)


def _is_alone(tokens: Tokens, reading: LineReading) -> bool:
    """Whether a line has a name alone, and no colon behind it: this announces what is below."""
    if not reading.units or reading.units[0].attribution.shape != Shape.ALONE:
        return False
    return tokens.text[reading.line.end - 1] not in ":："


def _attach_sentences(tokens: Tokens, readings: list[LineReading], alone: list[int], *, are_sources: bool) -> None:
    """Give each name the lines above it that close as sentences do."""
    floor = 0
    for place in alone:
        first = place
        while first > floor and _is_text(tokens, readings[first - 1]):
            first -= 1
        if are_sources and first == place > floor and _is_free(readings[place - 1]):
            first -= 1
        _attach(readings, first, place)
        floor = place + 1


def _attach_paragraphs(readings: list[LineReading], alone: list[int]) -> None:
    """Give each name the lines above it up to a blank line; the first one no more than the longest of the others has,
    for a heading may be above it.
    """
    firsts = [_paragraph(readings, place, floor) for place, floor in zip(alone, [0, *alone], strict=False)]
    longest = max(place - first for place, first in zip(alone[1:], firsts[1:], strict=True))
    firsts[0] = max(firsts[0], alone[0] - longest)
    for first, place in zip(firsts, alone, strict=True):
        _attach(readings, first, place)


def _paragraph(readings: list[LineReading], place: int, floor: int) -> int:
    first = place - 1
    while first > floor and readings[first].line.blank_before == 0 and _is_free(readings[first - 1]):
        first -= 1
    return first


def _attach(readings: list[LineReading], first: int, place: int) -> None:
    """Make one unit of the lines from ``first`` to the name at ``place``."""
    if first == place:
        return
    unit = readings[place].units[0]
    start = readings[first].line.start
    attribution = Attribution(Shape.CREDIT, unit.attribution.mentions, None, start)
    readings[first].units = [Unit(start, unit.end, attribution)]
    for between in range(first + 1, place + 1):
        readings[between].units = []
        readings[between].is_footer = True


def _is_source(tokens: Tokens, reading: LineReading) -> bool:
    """Whether a line says that the text above is from an outlet: "Source: X"."""
    return ":" in tokens.text[reading.line.start : reading.units[0].attribution.mentions[0].start]


def _are_credits(tokens: Tokens, readings: list[LineReading], alone: list[int]) -> bool:
    """Whether each lone name has a dash or a copyright sign before it and a text, which has none, right above it, and
    nothing goes on below the last one: headlines close with no stop.
    """
    after_last = alone[-1] + 1
    if after_last < len(readings) and _is_free(readings[after_last]) and not readings[after_last].line.blank_before:
        return False
    return all(
        _has_sign(tokens, readings[place])
        and not readings[place].line.blank_before
        and place > 0
        and _is_free(readings[place - 1])
        and not _has_sign(tokens, readings[place - 1])
        for place in alone
    )


def _has_sign(tokens: Tokens, reading: LineReading) -> bool:
    line = reading.line
    start = line.start if line.marker is None else line.marker[0]
    return tokens.text[start] in CREDIT_SIGNS


def _names_close_texts(tokens: Tokens, readings: list[LineReading], alone: list[int]) -> bool:
    after_last = alone[-1] + 1
    if after_last < len(readings) and (_is_text(tokens, readings[after_last]) or _is_long(readings[after_last])):
        return False
    if 2 * sum(_is_named_below(readings, place) for place in alone) > len(alone):
        return False
    return alone[0] > 0 and _is_text(tokens, readings[alone[0] - 1])


def _is_named_below(readings: list[LineReading], place: int) -> bool:
    """Whether the line below a lone name has this outlet again: it says what the outlet writes."""
    if place + 1 == len(readings):
        return False
    names = readings[place].units[0].attribution.outlet_names
    return any(mention.outlet.name in names for mention in readings[place + 1].mentions)


def _is_long(reading: LineReading) -> bool:
    return not reading.is_footer and reading.line.end - reading.line.start >= _LONG


def _is_free(reading: LineReading) -> bool:
    """Whether a line belongs to no outlet, introduces nothing and closes nothing."""
    return not reading.units and not reading.is_footer and not reading.is_press


def _is_text(tokens: Tokens, reading: LineReading) -> bool:
    line = reading.line
    text = tokens.text
    is_sentence = text[line.end - 1] in '.!?…»”"“' or text[line.start] in '«„“"'
    return not reading.units and not reading.is_footer and is_sentence

"""Names on a line of their own below the text that they close."""

from processors.core.quotes.attribution.reading import LineReading, Unit
from processors.core.quotes.attribution.shapes import Attribution, Shape
from processors.core.quotes.lines.tokens import Tokens


def attach_closing_names(tokens: Tokens, readings: list[LineReading]) -> None:
    """Where names are alone on the line below their texts, make each text and the name under it one unit."""
    alone = [i for i, r in enumerate(readings) if r.units and r.units[0].attribution.shape is Shape.ALONE]
    if len(alone) < 2:
        return
    are_sources = all(_is_source(tokens, readings[place]) for place in alone)
    if not are_sources and not _names_stand_below(tokens, readings, alone):
        return
    floor = 0
    for place in alone:
        first = place
        while first > floor and _is_text(tokens, readings[first - 1]):
            first -= 1
        if are_sources and first == place > floor and not (readings[place - 1].units or readings[place - 1].is_footer):
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


def _is_source(tokens: Tokens, reading: LineReading) -> bool:
    """Whether a line says that the text above is from an outlet: "Source: X"."""
    return ":" in tokens.text[reading.line.start : reading.units[0].attribution.mentions[0].start]


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
